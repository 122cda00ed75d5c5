"""Two checkouts beside each other: each one's own benchmark, one measurement at a time, in turns.

Both are measured in the same minutes, so what else the machine does is much the same for both. What a checkout measures
is decided by its own benchmark: a measurement that only one of them has is left out, one that has changed shows.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).resolve().parents[2]
RUN = Path("tests", "bench", "run.py")
HEADER = ("", "this", "the other", "this / the other")


class Figure(NamedTuple):
    """A measured value: "53 kB", "0.102 ms"."""

    number: float
    unit: str


class Comparison(NamedTuple):
    """A row of the table: what was measured in each turn, here and there."""

    what: str
    here: list[Figure]
    there: list[Figure]


def check(checkout: Path) -> str | None:
    """What this checkout lacks to be measured; None if nothing."""
    for file in (RUN, Path(".venv", "bin", "python")):
        if not (checkout / file).exists():
            return f"{checkout}: there is no {file}; expected a checkout after `scripts/setup dev`"
    return None


def measure(checkout: Path, name: str, options: Sequence[str]) -> dict[str, Figure]:
    """The figures of one measurement, by what they are of; none if the checkout does not have it."""
    command = [str(checkout / ".venv" / "bin" / "python"), str(RUN), name, *options]
    result = subprocess.run(command, cwd=checkout, stdout=subprocess.PIPE, text=True)
    return dict(figures(result.stdout.splitlines()))


def figures(lines: Iterable[str]) -> Iterable[tuple[str, Figure]]:
    """What a table of ``run.py`` says."""
    for line in lines:
        cells = [cell.strip() for cell in line.split("|")]
        found = re.match(r"([0-9.]+) ?(.*)", cells[2]) if len(cells) > 2 and cells[1] else None
        if found is not None:
            yield cells[1], Figure(float(found[1]), found[2])


def compare(name: str, other: Path, options: Sequence[str], turns: int) -> list[Comparison]:
    """Measure both, so many times."""
    here: list[dict[str, Figure]] = []
    there: list[dict[str, Figure]] = []
    for _ in range(turns):
        there.append(measure(other, name, options))
        if not there[-1]:
            return []
        here.append(measure(HERE, name, options))
    common = [what for what in here[0] if all(what in turn for turn in (*here, *there))]
    return [Comparison(what, [turn[what] for turn in here], [turn[what] for turn in there]) for what in common]


def line(row: Comparison) -> str:
    """A line of the table: medians, and the median of the turns' ratios with the least and the greatest."""
    ratios = [here.number / there.number for here, there in zip(row.here, row.there, strict=True) if there.number]
    ratio = f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else ""
    return f"| {row.what} | {middle(row.here)} | {middle(row.there)} | {ratio} |"


def middle(turns: Sequence[Figure]) -> str:
    """The median as text, in as many digits as it was told."""
    return f"{median(figure.number for figure in turns):.4g} {turns[0].unit}".replace(" %", "%")


def run_against(other: Path, names: Iterable[str], options: Sequence[str], turns: int) -> int:
    """Compare and print; the number is the exit status."""
    problem = check(other)
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    print(f"| {' | '.join(HEADER)} |", "| --- | --- | --- | --- |", sep="\n", flush=True)
    for name in names:
        for row in compare(name, other, options, turns):
            print(line(row), flush=True)
    print(f"\n{turns} turns of each measurement; the other is {other}.")
    return 0
