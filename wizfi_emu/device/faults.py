"""Faults of a running module: puts a plan into the chain of its stages."""

import logging
import random
from collections import deque
from collections.abc import Callable, Sequence

from wizfi_emu.faults.flows import UNKNOWN_PORT, Flow
from wizfi_emu.faults.model import ApOff, BaseFault, FaultState, KeyChanged, When
from wizfi_emu.faults.plan import FaultPlan
from wizfi_emu.module.machine import Module
from wizfi_emu.run.runner import Runner

_log = logging.getLogger("wizfi_emu.faults")


class Faults:
    """The faults of one module. Until the first one is set there is no stage for them."""

    def __init__(self, runner: Runner, seed: int | None = None) -> None:
        """``seed`` is that of every chance; without it one is made up and logged."""
        self._runner = runner
        self._seed = seed
        self._plan: FaultPlan | None = None

    def engage(self) -> FaultPlan:
        """The plan, in the chain from now on: it knows everything that happens after this."""
        if self._plan is None:
            self._plan = self._new_plan()
        return self._plan

    @property
    def journal(self) -> Sequence[tuple[int, str]]:
        """What has begun and ended, and when."""
        return [] if self._plan is None else list(self._plan.journal)

    def add(self, fault: BaseFault) -> str:
        """Set a fault; gives its name. Raises UserError for one that cannot be."""
        self._check(fault)
        plan = self.engage()
        name, items = plan.add(fault, self._runner.now_us)
        self._runner.give(plan, items)
        return name

    def heal(self, name: str) -> None:
        """End a fault, or cancel one that waits. Raises UserError when none has this name."""
        plan = self.engage()
        self._runner.give(plan, plan.heal(name, self._runner.now_us))

    def show(self) -> list[FaultState]:
        """All that are set, and those that are over for a while."""
        return [] if self._plan is None else self._plan.faults()

    def watch(self, when: When, action: Callable[[], None]) -> None:
        """Act at a moment. The action must not set faults; it may note that the moment has come."""
        self.engage().watch(when, self._runner.now_us, action)
        self._runner.on_change()

    def _new_plan(self) -> FaultPlan:
        runner, seed = self._runner, self._seed
        if seed is None:
            seed = random.getrandbits(32)
            _log.info("fault seed: %d", seed)
        module = runner.module
        plan = FaultPlan(
            seed,
            random.Random,
            room=lambda: module.uart_room,
            host_baud=lambda: runner.line.host_baud,
            module_baud=module.ram.uart.baud,
            powered=runner.has_power and module.powered,
            flows=_flows(module),
            broker=_broker(module),
        )
        plan.on_note = runner.note
        runner.add(plan)
        return plan

    def _check(self, fault: BaseFault) -> None:
        if isinstance(fault, ApOff):
            self._runner.world.check_access_point(fault.access_point)
        elif isinstance(fault, KeyChanged):
            self._runner.world.check_access_point(fault.access_point, fault.key)


def _flows(module: Module) -> list[Flow]:
    return [
        Flow(
            slot.sock,
            not slot.is_udp,
            "" if slot.is_tcp_server and not slot.connected else slot.address,
            0 if slot.is_tcp_server and not slot.connected else slot.port,
            slot.local_port,
            connected=slot.connected,
            answers=deque([True] * module.transmissions.under_way(slot.sock)),
        )
        for slot in (module.slots.open_slots if module.powered else ())
    ]


def _broker(module: Module) -> Flow | None:
    """The connection to the broker that is there already."""
    address = module.broker.address if module.powered else ""
    return Flow(0, True, address, UNKNOWN_PORT) if address else None
