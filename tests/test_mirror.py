"""Each source file has its test file, or stands in the table of CONTRIBUTING.md that says which test holds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SOURCE = ROOT / "wizfi_emu"
HEADING = "### Files without a test file of their own"


def words(name: str) -> set[str]:
    """The words of a name, in the singular: ``_fault_models`` and ``fault_model`` are one."""
    return {word.removesuffix("s") for word in name.split("_") if word}


def is_mirror(test: Path, source: Path) -> bool:
    """Whether a test file, below tests/, is named after a source file, below wizfi_emu/.

    It lies in the folder of the same room or of a room around it, and is called like the file; the names of rooms may
    be in it: test_table.py, test_cli_run.py, test_wifi_commands.py.
    """
    rooms = source.parts[:-1]
    if test.parts[:-1] != rooms[: len(test.parts) - 1] or (rooms and len(test.parts) == 1):
        return False
    own, named = words(source.stem), words(test.stem.removeprefix("test_"))
    return own <= named <= own.union(*(words(room) for room in rooms))


def does_something(source: str) -> bool:
    """Whether there is a function in it that is more than a declaration. Tables, types and contracts need no test."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(not is_text(statement) for function in functions for statement in function.body)


def is_text(statement: ast.stmt) -> bool:
    """A docstring, or three dots."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def without_mirror(sources: Iterable[Path], tests: Iterable[Path]) -> list[str]:
    """The source files that no test file is named after."""
    known = list(tests)
    return [source.as_posix() for source in sources if not any(is_mirror(test, source) for test in known)]


def read_table(text: str) -> Iterator[tuple[str, str]]:
    """The rows of the table: a pattern of files, and the test that holds them."""
    table = text.partition(HEADING)[2].partition("\n## ")[0]
    for files, test in re.findall(r"^\| (`.*`) \| `(.*)` \| .+ \|$", table, re.MULTILINE):
        yield from ((pattern, test) for pattern in re.findall(r"`([^`]+)`", files))


def test_each_file_has_its_test_or_a_row() -> None:
    sources = [path.relative_to(SOURCE) for path in sorted(SOURCE.rglob("*.py")) if does_something(path.read_text())]
    missing = without_mirror(sources, (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py")))
    rows = list(read_table((ROOT / "CONTRIBUTING.md").read_text()))
    rowless = [file for file in missing if not any(fnmatchcase(file, pattern) for pattern, _ in rows)]
    assert rowless == [], "neither a test file nor a row in the table"
    for pattern, test in rows:
        assert any(fnmatchcase(file, pattern) for file in missing), f"{pattern}: this row is not needed"
        assert (ROOT / test).exists(), f"{pattern}: there is no {test}"


@pytest.mark.parametrize(
    ("source", "test", "mirrors"),
    [
        ("at/line.py", "at/test_line.py", True),
        ("at/line.py", "at/test_line_editor.py", False),
        ("at/line.py", "web/test_line.py", False),
        ("at/line.py", "test_line.py", False),
        ("timing.py", "test_timing.py", True),
        ("cli/run.py", "cli/test_cli_run.py", True),
        ("commands/wifi.py", "commands/test_wifi_commands.py", True),
        ("faults/model.py", "faults/test_fault_model.py", True),
        ("net/_udp.py", "net/test_udp.py", True),
        ("recording/pcap/export.py", "recording/pcap/test_export.py", True),
        ("recording/report/page.py", "recording/test_report_page.py", True),
        ("recording/page.py", "recording/report/test_page.py", False),
    ],
)
def test_what_a_mirror_is(source: str, test: str, mirrors: bool) -> None:
    assert is_mirror(Path(test), Path(source)) is mirrors


@pytest.mark.parametrize(
    ("source", "does"),
    [
        ('"""Text."""\nX = 1\nclass Y:\n    x: int = 1', False),
        (
            'class P(Protocol):\n    def f(self) -> None:\n        """What f does."""\n    def g(self) -> None: ...',
            False,
        ),
        ('class P:\n    async def f(self) -> None:\n        """Text."""\n        return 1', True),
        ("def f():\n    pass", True),
    ],
)
def test_what_a_declaration_is(source: str, does: bool) -> None:
    assert does_something(source) is does


def test_the_table_is_read() -> None:
    head = f"| `x` | `y` | z |\n{HEADING}\n\n| files | held by | because |\n|---|---|---|\n"
    assert list(read_table(head + "| `a.py`, `b/*.py` | `t.py` | x |\n")) == [("a.py", "t.py"), ("b/*.py", "t.py")]
