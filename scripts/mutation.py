"""Mutation tests: which small changes of the program does no test notice?

A sample of the mutants of each room is tried, in a copy of the checkout. mutmut makes them, and runs for each the tests
of the room that reach the function, without the slow ones; it leaves out properties and whatever stands outside of
functions. Mutants that survive are printed, a line each, and a score: a mutant is found when a test fails or does not
end.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent
MUTMUT = (sys.executable, "-m", "mutmut")
SURVIVED, UNREACHED, UNTRIED = 0, 33, None
"""What mutmut writes down of a mutant; other numbers are those of a failure or of a limit."""


@dataclass(frozen=True)
class Room:
    """What is mutated, and the tests that should find it."""

    source: str
    tests: tuple[str, ...]


ROOMS = {
    "at": Room("wizfi_emu/at", ("tests/at", "tests/module/test_serial_bytes.py")),
    "module": Room("wizfi_emu/module", ("tests/module", "tests/commands", "tests/personality", "tests/web")),
    "faults": Room("wizfi_emu/faults", ("tests/faults",)),
    "profile": Room("wizfi_emu/profile", ("tests/profile", "tests/module/test_storage.py")),
    "token_auth": Room("wizfi_emu/control/token_auth.py", ("tests/control/test_token_auth.py",)),
}


class Workshop:
    """A copy of the checkout in which mutmut works."""

    def __init__(self, place: Path, room: Room) -> None:
        self._place = place
        names = _output("git", "ls-files", "--cached", "--others", "--exclude-standard", place=ROOT).splitlines()
        for name in names:
            if (ROOT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, place / name)
        lists = {
            "source_paths": ["wizfi_emu"],
            "only_mutate": [room.source if room.source.endswith(".py") else f"{room.source}/*"],
            "also_copy": sorted({name.partition("/")[0] for name in names}),
            "pytest_add_cli_args_test_selection": room.tests,
            "pytest_add_cli_args": ["-p", "no:cacheprovider", "-m", "not slow"],
        }
        lines = (f"{key} =\n" + "".join(f"    {value}\n" for value in values) for key, values in lists.items())
        (place / "setup.cfg").write_text("[mutmut]\n" + "".join(lines))

    def prepare(self) -> list[str]:
        """Make the mutants and find out which test reaches which function; their names."""
        made = self._mutmut("run", "--max-children", "1", "no mutant of this name", limit_s=None)
        if "nothing matches" not in made:
            sys.exit(made[-4000:])
        return sorted(self.results())

    def run(self, names: list[str], limit_s: float) -> None:
        """Try these mutants, the quick ones first, until the time is over."""
        said = self._mutmut("run", "--max-children", "1", *names, limit_s=limit_s)
        if "Running mutation testing" not in said:
            sys.exit(said[-4000:])

    def results(self) -> dict[str, int | None]:
        """What came of each mutant."""
        found: dict[str, int | None] = {}
        for path in self._place.glob("mutants/**/*.meta"):
            found |= json.loads(path.read_text())["exit_code_by_key"]
        return found

    def show(self, name: str) -> str:
        """A mutant in one line: file, what stands there and what would."""
        lines = _output(*MUTMUT, "show", name, place=self._place).splitlines()
        file = next(line[4:] for line in lines if line.startswith("--- "))
        old, new = (
            " ".join(line[1:].strip() for line in lines if line.startswith(sign) and not line.startswith(sign * 3))
            for sign in "-+"
        )
        return f"{file}: {old}  ->  {new}  ({name.rpartition('.')[2]})"

    def _mutmut(self, *words: str, limit_s: float | None) -> str:
        with subprocess.Popen(
            [*MUTMUT, *words],
            cwd=self._place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                return process.communicate(timeout=limit_s)[0]
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with the mutant that it tries, which may never end
                return process.communicate()[0]


def _output(*command: str, place: Path) -> str:
    return subprocess.run(command, cwd=place, stdout=subprocess.PIPE, text=True, check=True).stdout


def try_room(room: Room, sample: int, seed: int, limit_s: float) -> Iterator[str]:
    """Lines of the report: the survivors, and the score."""
    with tempfile.TemporaryDirectory() as place:
        workshop = Workshop(Path(place), room)
        names = workshop.prepare()
        chosen = sorted(Random(seed).sample(names, min(sample, len(names))))
        workshop.run(chosen, limit_s)
        results = workshop.results()
        tried = [name for name in chosen if results[name] is not UNTRIED]
        survivors = [name for name in tried if results[name] in (SURVIVED, UNREACHED)]
        for name in survivors:
            reached = "" if results[name] == SURVIVED else "not reached: "
            yield reached + workshop.show(name)
        score = 100 * (len(tried) - len(survivors)) / len(tried) if tried else 0
        yield f"{room.source}: {score:.1f} % of {len(tried)} found, {len(chosen)} chosen out of {len(names)}"


def main() -> None:
    """Read the command line, and try room after room."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(ROOMS)}; all without it")
    parser.add_argument("--sample", type=int, default=100, metavar="N", help="mutants of each room (100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample (0)")
    parser.add_argument("--minutes", type=float, default=30, metavar="N", help="for the mutants of a room (30)")
    arguments = parser.parse_args()
    if unknown := set(arguments.rooms) - set(ROOMS):
        parser.error(f"no room {', '.join(sorted(unknown))}")
    for name in arguments.rooms or ROOMS:
        for line in try_room(ROOMS[name], arguments.sample, arguments.seed, arguments.minutes * 60):
            print(line, flush=True)


if __name__ == "__main__":
    main()
