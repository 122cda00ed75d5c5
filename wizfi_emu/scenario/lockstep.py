"""Plays a scenario with its host programs in lockstep: one virtual time for the programs, the modules and the steps."""

import _thread
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, chdir
from dataclasses import replace
from pathlib import Path

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.agenda import earliest
from wizfi_emu.device.fleet import image_of
from wizfi_emu.errors import UserError
from wizfi_emu.factory import new_module
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.lockstep.clock import Lockstep, LockstepError, StoppedError, Turn
from wizfi_emu.lockstep.host import PythonProgram, run_python
from wizfi_emu.lockstep.modules import HostEnd
from wizfi_emu.lockstep.patch import patched
from wizfi_emu.lockstep.server import run_program
from wizfi_emu.lockstep.whereabouts import where_it_stopped
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Ending
from wizfi_emu.run.virtual import VirtualDevice
from wizfi_emu.scenario.director import Director
from wizfi_emu.scenario.model import OtherModule, Scenario, substitute
from wizfi_emu.scenario.play import Result
from wizfi_emu.scenario.programs import split_command
from wizfi_emu.scenario.report import OUTPUT_BYTES, Report, tail_of
from wizfi_emu.scenario.virtual import VirtualRig, loaded, play_to_the_end, recording
from wizfi_emu.scenario.witness import Witness, judged
from wizfi_emu.stages.observer import Observe, Observer
from wizfi_emu.streams import Stream
from wizfi_emu.timing import load_timing
from wizfi_emu.worlds.host import RECEIVE_WINDOW_BYTES
from wizfi_emu.worlds.memory.lan import Lan
from wizfi_emu.worlds.memory.world import MemoryWorld

START_US = 100_000
"""When the host programs begin: one in real time needs a moment, too, and the module has its power before."""

REMOTE = (sys.executable, "-m", "wizfi_emu.lockstep.remote")
"""Runs a Python program as a host in a process of its own."""


class _Host:
    """A host program, its end of a module's line, and what has come of it."""

    def __init__(self, command: str, values: Mapping[str, str], end: HostEnd, number: int) -> None:
        words = split_command(command)
        self.port = f"wizfi://{number}" if PythonProgram.of(words) else f"/dev/wizfi{number}"
        """What it opens: a name for pyserial, or one for the shim of ``examples/clients``."""
        self.command = [substitute(word, {**values, "port": self.port}) for word in words]
        self.python = PythonProgram.of(self.command)
        self.end = end
        self.output = Stream()
        self.status: int | None = None

    def run(self, lockstep: Lockstep, directory: Path) -> None:
        """Run it to its end as a process."""
        command, environment = self.command, {}
        if self.python is not None:
            command = [*REMOTE, self.port, self.python.file, *self.python.arguments]
            environment = dict(self.python.environment)
        self.status = run_program(command, directory, lockstep, self.end, self.output.add, environment)

    def run_here(self, program: PythonProgram, lockstep: Lockstep) -> None:
        """Run it to its end in this process."""
        self.status = run_python(program, lockstep, self.output.add)


class LockstepRig(VirtualRig):
    """See ``VirtualRig``; beside it there are host programs, and the modules of the others."""

    window_bytes = RECEIVE_WINDOW_BYTES

    def __init__(
        self, scenario: Scenario, seed: int, observers: Iterable[Observe], witness: Witness | None = None
    ) -> None:
        self.lan = Lan() if scenario.others else None
        super().__init__(scenario, seed, observers)
        self.waits_for_host = scenario.module.boot != "now"
        end = HostEnd("", self.device, on_open=self.waits_for_host)
        end.to_host, end.from_host = self._hear, self.from_host.add
        self._witness = witness
        if witness is not None:
            witness.attach(self.device)
        self.host = _Host(scenario.program.command, super().values, end, 0)
        self.others = {
            name: self._other(name, other, number, scenario, observers)
            for number, (name, other) in enumerate(scenario.others.items(), 1)
        }

    def _other(
        self, name: str, other: OtherModule, number: int, scenario: Scenario, observers: Iterable[Observe]
    ) -> _Host:
        timing = loaded(load_timing, scenario.module.timing)
        firmware = with_switches(loaded(load_firmware, other.firmware), other.switches)
        air = self.world.radio.air
        world = MemoryWorld(air, timing, image=image_of(number), lan=self.lan)
        device = VirtualDevice(new_module(firmware), world, timing, self.device.clock)
        for observe in observers:
            device.add(Observer(observe))
        device.feed(ev.AdcDriven(air.world.adc))
        if other.boot == "now":
            device.switch_power(True)
        end = HostEnd(name, device, on_open=other.boot == "on-open")
        return _Host(other.program.command, super().values, end, number)

    @property
    def ends(self) -> list[HostEnd]:
        """Of all modules, the first one's first."""
        return [self.host.end, *(other.end for other in self.others.values())]

    @property
    def values(self) -> dict[str, str]:
        return super().values | {"port": self.host.port}

    @property
    def exit_status(self) -> int | None:
        return self.host.status

    def other_status(self, name: str) -> int | None:
        return self.others[name].status

    def set_host_baud(self, baud: int) -> None:
        raise RefusedError("the host program sets its own rate")

    def settle(self) -> None:
        super().settle()
        while self.lan is not None and self.lan.pump():
            super().settle()

    def take_output(self) -> None:
        for end in self.ends:
            end.settle()

    def ending(self, place: str = "") -> Ending:
        """How the first host program has ended; ``place``: where it was if it has not."""
        if self.exit_status is None:
            return Ending(place=place)
        return Ending(self.exit_status, self.now_us, unread_bytes=len(self.host.end.received))

    @property
    def is_full(self) -> bool:
        """Whether the witness has seen enough."""
        return self._witness is not None and self._witness.is_full

    def _hear(self, data: bytes) -> None:
        self.to_host.add(data)
        if self._witness is not None:
            self._witness.hear(data, self.now_us)


class _Play:
    """The surroundings of the host programs: the modules, and the steps."""

    over = False

    def __init__(self, rig: LockstepRig, director: Director) -> None:
        self._rig = rig
        self._director = director
        self._devices = [end.device for end in rig.ends]
        self._until_us: int | None = None

    @property
    def next_us(self) -> int | None:
        return earliest(self._until_us, *(device.wakeup_us for device in self._devices))

    def step(self) -> None:
        for device in self._devices:
            if device.step():
                break
        self.host_acted()

    def host_acted(self) -> None:
        self._until_us = self._director.go_on(self._rig.settle)
        self.over = self._until_us is None or self._rig.is_full


def run_in_lockstep(
    scenario: Scenario,
    seed: int,
    directory: Path,
    observers: Iterable[Observe] = (),
    record: Path | None = None,
    overwrite: bool = False,
    witness: Witness | None = None,
) -> Report:
    """Play a scenario; the host programs run in ``directory``, the first one if it is in Python in this process.

    What observers see is that of all modules, what ``witness`` sees that of the first one. Raises UserError for what
    cannot be played so.
    """
    if scenario.host is None:
        raise UserError("lockstep is for a host program; without one, --virtual plays the steps")
    observers = tuple(observers)
    witness = witness or (Witness() if scenario.properties.check else None)
    rig = LockstepRig(scenario, seed, observers, witness)
    limit_s = scenario.limit + scenario.patience + 1
    ending = Ending()
    with recording(rig, scenario, seed, record, overwrite):
        director = Director(scenario, rig)
        if not rig.waits_for_host:
            rig.device.switch_power(True)
        problem = ""
        try:
            _run_hosts(rig, Lockstep(rig.device.clock, _Play(rig, director), limit_s=limit_s), directory)
        except StoppedError as stop:
            ending = rig.ending(where_it_stopped(stop.__traceback__))  # the steps are over, perhaps before the program
        except LockstepError as error:
            problem = str(error)
            ending = Ending(problem=problem)
        else:
            ending = rig.ending()
            play_to_the_end(rig, director)
        output = rig.host.output
        ending = replace(ending, output=output.part(max(0, output.end - OUTPUT_BYTES)))
        outputs = {name: tail_of(host.output) for name, host in rig.others.items()}
        report = replace(director.report(seed), program=tail_of(output), others=outputs, ending=ending)
    if problem:
        failed = Result("exec", scenario.program.command, "failed", 0, rig.now_us, problem)
        report = replace(report, results=[*report.results, failed])
    return judged(report, scenario, witness)


def _run_hosts(rig: LockstepRig, lockstep: Lockstep, directory: Path) -> None:
    """Run all host programs to their ends. Raises what the first of them that cannot go on has raised."""
    host, directory = rig.host, directory.resolve()
    with ExitStack() as stack:
        if host.python is not None:
            stack.enter_context(chdir(directory))
            stack.enter_context(patched(lockstep, {host.port: host.end}, imported=False))
        stack.enter_context(lockstep.taking_part())
        others = [(other, lockstep.expect()) for other in rig.others.values()]
        for other, turn in others:
            _thread.start_new_thread(_run_other, (other, turn, lockstep, directory))
        lockstep.wait(START_US, lambda: False)
        if host.python is not None:
            host.run_here(host.python, lockstep)
        else:
            host.run(lockstep, directory)
        lockstep.host_acted()
        lockstep.wait(None, lambda: all(turn.done for _, turn in others))


def _run_other(host: _Host, turn: Turn, lockstep: Lockstep, directory: Path) -> None:
    with lockstep.in_turn(turn):
        try:
            lockstep.wait(START_US, lambda: False)
            host.run(lockstep, directory)
            lockstep.host_acted()
        except UserError as error:
            lockstep.fail(LockstepError(str(error)))
