"""Every command of every page runs as it is written there, or says beside it why it cannot run in a test.

A comment before a block is its mark:

- ``<!-- not run: REASON -->``: it needs what a test does not have
- ``<!-- typed -->``: the first line starts a terminal program, the others are typed there and shown
- ``<!-- file: NAME -->``: what follows is the file of this name, for the blocks behind it
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from tests.pages.blocks import INLINE, ROOT, Block, blocks, pages
from tests.pages.session import Session
from tests.programs import need, need_recipes
from wizfi_emu.cli.app import app

HELD = {
    "docs/boot-and-update.md": "tests/test_boot_page.py",
    "docs/control.md": "tests/control/test_control_docs.py",
    "docs/faults-and-scenarios.md": "tests/scenario/test_docs.py",
    "docs/lint.md": "tests/lint/test_lint_page.py",
    "docs/lockstep.md": "tests/lockstep/test_lockstep_page.py",
    "docs/pytest.md": "tests/testing/test_pytest_page.py",
    "docs/recordings.md": "tests/recording/test_recordings_page.py",
    "docs/time.md": "tests/cli/test_time_page.py",
    "docs/worlds.md": "tests/cli/test_worlds_page.py",
}
"""Pages whose own test runs their commands and looks at what comes of them."""

PROGRAMS = {
    "c-host": ("make", "gcc"),
    "spi-host": ("make", "gcc"),
    "two-modules": ("make", "gcc"),
    "clients": ("make", "gcc", "g++"),
    "arduino-sketch": ("make", "gcc", "g++"),
    "arduino-library": ("make", "gcc", "g++"),
    "qemu": ("make", "arm-none-eabi-gcc", "qemu-system-arm"),
}
"""What an example is built and run with."""

MARK = re.compile(r"not run: \w.{10,}|typed|file: [\w.-]+")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def to_play(page: Path) -> list[Block]:
    """The blocks that the session of a page has."""
    return [
        block
        for block in blocks(page)
        if (block.mark and not block.mark.startswith("not run: ")) or (block.has_commands and not block.mark)
    ]


PLAYED = [page for page in pages() if name_of(page) not in HELD and to_play(page)]
ALL = [block for page in pages() for block in blocks(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PLAYED, ids=name_of)
def test_the_commands_of_a_page(page: Path, tmp_path: Path) -> None:
    need(*PROGRAMS.get(page.parent.name, ()))
    with Session(tmp_path, programs=need_recipes() if page.parent.name == "ci" else None) as session:
        for block in to_play(page):
            session.play(block)


def test_a_block_with_commands_is_run_or_says_why_not() -> None:
    """What looks like a command in a block of plain text would be run by nobody."""
    silent = [
        block.place
        for block in ALL
        if block.has_commands and block.language in ("", "text") and not block.mark and name_of(block.page) not in HELD
    ]
    assert silent == [], "make them sh, or mark them"


def test_marks_are_of_the_kinds_that_there_are() -> None:
    known = [block for block in ALL if block.mark]
    assert [f"{block.place}: {block.mark}" for block in known if not MARK.fullmatch(block.mark)] == []
    assert known


@pytest.mark.parametrize("page", HELD)
def test_a_page_with_a_test_of_its_own_is_read_by_it(page: str) -> None:
    assert (ROOT / page).exists()
    source = (ROOT / HELD[page]).read_text()
    assert f'"{Path(page).name}"' in source
    assert "```" in source


INLINE_COMMANDS = [
    (name_of(page), " ".join(found[1].split())) for page in pages() for found in INLINE.finditer(page.read_text())
]


@pytest.mark.parametrize(("page", "text"), INLINE_COMMANDS)
def test_a_command_within_a_sentence_is_one(page: str, text: str) -> None:
    """Its words are commands, its options are theirs."""
    words = shlex.split(text.replace("...", ""))[1:]
    command: click.Command = app
    context = click.Context(app)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, f"{page}: {text}"
        command = found
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert given <= options | {"--help", "--version"}, f"{page}: {text}"


def test_nothing_is_installed_by_name_from_the_index() -> None:
    """The name on the package index is not ours."""
    told = re.compile(r"pip install\s+(?:-\S+\s+)*['\"]?wizfi")
    for folder in ("wizfi_emu", "docs", "examples", "scripts"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".md", ".yml", ".yaml", ".sh") and "build" not in path.parts:
                assert not told.search(path.read_text()), path
    assert not told.search((ROOT / "README.md").read_text())
