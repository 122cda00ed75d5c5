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
    directory = tmp_path
    commands, output = re.findall(r"```(?:sh|text)\n(.*?)```", PAGE, re.DOTALL)[:2]
    result = ""
    for line in commands.splitlines():
        words = shlex.split(line)
        if words[0] == "cd":
            directory = tmp_path / words[1]
            continue
        command = [sys.executable, "-m", "wizfi_emu", *words[1:]]
        result = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False).stdout
    assert times_as_stars(result) == times_as_stars(output)


def times_as_stars(text: str) -> str:
    return re.sub(r"\d+\.\d{6}", "*", text)
