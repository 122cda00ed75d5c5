"""Plays one schedule, and says what came of it."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from msgspec import Struct, field, structs

from wizfi_emu.explore.coverage import features
from wizfi_emu.explore.moments import Moment, find_moments
from wizfi_emu.explore.schedule import NOTHING, Schedule, with_schedule
from wizfi_emu.module import effects as fx
from wizfi_emu.properties.consequences import UNASKED
from wizfi_emu.properties.facts import Facts, Finding, Happened
from wizfi_emu.properties.table import find_all
from wizfi_emu.properties.traffic import most_copies
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.witness import ITEMS_MAX, Witness

PATIENCE_S = 120.0
"""How long a host may take in virtual time: its own limits are below that."""

WILD = 5
"""How often as many events and orders as in a run without faults are those of a host that runs wild."""

REAL_PATIENCE_S = 15.0
"""The same in real time, in which somebody waits for it."""


class Outcome(Struct, frozen=True):
    """What came of a run. ``void``: what was to go wrong could not, so that it says nothing."""

    findings: tuple[Finding, ...]
    features: frozenset[str]
    moments: tuple[Moment, ...] = ()
    void: bool = False


class Baseline(Struct, frozen=True):
    """The run in which nothing goes wrong. ``access_point`` is the one that the host joins, if it does."""

    outcome: Outcome
    kinds: tuple[str, ...]
    access_point: str
    copies: int
    items: int


class Player(Struct, frozen=True):
    """How runs are played. ``seed`` is that of the chance of faults."""

    scenario: Scenario
    seed: int
    directory: Path
    in_lockstep: bool
    items_max: int = ITEMS_MAX
    """A run in which more happens than this ends: a host that has run wild is seen by then."""
    reached: set[str] = field(default_factory=set)
    """What its runs have reached. Moments are looked for in those that reach something new."""

    def patient(self) -> "Player":
        """The same with time for hosts to recover and to end."""
        scenario = self.scenario
        patience_s = PATIENCE_S if self.in_lockstep else REAL_PATIENCE_S
        limits = scenario.properties
        return structs.replace(
            self,
            scenario=structs.replace(
                scenario,
                patience=scenario.patience or limits.recovery or patience_s,
                properties=structs.replace(limits, check=()),
            ),
        )

    def measured(self, baseline: "Baseline") -> "Player":
        """The same for a host that is known to do so much without any fault."""
        limits = self.scenario.properties
        limits = structs.replace(limits, copies=limits.copies or baseline.copies)
        scenario = structs.replace(self.scenario, properties=limits)
        return structs.replace(self, scenario=scenario, items_max=min(ITEMS_MAX, 2000 + WILD * baseline.items))

    def baseline(self) -> Baseline:
        """Play it without anything that goes wrong."""
        witness = Witness()
        report = self.report(NOTHING, witness=witness)
        items = witness.items
        joins = [item.ssid.decode("latin-1") for _, item in items if isinstance(item, fx.Join)]
        kinds = tuple(sorted({type(item).__name__ for _, item in items}))
        outcome = self._outcome(NOTHING, report, witness)
        return Baseline(outcome, kinds, joins[0] if joins else "", most_copies(items), len(items))

    def play(self, schedule: Schedule) -> Outcome:
        """Play a schedule."""
        witness = Witness(self.items_max)
        return self._outcome(schedule, self.report(schedule, witness=witness), witness)

    def facts(self, schedule: Schedule, report: Report, witness: Witness) -> Facts:
        """What a run leaves behind; what peers have said unasked counts as a fault."""
        facts = witness.facts(self.scenario, report)
        return replace(facts, faults=[*facts.faults, *(Happened(UNASKED, 0, 0) for _ in schedule.blocks)])

    def _outcome(self, schedule: Schedule, report: Report, witness: Witness) -> Outcome:
        facts = self.facts(schedule, report, witness)
        failed = facts.failed
        own = len(self.scenario.blocks)
        place = failed.place if failed is not None else ""
        if place.startswith("on[") and int(place[3 : place.index("]")]) >= own:
            return Outcome((), frozenset(), void=True)
        reached = frozenset(features(witness.items, witness.modes, facts.faults))
        moments = () if reached <= self.reached else tuple(find_moments(witness.items))
        self.reached.update(reached)
        return Outcome(tuple(find_all(facts, self.scenario.properties)), reached, moments)

    def report(
        self,
        schedule: Schedule,
        *,
        scenario: Scenario | None = None,
        record: Path | None = None,
        witness: Witness | None = None,
    ) -> Report:
        """Play a schedule, perhaps in another form of the scenario, and record it."""
        played = with_schedule(scenario or self.scenario, schedule)
        if self.in_lockstep:
            return run_in_lockstep(played, self.seed, self.directory, record=record, overwrite=True, witness=witness)
        import trio

        from wizfi_emu.scenario.live import run_live

        run = partial(run_live, played, self.seed, self.directory, record, overwrite=True, witness=witness)
        return trio.run(run)
