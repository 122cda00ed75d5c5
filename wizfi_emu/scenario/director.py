"""Plays all scripts of a scenario side by side: steps, blocks whose moment comes, the end of the host program."""

from collections.abc import Callable, Sequence

from wizfi_emu.actions.base import Step
from wizfi_emu.actions.perform import Script, Until
from wizfi_emu.properties.facts import happened
from wizfi_emu.scenario.model import Block, Exec, Scenario
from wizfi_emu.scenario.play import MICROS, Part, Result, play_end, play_steps
from wizfi_emu.scenario.report import Report, tail_of
from wizfi_emu.scenario.rig import Rig


class _Running:
    """A script under way; ``until`` is None before its first step. What it does is noted in ``part``."""

    def __init__(self, script: Script, part: Part) -> None:
        self._script = script
        self.part = part
        self.until: Until | None = None

    def go_on(self, now_us: int) -> bool | None:
        """Resume it if it is time: whether it was, None when it is over."""
        until = self.until
        try:
            if until is None:
                self.until = next(self._script)
                return True
            ready = until.ready()
            if not ready and (until.time_us is None or until.time_us > now_us):
                return False
            self.until = self._script.send(ready)
        except StopIteration:
            return None
        return True


class Director:
    """Sets the faults and watches for the moments of a scenario, and then plays it. The power comes on after that."""

    def __init__(self, scenario: Scenario, rig: Rig) -> None:
        self._scenario = scenario
        self._rig = rig
        self._running: list[_Running] = []
        self._parts: list[Part] = []
        self._failed = False
        self._due_blocks: list[tuple[int, Block]] = []
        self._limit_s = scenario.limit + scenario.patience
        self._end_us = rig.now_us + round(self._limit_s * MICROS)
        self._ends = scenario.host is None or not scenario.program.ends
        self._begin_us = rig.now_us
        rig.faults.engage()  # before the power comes on: so it knows everything that there is
        for number, block in enumerate(scenario.blocks):
            self._watch(number, block)
        for fault in scenario.faults:
            rig.faults.add(fault)
        self._play_steps("steps", scenario.steps)

    def go_on(self, settle: Callable[[], None]) -> int | None:
        """Play as far as it goes now; until when nothing is to be done if nothing happens, None at the end.

        ``settle`` is called before every look at what has happened.
        """
        again = True
        while again and not self._failed:
            settle()
            again = False
            while self._due_blocks:
                number, block = self._due_blocks.pop(0)
                self._play_steps(f"on[{number}]", block.steps)
            for running in tuple(self._running):
                went_on = running.go_on(self._rig.now_us)
                self._failed = self._failed or running.part.failed
                if went_on is None:
                    self._running.remove(running)
                again = again or went_on is not False
            if not self._running and not self._ends:
                self._ends = again = True
                self._play_end(self._scenario.program)
                for name, other in self._scenario.others.items():
                    self._play_end(other.program, name)
        if self._failed or not self._running:
            return None
        if self._rig.now_us >= self._end_us:
            late = Result("scenario", f"over within {self._limit_s:g} s", "failed", self._begin_us, self._end_us)
            late.message = f"the scenario is not over after {self._limit_s:g} s"
            self._parts.append(Part([late], failed=True))
            self._failed = True
            return None
        times_us = [running.until.time_us for running in self._running if running.until is not None]
        return min(self._end_us, self._end_us, *(time_us for time_us in times_us if time_us is not None))

    def report(self, seed: int) -> Report:
        rig = self._rig
        words = {fault.name: fault.fault for fault in rig.faults.show() if fault.hits}
        return Report(
            self._scenario,
            seed,
            [result for part in self._parts for result in part.results],
            rig.now_us - self._begin_us,
            rig.faults.journal,
            faults=happened(rig.faults.journal, words),
            excerpt=tuple(rig.excerpt.lines()),
            from_host=tail_of(rig.from_host),
            to_host=tail_of(rig.to_host),
        )

    def _watch(self, number: int, block: Block) -> None:
        self._rig.faults.watch(block.when, lambda: self._due_blocks.append((number, block)))

    def _play_end(self, program: Exec, other: str = "") -> None:
        part = Part()
        self._parts.append(part)
        self._running.append(_Running(play_end(self._rig, program, part, other, self._scenario.patience), part))

    def _play_steps(self, place: str, steps: Sequence[Step]) -> None:
        part = Part()
        self._parts.append(part)
        script = play_steps(self._rig, steps, part, place, self._rig.now_us, self._scenario.patience)
        self._running.append(_Running(script, part))
