"""Planting: hosts with a known mistake, and the same hosts without it, each searched for a time.

The scenarios say nothing of what can go wrong: `calm.yaml` where there is one, otherwise a `scenario.yaml` without
faults. The exit status is 0 when nine of ten field bugs and both driver mistakes are found with two faults at most, and
the hosts without them show nothing but what is known to be real.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from msgspec import structs

from wizfi_emu.explore.play import Player
from wizfi_emu.explore.search import Failure, Search
from wizfi_emu.scenario.model import read_scenario

EXAMPLES = Path(__file__).parent.parent / "examples"
FAULTS_MAX = 2
FOUND_MIN = 9

REAL = {
    ("missed_disconnect", "silent-loss: status 0"): "the connection is cut behind [OK], and it does not ask the server",
    ("brown_out", "protocol: flash-wear"): "while the flash cannot be written, it tries to again and again",
}
"""Findings in hosts without a planted mistake that are mistakes all the same."""


@dataclass(frozen=True)
class Host:
    """A host program with its scenario, and whether it has a mistake."""

    name: str
    scenario: Path
    program: str
    planted: bool


def hosts() -> Iterator[Host]:
    """All that are searched."""
    for folder in sorted(path.parent for path in (EXAMPLES / "field-bugs").glob("*/scenario.yaml")):
        calm = folder / "calm.yaml"
        scenario = calm if calm.exists() else folder / "scenario.yaml"
        for program in ("buggy", "fixed"):
            yield Host(folder.name, scenario, program, program == "buggy")
    calm = EXAMPLES / "driver-mistakes" / "calm.yaml"
    for program in ("forgets", "splits", "right"):
        yield Host("driver-mistakes", calm, program, program != "right")


def search_of(host: Host, budget_s: float, seed: int) -> Search:
    """A search for the mistakes of a host, in lockstep. One for a planted mistake ends with the first that it finds."""
    scenario = read_scenario(host.scenario)
    path = "env PYTHONPATH=.. " if "field-bugs" in host.scenario.parts else ""
    command = f"{path}python3 {host.program}.py {{port}}{' {server.port}' * bool(scenario.peers)}"
    player = Player(structs.replace(scenario, host=command), scenario.seed, host.scenario.parent, in_lockstep=True)
    search = Search(player, Random(seed), budget_s, time.monotonic)
    if host.planted:
        search.over = lambda: bool(search.failures)
    return search


def main(arguments: list[str]) -> int:
    """Search all hosts, print a row for each; the number is the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/hunt", description=__doc__)
    parser.add_argument("--budget", type=float, default=60, metavar="SECONDS", help="for each host (60)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the searches (0)")
    parser.add_argument("--only", metavar="NAME", help="hosts of this folder alone")
    chosen = parser.parse_args(arguments)
    print("| host | runs | a second | found after | faults | what |\n| --- | --- | --- | --- | --- | --- |")
    found, wrong = 0, 0
    for host in hosts():
        if chosen.only in (None, host.name):
            search = search_of(host, chosen.budget, chosen.seed)
            search.explore(search.begin())
            good = judge(host, list(search.failures.values()))
            found += good and host.planted
            wrong += not good and not host.planted
            print(row(host, search), flush=True)
    print(f"\n{found} planted mistakes found; {wrong} hosts without one show something that is not known to be real")
    return 0 if chosen.only or (found >= FOUND_MIN + 2 and not wrong) else 1


def judge(host: Host, failures: list[Failure]) -> bool:
    """Whether a search came to what is right."""
    if host.planted:
        return any(failure.schedule.size <= FAULTS_MAX for failure in failures)
    return all((host.name, key_of(failure)) in REAL for failure in failures)


def key_of(failure: Failure) -> str:
    """What a failure is known by."""
    return f"{failure.finding.property}: {failure.finding.fingerprint}"


def row(host: Host, search: Search) -> str:
    """A row of the table."""
    progress = search.progress
    failures = list(search.failures.values())
    after = ", ".join(f"{one.after_s:.1f} s" for one in failures) or "-"
    faults = ", ".join(" + ".join(_words(one)) or "none" for one in failures) or "-"
    what = "; ".join(f"{key_of(one)}{_real(host, one)}" for one in failures) or "nothing"
    rate = progress.runs / max(progress.elapsed_s, 0.001)
    return f"| {host.name} {host.program} | {progress.runs} | {rate:.0f} | {after} | {faults} | {what} |"


def _words(failure: Failure) -> list[str]:
    schedule = failure.schedule
    return [*([f"firmware {schedule.firmware}"] if schedule.firmware else []), *(one.word for one in schedule.faults)]


def _real(host: Host, failure: Failure) -> str:
    known = REAL.get((host.name, key_of(failure)), "")
    return f" (real: {known})" if known else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
