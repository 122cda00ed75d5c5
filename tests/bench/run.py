"""Measures what the project promises about speed and size, and prints it as a Markdown table.

The exit status is 1 when a promise is not kept. With ``--against`` another checkout is measured too, in turns, and
nothing is promised. usage: see --help
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from pathlib import Path
from types import FrameType

from tests.bench.against import run_against
from tests.bench.measurements import MEASUREMENTS
from tests.bench.table import Row, Sizes

LIMIT_S = 1800
"""A measurement that hangs ends the program, and with it what it has started."""

HEADER = Row("", "wizfi-emu", "beside it", "", "budget", None)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; the number is the exit status."""
    only, sizes, against, turns = parse(arguments)
    place = machine()
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT_S * (2 * turns if against else 1))
    if against is not None:
        options = [f"--{name}={value}" for name, value in sizes._asdict().items() if value != Sizes()._asdict()[name]]
        status = run_against(against.resolve(), only, options, turns)
        print(f"{place}.")
        return status
    print(line(HEADER), line(Row("---", "---", "---", "---", "---", None)), sep="\n", flush=True)
    missed = 0
    for name in only:
        for row in MEASUREMENTS[name](sizes):
            missed += row.held is False
            print(line(row), flush=True)
    print(f"\n{place}. {f'{missed} missed' if missed else 'All budgets are kept'}.")
    return int(missed > 0)


def parse(arguments: list[str] | None) -> tuple[list[str], Sizes, Path | None, int]:
    """What to measure and how much; the checkout to compare with, and how often."""
    parser = argparse.ArgumentParser(description="Measure speed and size; see measurements.py.")
    parser.add_argument("only", nargs="*", metavar="MEASUREMENT", help=f"some of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="measure this one too, in turns")
    parser.add_argument("--turns", type=int, default=3, metavar="N", help="of each checkout; 3")
    for name, default in Sizes()._asdict().items():
        parser.add_argument(
            f"--{name}",
            type=type(default),
            default=default,
            metavar="N",
            help=f"{default}" if default != "" else "file for the curve, SVG",
        )
    given = vars(parser.parse_args(arguments))
    against, turns = given.pop("against"), given.pop("turns")
    only = given.pop("only") or list(MEASUREMENTS)
    for name in only:
        if name not in MEASUREMENTS:
            parser.error(f"{name}: expected {', '.join(MEASUREMENTS)}")
    if turns < 1:
        parser.error(f"--turns {turns}: expected at least 1")
    return only, Sizes(**given), against, turns


def line(row: Row) -> str:
    """A line of the table."""
    budget = f"{row.budget}: **missed**" if row.held is False else row.budget
    return f"| {row.what} | {row.measured} | {row.compared} | {row.result} | {budget} |"


def machine() -> str:
    """What is measured on, and how busy it is with other things; call it before it is busy with this."""
    models = [text for text in Path("/proc/cpuinfo").read_text().splitlines() if text.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    return (
        f"Python {platform.python_version()}, Linux {platform.release().split('-')[0]}, {os.cpu_count()} × {model}, "
        f"load {os.getloadavg()[0]:.1f}"
    )


def give_up(number: int, frame: FrameType | None) -> None:
    """The time is over."""
    raise TimeoutError(f"no end after {LIMIT_S} s")


if __name__ == "__main__":
    sys.exit(main())
