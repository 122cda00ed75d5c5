"""The page on how the project knows what the module does: counted in the tree of tests, nothing by hand."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.guide.reading import Chapter, Statement, chapters
from wizfi_emu.firmware.differences import load_differences

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
EXAMPLES = ROOT / "examples"
STATES = ("holds", "switch", "row")
DRIVERS = ("test_host_drivers.py", "test_host_drivers_mbed.py")
FAMILIES = ("seeeduino", "wizfi310_arduino", "w7500", "mbed_os", "kaizen")


class Source(NamedTuple):
    """Something that tells what the module does, and how much of it there is."""

    what: str
    count: int
    where: str


def count_checks(statement: Statement) -> int:
    """How many checks a statement has: what is played for each of its values, or the tests that it names."""
    return len(statement.each) if statement.play else len(statement.tests)


def count_states(chapter: Chapter) -> dict[str, int]:
    """How many statements of a chapter are in each state."""
    states = Counter(statement.state for statement in chapter.statements)
    return {state: states[state] for state in STATES}


def sources() -> list[Source]:
    """What the tests hold besides the guide's statements, counted in the files."""
    recorded = sum(_vectors(name) for name in ("public.jsonl", "random.jsonl"))
    hosts = [path for path in (EXAMPLES / "field-bugs").iterdir() if (path / "README.md").exists()]
    found = [
        Source("sessions recorded from firmware 1.0.5.2", recorded, "tests/vectors"),
        Source("sessions on single rules of firmware 1.0.5.2", _vectors("corrections.jsonl"), "tests/vectors"),
        Source(
            "rows on what guide and firmware do, each seen from both sides",
            len(load_differences().differences),
            "tests/personality",
        ),
        Source(
            "the guide's example sessions over the serial device",
            len([*(TESTS / "wire/sessions").glob("*.yaml")]),
            "tests/wire/sessions",
        ),
        Source("recordings that replay identically", _recordings(), "tests/recording"),
        Source("host programs that are run as they are", len(_programs()), ", ".join(_programs())),
        Source("faulty host programs that are found and mended", len(hosts), "examples/field-bugs"),
    ]
    for family in FAMILIES:
        found.append(
            Source(f"tests of what the driver family {family} sends and waits for", _driver_tests(family), "tests/wire")
        )
    return found


def _vectors(name: str) -> int:
    return sum(bool(line.strip()) for line in (TESTS / "vectors" / name).read_text().splitlines())


def _recordings() -> int:
    """Each recording begins with its header."""
    with lzma.open(TESTS / "recording/corpus.jsonl.xz", "rt") as lines:
        return sum("wizfi-emu recording" in line[:200] for line in lines)


def _programs() -> list[str]:
    """Folders of examples with a host program that a test of theirs runs."""
    folders = {path.parent for path in EXAMPLES.glob("*/test_*.py") if path.parent.name not in ("pytest", "field-bugs")}
    return sorted(f"examples/{folder.name}" for folder in folders)


def _driver_tests(family: str) -> int:
    text = "\n".join((TESTS / "wire" / name).read_text() for name in DRIVERS)
    return len(re.findall(rf"^def test_{family}_", text, re.MULTILINE))


def statement_rows(chapter: Chapter) -> list[tuple[str, str, str, str]]:
    """A row of the page for each statement: its name, what it says, how it stands, and the number of checks."""
    return [(one.id, one.says, _standing(one), str(count_checks(one))) for one in chapter.statements]


def _standing(statement: Statement) -> str:
    if statement.row:
        return f"otherwise: [{statement.row}](differences.md)"
    return "holds by " + ", ".join(f"`{name}`" for name in statement.switch) if statement.switch else "holds"


def all_chapters() -> tuple[Chapter, ...]:
    """The guide's chapters with their statements."""
    return chapters()
