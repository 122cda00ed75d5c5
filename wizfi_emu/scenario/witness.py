"""Sees a run for the properties: what the machine was told and ordered, and what the host has read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wizfi_emu.actions.expect import Expectation, ExpectExit, ExpectNot
from wizfi_emu.lint.search import UNPACED
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Facts, FailedStep, Item, StepKind
from wizfi_emu.properties.table import find_all
from wizfi_emu.run.runner import Runner
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.play import Result
from wizfi_emu.scenario.report import Report
from wizfi_emu.stages.observer import Observer
from wizfi_emu.stages.stage import Place

ITEMS_MAX = 500_000
"""Events and orders of one run that are kept: an hour of a busy line. What comes later is not looked at."""

Said = tuple[int, bytes]
"""Bytes for the host, and when."""

Passed = tuple[int, int]
"""When so many bytes passed."""


class Witness:
    """Attached to a runner before its run; gives the facts after it."""

    def __init__(self, items_max: int = ITEMS_MAX) -> None:
        """``items_max``: a run in which more happens is to end, as far as it can be ended."""
        self.items_max = items_max
        self.items: list[tuple[int, Item]] = []
        self.heard: list[Said] = []
        """What has reached the host."""
        self.modes: list[tuple[int, bool]] = []
        """Whether the module is in data mode, from which item on."""
        self._line_sent: list[Passed] = []
        self._line_got: list[Passed] = []

    def attach(self, runner: Runner) -> None:
        """Look on from now on."""
        data_mode = runner.module.data_mode
        items, modes, sent, got = self.items, self.modes, self._line_sent, self._line_got

        def see(item: Item, now_us: int) -> None:
            if len(items) < self.items_max:
                items.append((now_us, item))
                if data_mode.active != (bool(modes) and modes[-1][1]):
                    modes.append((len(items), data_mode.active))

        def see_line(item: Item, now_us: int) -> None:
            if isinstance(item, fx.UartSend | ev.UartReceived) and len(sent) + len(got) < ITEMS_MAX:
                (sent if isinstance(item, fx.UartSend) else got).append((now_us, len(item.data)))

        runner.add(Observer(see))
        runner.add(Observer(see_line, Place.LINE))

    @property
    def is_full(self) -> bool:
        """Whether more has happened than is kept."""
        return len(self.items) >= self.items_max

    def hear(self, data: bytes, now_us: int) -> None:
        """Bytes have reached the host."""
        if len(self.heard) < ITEMS_MAX:
            self.heard.append((now_us, data))

    def facts(self, scenario: Scenario, report: Report) -> Facts:
        """What the run leaves behind."""
        return Facts(
            self.items,
            list(_read(self.heard, report)),
            report.faults,
            _failed(report.results),
            report.ending,
            _expected_status(scenario),
            scenario.host is None or not scenario.program.ends,
            self._late_us() if report.faults else 0,
            scenario.module.timing != UNPACED,
        )

    def _late_us(self) -> int:
        """How long bytes of the line were held back at most, one behind another."""
        sent = [(at_us, len(item.data)) for at_us, item in self.items if isinstance(item, fx.UartSend)]
        got = [(at_us, len(item.data)) for at_us, item in self.items if isinstance(item, ev.UartReceived)]
        return max(held_us(sent, self._line_sent), held_us(self._line_got, got))


def held_us(came: Iterable[Passed], went: Iterable[Passed]) -> int:
    """For how long something was under way at most that comes at one place and goes at another: times and sizes."""
    changes = sorted([*came, *((at_us, -size) for at_us, size in went)], key=lambda change: (change[0], -change[1]))
    longest_us = under_way = since_us = 0
    for at_us, size in changes:
        if under_way <= 0:
            since_us = at_us
        under_way += size
        longest_us = max(longest_us, at_us - since_us)
    return longest_us


def judged(report: Report, scenario: Scenario, witness: Witness | None) -> Report:
    """The report with what does not hold of the properties that a scenario checks."""
    limits = scenario.properties
    if witness is None or not limits.check:
        return report
    return replace(report, findings=find_all(witness.facts(scenario, report), limits, limits.check))


def _read(heard: Sequence[Said], report: Report) -> Iterator[Said]:
    """What the host has read, up to its end."""
    ending = report.ending
    if ending.status is None:
        yield from heard
        return
    left = sum(len(data) for at_us, data in heard if at_us <= ending.ended_us) - (ending.unread_bytes or 0)
    for at_us, data in heard:
        if left <= 0 or at_us > ending.ended_us:
            return
        yield at_us, data[:left]
        left -= len(data)


def _failed(results: Sequence[Result]) -> FailedStep | None:
    result = next((one for one in results if one.outcome == "failed"), None)
    if result is None:
        return None
    match result.step:
        case None if result.place == "scenario":
            return FailedStep(result.place, result.text, result.message, "limit")
        case None | ExpectExit():
            return FailedStep(result.place, result.text, result.message, "exit")
        case ExpectNot(unwanted):
            return FailedStep(result.place, result.text, result.message, "unwanted", unwanted)
    kind: StepKind = "wanted" if isinstance(result.step, Expectation) else "undone"
    return FailedStep(result.place, result.text, result.message, kind)


def _expected_status(scenario: Scenario) -> int:
    for step in scenario.steps:
        if isinstance(step, ExpectExit):
            return step.status
    return 0 if scenario.host is None else scenario.program.status
