"""The search: plays schedules, keeps those that reach something new, and makes small what fails."""

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import NamedTuple

from wizfi_emu.explore.choices import fitting
from wizfi_emu.explore.draw import Drawer
from wizfi_emu.explore.play import Baseline, Outcome, Player
from wizfi_emu.explore.schedule import NOTHING, Schedule
from wizfi_emu.explore.shrink import shrink
from wizfi_emu.explore.torture import one_at_a_time, pairs
from wizfi_emu.faults.model import When
from wizfi_emu.properties.facts import Finding

KEPT_MAX = 2000
"""How many schedules are kept to be changed."""

MOMENTS_MAX = 5000
"""How many moments are known at most; a run has some hundred."""

QUIET_MAX_US = 1_000_000
"""Longer than this nothing makes a moment more likely."""

FRESH = 0.25
"""How often a schedule is drawn anew and not made out of one that was kept."""

LATE_S = 10.0
"""How long failures may still be made small when the time is over."""

Played = Generator[tuple[Schedule, Outcome], None, None]
"""Schedules with what came of them."""

PlayMany = Callable[[Iterator[Schedule]], Played]
"""Plays schedules, perhaps several at a time, and gives what came of each."""


@dataclass
class Failure:
    """A mistake that was found: the smallest schedule that shows it, and how often it was met."""

    finding: Finding
    schedule: Schedule
    first: int
    """After how many runs."""
    after_s: float
    count: int = 1


@dataclass
class Progress:
    """How far a search is."""

    runs: int = 0
    void: int = 0
    elapsed_s: float = 0.0
    left_s: float = 0.0
    features: int = 0
    kept: int = 0
    failures: int = 0
    doing: str = ""


class Tortured(NamedTuple):
    """How many moments and faults there are, how many runs with one fault that makes, and how many were played."""

    moments: int
    faults: int
    singles: int
    done: int


@dataclass
class Search:
    """A search.

    ``now_s`` is a clock. ``over``: whether it is to end before its time. ``tell`` is told how far it is, ``found`` what
    it has found, ``keep`` which schedule has reached something new.
    """

    player: Player
    random: Random
    budget_s: float
    now_s: Callable[[], float]
    play_many: PlayMany | None = None
    """None: one after another, in this process."""
    over: Callable[[], bool] = lambda: False
    tell: Callable[[Progress], None] = lambda _progress: None
    found: Callable[[Failure], None] = lambda _failure: None
    keep: Callable[[Schedule], None] = lambda _schedule: None
    kept: list[Schedule] = field(default_factory=list)
    failures: dict[str, Failure] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self._started_s = self.now_s()
        self._features: set[str] = set()
        self._moments: dict[When, int] = {}

    def begin(self) -> Baseline:
        """Play the run without faults: what it reaches is known, and where things can go wrong."""
        self._say("the run without faults")
        baseline = self.player.patient().baseline()
        self.player = self.player.patient().measured(baseline)
        self._take(NOTHING, baseline.outcome)
        return baseline

    @property
    def moments(self) -> list[When]:
        """Where something can go wrong, as far as is known."""
        return list(self._moments)

    @property
    def is_over(self) -> bool:
        """Whether it has to end."""
        return self.over() or self.now_s() - self._started_s >= self.budget_s

    def explore(self, baseline: Baseline, known: Iterable[Schedule] = ()) -> None:
        """Search by chance until the time is over, from the schedules of an earlier search on."""
        variation = self.player.scenario.explore
        drawer = Drawer(
            self.random,
            fitting(baseline.kinds, variation.faults, variation.but),
            at_most=variation.at_most,
            firmware=variation.firmware,
            says=variation.says,
            access_point=baseline.access_point,
        )
        self._let_know(drawer)
        self._say("searching")
        self._play_all(iter(known))
        if drawer.can_draw:
            self._play_all(chain(drawer.first(), self._drawn(drawer)))

    def torture(self, baseline: Baseline) -> Tortured:
        """Let each fault happen at each moment, one at a time, then pairs."""
        variation = self.player.scenario.explore
        choices = fitting(baseline.kinds, variation.faults, variation.but)
        moments = self.moments
        singles = list(one_at_a_time(moments, choices, baseline.access_point))
        self._say("one fault at a time")
        done = self.progress.runs
        self._play_all(iter(singles))
        done = min(len(singles), self.progress.runs - done)
        if not self.is_over:
            self._say("two faults at a time")
            self._play_all(pairs(singles, self.random))
        return Tortured(len(moments), len(choices), len(singles), done)

    # --- runs ---------------------------------------------------------------------------------------------------------

    def _drawn(self, drawer: Drawer) -> Iterator[Schedule]:
        seen: set[Schedule] = set()
        while True:
            if len(drawer.moments) != len(self._moments):
                self._let_know(drawer)
            if self.kept and self.random.random() > FRESH:
                # What was kept last has been changed least.
                at = min(self.random.randrange(len(self.kept)) for _ in range(2))
                drawn = drawer.changed(self.kept[-1 - at], self.random.choice(self.kept))
            else:
                drawn = drawer.new()
            if drawn not in seen or len(seen) > KEPT_MAX * 10:
                seen.add(drawn)
                yield drawn

    def _let_know(self, drawer: Drawer) -> None:
        drawer.moments, drawer.quiet_us = list(self._moments), list(self._moments.values())

    def _play_all(self, schedules: Iterator[Schedule]) -> None:
        played = (self.play_many or play_in_turn(lambda: self.player))(self._until_over(schedules))
        for schedule, outcome in played:
            self._take(schedule, outcome)
            if self.is_over:
                played.close()  # what is under way is not waited for
                return

    def _until_over(self, schedules: Iterator[Schedule]) -> Iterator[Schedule]:
        for schedule in schedules:
            if self.is_over:
                return
            yield schedule

    def _take(self, schedule: Schedule, outcome: Outcome) -> None:
        """Learn from a run."""
        self.progress.runs += 1
        self.progress.void += outcome.void
        new = outcome.features - self._features
        if new:
            self._features |= new
            if schedule.size and len(self.kept) < KEPT_MAX:
                self.kept.append(schedule)
                self.keep(schedule)
            for moment, following in zip(outcome.moments, (*outcome.moments[1:], None), strict=True):
                if len(self._moments) < MOMENTS_MAX:
                    quiet_us = 0 if following is None else min(QUIET_MAX_US, following.time_us - moment.time_us)
                    self._moments.setdefault(moment.when, quiet_us)
        for finding in outcome.findings:
            self._fail(finding, schedule)
        self._say(self.progress.doing)

    def _fail(self, finding: Finding, schedule: Schedule) -> None:
        key = f"{finding.property}: {finding.fingerprint}"
        if key in self.failures:
            self.failures[key].count += 1
            return
        after_s = self.now_s() - self._started_s
        failure = self.failures[key] = Failure(finding, schedule, self.progress.runs, after_s)
        self._say(f"making {finding.property} small")
        doing = self.progress.doing

        def fails(simpler: Schedule) -> bool:
            if self.progress.elapsed_s > self.budget_s + LATE_S:
                return False
            self.progress.runs += 1
            self._say(doing)
            same = [one for one in self.player.play(simpler).findings if _same(one, finding)]
            if same:
                failure.finding = same[0]
            return bool(same)

        failure.schedule = shrink(schedule, fails)
        self.found(failure)
        self._say("searching")

    def _say(self, doing: str) -> None:
        progress = self.progress
        progress.doing = doing
        progress.elapsed_s = self.now_s() - self._started_s
        progress.left_s = max(0.0, self.budget_s - progress.elapsed_s)
        progress.features = len(self._features)
        progress.kept = len(self.kept)
        progress.failures = len(self.failures)
        self.tell(progress)


def play_in_turn(player: Callable[[], Player]) -> PlayMany:
    """Play one after another, in this process."""

    def play(schedules: Iterator[Schedule]) -> Played:
        for schedule in schedules:
            yield schedule, player().play(schedule)

    return play


def _same(one: Finding, other: Finding) -> bool:
    return (one.property, one.fingerprint) == (other.property, other.fingerprint)
