"""Plays a scenario with its host program in lockstep: one virtual time for the program, the module and the steps."""

from collections.abc import Iterable
from contextlib import ExitStack, chdir
from dataclasses import replace
from pathlib import Path

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.agenda import earliest
from wizfi_emu.errors import UserError
from wizfi_emu.lockstep.clock import Lockstep, LockstepError, StoppedError
from wizfi_emu.lockstep.host import PythonProgram, run_python
from wizfi_emu.lockstep.modules import HostEnd
from wizfi_emu.lockstep.patch import patched
from wizfi_emu.lockstep.server import run_program
from wizfi_emu.scenario.director import Director
from wizfi_emu.scenario.model import Scenario, substitute
from wizfi_emu.scenario.play import Result
from wizfi_emu.scenario.programs import split_command
from wizfi_emu.scenario.report import Report, tail_of
from wizfi_emu.scenario.virtual import VirtualRig, play_to_the_end, recording
from wizfi_emu.stages.observer import Observe
from wizfi_emu.streams import Stream
from wizfi_emu.worlds.host import RECEIVE_WINDOW_BYTES

PORT = "wizfi://0"
START_US = 100_000
"""When the host program begins: one in real time needs a moment, too, and the module has its power before."""


class LockstepRig(VirtualRig):
    """A rig in virtual time with a host program beside the steps."""

    window_bytes = RECEIVE_WINDOW_BYTES

    def __init__(self, scenario: Scenario, seed: int, observers: Iterable[Observe]) -> None:
        super().__init__(scenario, seed, observers)
        self.waits_for_host = scenario.module.boot != "now"
        self.output = Stream()
        self.end = HostEnd(PORT, self.device, on_open=self.waits_for_host)
        self.end.to_host, self.end.from_host = self.to_host.add, self.from_host.add

    @property
    def values(self) -> dict[str, str]:
        return super().values | {"port": PORT}

    def set_host_baud(self, baud: int) -> None:
        raise RefusedError("the host program sets its own rate")

    def take_output(self) -> None:
        self.end.settle()


class _Play:
    """The surroundings of the host program: the module, and the steps."""

    over = False

    def __init__(self, rig: LockstepRig, director: Director) -> None:
        self._rig = rig
        self._director = director
        self._until_us: int | None = None

    @property
    def next_us(self) -> int | None:
        return earliest(self._rig.device.wakeup_us, self._until_us)

    def step(self) -> None:
        self._rig.device.step()
        self.host_acted()

    def host_acted(self) -> None:
        self._until_us = self._director.go_on(self._rig.settle)
        self.over = self._until_us is None


def run_in_lockstep(
    scenario: Scenario,
    seed: int,
    directory: Path,
    observers: Iterable[Observe] = (),
    record: Path | None = None,
    overwrite: bool = False,
) -> Report:
    """Play a scenario; the host program runs in ``directory``, one in Python in this process.

    Raises UserError for what cannot be played so.
    """
    if scenario.host is None:
        raise UserError("lockstep is for a host program; without one, --virtual plays the steps")
    rig = LockstepRig(scenario, seed, observers)
    with recording(rig, scenario, seed, record, overwrite):
        director = Director(scenario, rig)
        if not rig.waits_for_host:
            rig.device.switch_power(True)
        problem = ""
        try:
            rig.exit_status = _run_host(scenario, directory, rig, _Play(rig, director))
        except StoppedError:
            pass  # the steps are over before the program
        except LockstepError as error:
            problem = str(error)
        else:
            play_to_the_end(rig, director)
        report = replace(director.report(seed), program=tail_of(rig.output))
    if problem:
        failed = Result("exec", scenario.program.command, "failed", 0, rig.now_us, problem)
        report = replace(report, results=[*report.results, failed])
    return report


def _run_host(scenario: Scenario, directory: Path, rig: LockstepRig, play: _Play) -> int:
    lockstep = Lockstep(rig.device.clock, play, limit_s=scenario.limit + 1)
    command = [substitute(word, rig.values) for word in split_command(scenario.program.command)]
    program = PythonProgram.of(command)
    with ExitStack() as stack:
        if program is not None:
            stack.enter_context(chdir(directory))
            stack.enter_context(patched(lockstep, {PORT: rig.end}, imported=False))
        stack.enter_context(lockstep.taking_part())
        lockstep.wait(START_US, lambda: False)
        if program is not None:
            return run_python(program, lockstep, rig.output.add)
        return run_program(command, directory, lockstep, rig.end, rig.output.add)
