"""The examples, used as their pages say: every command of every page is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
BUGS = ROOT / "examples" / "field-bugs"
FOLDERS = {path for path in (ROOT / "examples").iterdir() if path.is_dir() and path.name[0] not in "._"}
PAGES = sorted(folder / "README.md" for folder in FOLDERS)
LIMIT_S = 120
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


def test_every_example_has_a_page_with_a_command() -> None:
    assert PAGES
    assert all(commands(page) for page in PAGES)


def test_the_overview_names_every_example() -> None:
    overview = (ROOT / "examples" / "README.md").read_text()
    assert set(re.findall(r"\]\(([a-z-]+)\)", overview)) == {page.parent.name for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_the_commands_of_the_page(page: Path) -> None:
    need(*PROGRAMS.get(page.parent.name, ()))
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    # The outer pytest's own settings stay here.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")} | {"PATH": path}
    for command in commands(page):
        result = subprocess.run(
            ["bash", "-euc", command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert result.returncode == 0, result.stdout


def commands(page: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)


def test_every_field_bug_is_complete_and_listed() -> None:
    listed = re.findall(r"^\| \[([a-z_]+)\]\(\1\)", (BUGS / "README.md").read_text(), re.MULTILINE)
    folders = {path.name for path in BUGS.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert set(listed) == folders
    assert len(listed) == len(folders) == 10
    for bug in listed:
        for name in ("README.md", "buggy.py", "fixed.py", "scenario.yaml"):
            assert (BUGS / bug / name).exists(), f"{bug}/{name}"
