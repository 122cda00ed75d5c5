"""Plays the situations against a host, and decides what came of each."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from msgspec import Struct, structs

from wizfi_emu.actions.host import Wait
from wizfi_emu.air.load import load_world
from wizfi_emu.audit.situations import Situation, faults_for, timing_of, with_other_leases
from wizfi_emu.explore.play import Player
from wizfi_emu.explore.schedule import NOTHING, Schedule
from wizfi_emu.properties.facts import Finding
from wizfi_emu.properties.table import find_all
from wizfi_emu.scenario.model import EchoPeer, Exec, ModuleOptions, Scenario
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.witness import Witness
from wizfi_emu.userfiles.plain import as_yaml

Outcome = Literal["good", "gives up", "BAD", "not met"]
"""What a host makes of a situation.

========  ============================================================================================================
good      everything that is expected came
gives up  something that is expected did not come, and the host showed that it knows
BAD       a property does not hold: a crash, a hang, a silent loss, a mistake in the protocol ...
not met   the host does nothing with which this could go wrong
========  ============================================================================================================
"""


class Verdict(Struct, frozen=True):
    """What came of a situation. ``problem``: the first thing that did not come although it was expected."""

    situation: Situation
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    program: bytes = b""
    """What the host program has printed last."""


def scenario_for(command: str, seconds: float) -> Scenario:
    """A scenario for a host of which nothing is known: the demo world, and an echo at ``{echo.port}``."""
    return Scenario(
        scenario=1,
        description="a host with an echo in its network",
        module=ModuleOptions(boot="now"),
        limit=seconds + 60,
        peers={"echo": EchoPeer()},
        host=Exec(command, within=seconds),
    )


def fitted(player: Player, seconds: float) -> Player:
    """The player for a host of which nothing is known: one that goes on when nothing goes wrong is to go on."""
    if player.report(NOTHING, witness=Witness()).ending.status is not None:
        return player
    program = structs.replace(player.scenario.program, ends=False)
    scenario = structs.replace(player.scenario, host=program, steps=(Wait(duration=seconds),))
    return structs.replace(player, scenario=scenario)


def judge(player: Player, situations: Sequence[Situation]) -> Iterator[Verdict]:
    """Play each situation once. The first one is what the host is measured by; when it is bad, it is the only one."""
    baseline = player.patient().baseline()
    player = player.patient().measured(baseline)
    with TemporaryDirectory(prefix="wizfi-audit-") as folder:
        for number, one in enumerate(situations):
            situation = structs.replace(one, faults=faults_for(one, baseline.access_point))
            verdict = play(player, situation, Path(folder))
            yield verdict
            if not number and verdict.problem:
                return


def play(player: Player, situation: Situation, folder: Path) -> Verdict:
    """Play one situation. ``folder`` is for files that the run needs."""
    if any(getattr(fault, "access_point", None) == "" for fault in situation.faults):
        return Verdict(situation, "not met")  # it joins no network
    witness = Witness(player.items_max)
    schedule = schedule_of(situation)
    placed = placed_in(player, situation, folder)
    report = placed.report(schedule, witness=witness)
    facts = placed.facts(schedule, report, witness)
    if situation.faults and not facts.faults:
        return Verdict(situation, "not met")
    found = find_all(facts, placed.scenario.properties)
    findings = tuple(finding for finding in found if not (situation.breaks and finding.property == "expectations"))
    problem = _problem(report)
    outcome: Outcome = "BAD" if findings else "gives up" if problem else "good"
    return Verdict(situation, outcome, findings, problem, report.program)


def schedule_of(situation: Situation) -> Schedule:
    """What goes wrong in a situation, as explore has it."""
    return Schedule(faults=situation.faults)


def placed_in(player: Player, situation: Situation, folder: Path) -> Player:
    """The player with the timing and the world of a situation."""
    module = player.scenario.module
    module = structs.replace(
        module, switches=(*module.switches, *situation.switches), timing=timing_of(situation) or module.timing
    )
    if situation.other_lease_at_s is not None:
        path = folder / "world.yaml"
        path.write_text(as_yaml(with_other_leases(load_world(module.world), situation.other_lease_at_s)))
        module = structs.replace(module, world=str(path))
    return structs.replace(player, scenario=structs.replace(player.scenario, module=module))


def _problem(report: Report) -> str:
    failed = next((result for result in report.results if result.outcome == "failed"), None)
    return f"{failed.place}: {failed.message}" if failed else ""


def chosen(situations: Iterable[Situation], only: Sequence[str], without: Sequence[str]) -> list[Situation]:
    """Those that are wanted; the first one is always there."""
    return [
        situation
        for number, situation in enumerate(situations)
        if not number or ((not only or situation.name in only) and situation.name not in without)
    ]
