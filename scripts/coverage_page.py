"""The coverage page: every command word, option, result and event with the tests that show it.

A row's evidence is looked up, never written in by hand: test functions, transcripts and recorded sessions whose text
holds the bytes of the row.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from wizfi_emu.commands.table import TABLE

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
ROWS = Path(__file__).with_name("coverage_rows.yaml")
SHOWN_TESTS = 3


class Section(msgspec.Struct, forbid_unknown_fields=True):
    """A heading and its rows: name and regular expression."""

    title: str
    rows: dict[str, str]


class Evidence(NamedTuple):
    """What shows a row."""

    name: str
    sessions: int
    tests: list[str]


class Places(NamedTuple):
    """Everything that can show a row: recorded sessions as text, and the text of each test by its name."""

    sessions: list[str]
    tests: dict[str, str]


def sections() -> list[Section]:
    """All sections: command words from the program's own table, then those of the data file."""
    words = {f"AT{row.word}": rf"AT{re.escape(row.word)}" for row in TABLE}
    given = msgspec.convert(yaml.safe_load(ROWS.read_text())["sections"], list[Section])
    return [Section("Command words", {"AT": r'AT(\\r|\r|")', **words}), *given]


def read_places() -> Places:
    """Read the recorded sessions and the tests."""
    sessions = []
    for path in sorted((TESTS / "vectors").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            steps = json.loads(line)["steps"]
            sessions.append("\n".join(step.get("send", "") + "\n" + step.get("expect", "") for step in steps))
    tests = dict(_test_functions())
    tests.update((_name(path), path.read_text()) for path in sorted(TESTS.rglob("*.yaml")))
    return Places(sessions, tests)


def evidence(section: Section, places: Places) -> list[Evidence]:
    """What shows each row of a section."""
    found = []
    for name, expression in section.rows.items():
        pattern = re.compile(expression, re.IGNORECASE if name.startswith("AT") else 0)
        sessions = sum(pattern.search(session) is not None for session in places.sessions)
        found.append(Evidence(name, sessions, [test for test, text in places.tests.items() if pattern.search(text)]))
    return found


def _test_functions() -> Iterator[tuple[str, str]]:
    """Each test by name with its text, and with the constants of its file that it uses."""
    for path in sorted(TESTS.rglob("test_*.py")):
        source = path.read_text()
        tree = ast.parse(source)
        constants = {
            target.id: ast.get_source_segment(source, node) or ""
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        lines = source.splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                used = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
                text = [
                    *lines[first - 1 : node.end_lineno],
                    *(constants[name] for name in sorted(used & set(constants))),
                ]
                yield f"{_name(path)}::{node.name}", "\n".join(text)


def _name(path: Path) -> str:
    return str(path.relative_to(TESTS))
