"""Faults of a running module: puts a plan between its machine and its edges, and carries out what that orders."""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, assert_never

from wizfi_emu.air.world import Change
from wizfi_emu.errors import UserError
from wizfi_emu.faults.flows import UNKNOWN_PORT, Flow
from wizfi_emu.faults.model import ApOff, BaseFault, FaultState, KeyChanged, When
from wizfi_emu.stages.orders import BreakOff, BreakOffMqtt, ChangeKey, Order, SwitchAccessPoint, SwitchPower
from wizfi_emu.faults.plan import FaultPlan, Item
from wizfi_emu.module.machine import Module
from wizfi_emu.stages.interceptor import Interceptor
from wizfi_emu.worlds.radio import Due, RadioLink

WPA_HEX_KEY_BYTES = 64

_log = logging.getLogger("wizfi_emu.faults")


class Subject(Protocol):
    """A module with its edges: `Device`, or `VirtualBench` in virtual time."""

    module: Module
    radio: RadioLink
    has_power: bool

    @property
    def now_us(self) -> int:
        """The module's time."""

    @property
    def host_baud(self) -> int | None:
        """At what rate the host is, if that can be known."""

    def intercept(self, interceptor: Interceptor, obey: Callable[[Order], None]) -> None:
        """See ``Device``."""

    def do(self, items: Iterable[Item]) -> None:
        """See ``Device``."""

    def switch_power(self, on: bool) -> None:
        """See ``Device``."""

    def schedule(self, due: Due) -> None:
        """See ``Device``."""

    def break_off(self, sock: int | None) -> None:
        """See ``Device``."""


class Faults:
    """The faults of one module. Until the first one is set nothing stands between the machine and its edges."""

    def __init__(self, subject: Subject, seed: int | None = None) -> None:
        """``seed`` is that of every chance; without it one is made up and logged."""
        self._subject = subject
        self._seed = seed
        self._plan: FaultPlan | None = None
        self._keys: dict[str, str] = {}

    def stand_between(self) -> FaultPlan:
        """Stand between the machine and its edges from now on; this gives what does."""
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
        name, items = self.stand_between().add(fault, self._subject.now_us)
        self._subject.do(items)
        return name

    def heal(self, name: str) -> None:
        """End a fault, or let it not come. Raises UserError when none has this name."""
        self._subject.do(self.stand_between().heal(name, self._subject.now_us))

    def show(self) -> list[FaultState]:
        """All that are set, and those that are over for a while."""
        return [] if self._plan is None else self._plan.faults()

    def watch(self, when: When, action: Callable[[], None]) -> None:
        """Act at a moment. The action must not set faults; it may note that the moment has come."""
        self.stand_between().watch(when, self._subject.now_us, action)
        self._subject.do(())

    def _new_plan(self) -> FaultPlan:
        subject, seed = self._subject, self._seed
        if seed is None:
            seed = random.getrandbits(32)
            _log.info("the seed of the faults is %d", seed)
        module = subject.module
        plan = FaultPlan(
            seed,
            random.Random,
            room=lambda: module.uart_room,
            host_baud=lambda: subject.host_baud,
            module_baud=module.ram.uart.baud,
            powered=subject.has_power and module.powered,
            flows=_flows(module),
            broker=_broker(module),
        )
        subject.intercept(plan, self._obey)
        return plan

    def _check(self, fault: BaseFault) -> None:
        if isinstance(fault, ApOff | KeyChanged):
            points = self._subject.radio.air.named(fault.access_point)
            if isinstance(fault, KeyChanged):
                try:
                    for point in points:
                        point.check(Change(key=fault.key))
                except ValueError as error:
                    raise UserError(str(error)) from None

    # --- orders -----------------------------------------------------------------------------------------------------

    def _obey(self, order: Order) -> None:
        subject = self._subject
        match order:
            case SwitchPower(on):
                subject.switch_power(on)
            case SwitchAccessPoint(name, on):
                subject.schedule(subject.radio.set_access_point(name, on, subject.now_us))
            case ChangeKey(name, key):
                self._change_key(name, key)
            case BreakOff(sock):
                subject.break_off(sock)
            case BreakOffMqtt():
                subject.break_off(None)
            case _:
                assert_never(order)

    def _change_key(self, name: str, key: str | None) -> None:
        subject = self._subject
        for point in subject.radio.air.named(name):
            self._keys.setdefault(point.bssid, _written(point.security, point.key))
            new = self._keys[point.bssid] if key is None else key
            subject.schedule(subject.radio.change_key(point.bssid, new, subject.now_us))


def _written(security: str, key: bytes) -> str:
    """A key in a form that can be written in a world."""
    if security == "WEP" or len(key) == WPA_HEX_KEY_BYTES:
        return key.hex()
    return key.decode()


def _flows(module: Module) -> list[Flow]:
    """The sockets that are there already."""
    return [
        Flow(
            slot.sock,
            not slot.is_udp,
            "" if slot.is_tcp_server and not slot.connected else slot.address,
            0 if slot.is_tcp_server and not slot.connected else slot.port,
            slot.local_port,
            connected=slot.connected,
            answers=deque([True] * module.scheduler.sends_under_way(slot.sock)),
        )
        for slot in (module.sockets.open_slots if module.powered else ())
    ]


def _broker(module: Module) -> Flow | None:
    """The connection to the broker that is there already."""
    address = module.services.mqtt_address if module.powered else ""
    return Flow(0, True, address, UNKNOWN_PORT) if address else None
