"""The commands of docs/lint.md do what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lint.md").read_text()


@pytest.mark.slow
def test_the_session_of_the_page(tmp_path: Path) -> None:
    folder = tmp_path / "examples" / "field-bugs"
    shutil.copytree(ROOT / "examples" / "field-bugs", folder)
    blocks = re.findall(r"```(?:sh|text)\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    assert times_as_stars(output_of(blocks[0], tmp_path)) == times_as_stars(blocks[1])
    card = times_as_stars(output_of(blocks[2], tmp_path)).splitlines()
    assert [line for line in times_as_stars(blocks[3]).splitlines() if line not in card] == ["..."]


def output_of(commands: str, folder: Path) -> str:
    """What the last of these commands prints."""
    directory = folder
    result = ""
    for line in commands.splitlines():
        words = shlex.split(line)
        if words[0] == "cd":
            directory = folder / words[1]
            continue
        command = [sys.executable, "-m", "wizfi_emu", *words[1:]]
        result = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False).stdout
    return result


def times_as_stars(text: str) -> str:
    return re.sub(r"\d+\.\d{6}", "*", text)
