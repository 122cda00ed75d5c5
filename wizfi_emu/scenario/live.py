"""Plays a scenario for real: a module on a pseudo-terminal, sockets of this machine, and a host program."""

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import trio

from wizfi_emu.actions.perform import Performer, RefusedError
from wizfi_emu.control.state import State
from wizfi_emu.device.faults import Faults
from wizfi_emu.device.start import open_module, open_shared_world
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.properties.facts import Ending
from wizfi_emu.recording.excerpt import Excerpt
from wizfi_emu.run.device import Device
from wizfi_emu.scenario.director import Director
from wizfi_emu.scenario.model import Exec, Scenario, substitute
from wizfi_emu.scenario.options import other_options, run_options
from wizfi_emu.scenario.peers.host import HostActor, host_actor
from wizfi_emu.scenario.programs import Program, split_command
from wizfi_emu.scenario.report import OUTPUT_BYTES, Report, tail_of
from wizfi_emu.scenario.rig import Rig, state_of, watch
from wizfi_emu.scenario.terminal import Terminal
from wizfi_emu.scenario.witness import Witness, judged
from wizfi_emu.stages.observer import Observer
from wizfi_emu.stages.stage import Place
from wizfi_emu.streams import Stream


async def run_live(
    scenario: Scenario,
    seed: int,
    directory: Path,
    record: Path | None = None,
    *,
    overwrite: bool = False,
    witness: Witness | None = None,
) -> Report:
    """Play a scenario; the host program runs in ``directory``. Raises UserError for what the person got wrong.

    ``witness`` sees the run.
    """
    witness = witness or (Witness() if scenario.properties.check else None)
    options = replace(run_options(scenario, seed), record=record, overwrite=overwrite)
    shared = open_shared_world(options)
    async with AsyncExitStack() as stack:
        device = await stack.enter_async_context(open_module(options, shared))
        others = {
            name: await stack.enter_async_context(open_module(other, shared))
            for name, other in other_options(scenario, options).items()
        }
        nursery = await stack.enter_async_context(trio.open_nursery())
        rig = LiveRig(scenario, device, others, nursery, seed, witness)
        await rig.open(directory)
        director = Director(scenario, rig)
        for one in (device, *others.values()):
            nursery.start_soon(one.run)
        nursery.start_soon(rig.begin, scenario)
        while (next_us := director.go_on(_nothing)) is not None:
            await rig.wait(next_us)
        outputs = {name: tail_of(program.output) for name, program in rig.other_programs.items()}
        output = tail_of(rig.program.output)
        report = replace(director.report(seed), program=output, others=outputs, ending=rig.ending)
        nursery.cancel_scope.cancel()
    return judged(report, scenario, witness)


PIECES_MAX = 1000
"""Of what steps put into the module and it has not taken; one more is a step that fails."""

UNREAD_US = 50_000
"""What the module has said this long before a program's end it may not have read."""


class LiveRig(Rig):
    """A module on its serial device, with sockets of this machine."""

    peers: dict[str, HostActor]

    def __init__(
        self,
        scenario: Scenario,
        device: Device,
        others: dict[str, Device],
        nursery: trio.Nursery,
        seed: int,
        witness: Witness | None = None,
    ) -> None:
        self.to_host, self.from_host = Stream(), Stream()
        self.faults = Faults(device, seed)
        self.performer = Performer(device, self.faults)
        self.program = Program(self._tell)
        self.other_programs = {name: Program(self._tell) for name in others}
        self._others = others
        self._scenario = scenario
        self._device = device
        self._nursery = nursery
        self._news = trio.Event()
        self._witness = witness
        self._ended_us = 0
        if witness is not None:
            witness.attach(device)
        self.peers = {name: host_actor(name, peer, nursery, self._tell) for name, peer in scenario.peers.items()}
        self.excerpt = Excerpt()
        watch(device, scenario, self.peers, self.excerpt)
        self._terminal: Terminal | None = None
        device.add(Observer(self._observe))
        self._put_in, self._to_put_in = trio.open_memory_channel[bytes](PIECES_MAX)

    async def open(self, directory: Path) -> None:
        device, scenario = self._device, self._scenario
        for peer in self.peers.values():
            await peer.open(scenario.module.host_address)
        if scenario.host is None:
            self._terminal = Terminal(device.line.name, self.to_host, self._tell)
            self._nursery.start_soon(self._terminal.run)
            return
        device.add(Observer(self._observe_line, Place.LINE))
        self._nursery.start_soon(self._put_bytes_in)
        await self._start(self.program, scenario.program, device, directory)
        for name, other in scenario.others.items():
            await self._start(self.other_programs[name], other.program, self._others[name], directory)

    async def _start(self, program: Program, description: Exec, device: Device, directory: Path) -> None:
        values = self.values | {"port": device.line.name}
        command = [substitute(word, values) for word in split_command(description.command)]
        await self._nursery.start(program.run, command, directory)

    async def begin(self, scenario: Scenario) -> None:
        """Switch the power of all modules on in time."""
        on_open = scenario.module.boot == "on-open" or (scenario.module.boot is None and scenario.host is not None)
        for name, other in scenario.others.items():
            self._nursery.start_soon(_switch_on, self._others[name], other.boot == "on-open")
        await _switch_on(self._device, on_open)

    async def wait(self, until_us: int) -> None:
        """Wait until something has happened, or until a time of the module."""
        left_s = (until_us - self.now_us) / 1e6 / self._device.clock.time_scale
        with trio.move_on_after(max(0, left_s)):
            await self._news.wait()
        self._news = trio.Event()

    def _observe(self, _item: ev.Event | fx.Effect, _now_us: int) -> None:
        """What is expected of the state is looked at when everything about this is done."""
        self._tell()

    def _observe_line(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        """What passes between the module and its host program."""
        if isinstance(item, ev.HostBytes | fx.HostEffect):
            (self.to_host if isinstance(item, fx.HostEffect) else self.from_host).add(said(item))
            if isinstance(item, fx.HostEffect) and self._witness is not None:
                self._witness.hear(said(item), self.now_us)
            self._tell()

    def _tell(self) -> None:
        if self.program.status is not None and not self._ended_us:
            self._ended_us = self.now_us
        self._news.set()

    async def _put_bytes_in(self) -> None:
        async for data in self._to_put_in:
            await self._device.receive_serial(data)

    @property
    def now_us(self) -> int:
        return self._device.now_us

    @property
    def values(self) -> dict[str, str]:
        ports = {f"{name}.port": str(peer.port) for name, peer in self.peers.items()}
        return {"port": self._device.line.name, "address": self._device.world.host_address, **ports}

    @property
    def exit_status(self) -> int | None:
        return self.program.status

    @property
    def ending(self) -> Ending:
        """How the host program has ended. What it has read of the line cannot be seen: not the very last."""
        output = self.program.output
        ended_us = max(0, self._ended_us - UNREAD_US)
        return Ending(self.program.status, ended_us, output.part(max(0, output.end - OUTPUT_BYTES)))

    def other_status(self, name: str) -> int | None:
        return self.other_programs[name].status

    def state(self) -> State:
        return state_of(self._device, self.faults)

    def send(self, data: bytes) -> None:
        """Next to a host program the bytes are put on the line as if it had sent them."""
        if self._terminal is not None:
            self.from_host.add(data)
            self._terminal.send(data)
        else:
            try:
                self._put_in.send_nowait(data)
            except trio.WouldBlock:
                raise RefusedError("the module takes no more serial bytes") from None

    def set_host_baud(self, baud: int) -> None:
        if self._terminal is None:
            raise RefusedError("the host program sets its own rate")
        self._terminal.set_baud(baud)


async def _switch_on(device: Device, on_open: bool) -> None:
    if on_open:
        await device.line.wait_opened()
    device.switch_power(True)


def _nothing() -> None:
    pass
