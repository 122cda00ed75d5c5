"""The page about pytest: its ten recipes pass as they are written there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages.blocks import ROOT, blocks

PAGE = ROOT / "docs" / "pytest.md"
RECIPES = 10


def test_there_are_ten() -> None:
    assert re.findall(r"^## (\d+)\. ", PAGE.read_text(), re.MULTILINE) == [str(n + 1) for n in range(RECIPES)]
    assert sum("\ndef test_" in block.text for block in blocks(PAGE)) == RECIPES


@pytest.mark.slow
def test_they_pass(tmp_path: Path) -> None:
    for number, block in enumerate(blocks(PAGE)):  # those between ``` lines
        if block.mark.startswith("file: "):
            (tmp_path / block.mark.removeprefix("file: ")).write_text(block.text)
        elif block.language == "python":
            (tmp_path / f"test_{number}.py").write_text(block.text)
    # In a folder of its own it does not clean up behind others.
    options = ["-p", "no:cacheprovider", "-W", "error", "--basetemp", str(tmp_path / "own")]
    command = [sys.executable, "-m", "pytest", "-q", *options, str(tmp_path)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert f"{RECIPES} passed" in result.stdout, result.stdout + result.stderr
