"""What docs/lockstep.md shows works: its commands and its test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need
from wizfi_emu.lockstep import clock, host, server

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lockstep.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(command: list[str], directory: Path) -> str:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    # The outer pytest's own settings stay here.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")} | {"PATH": path}
    result = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("text", blocks("sh"))
def test_the_commands(text: str) -> None:
    need("make", "gcc", "g++")
    assert "passed: " in run(["bash", "-euc", text], ROOT)


@pytest.mark.slow
def test_the_test_of_the_page(tmp_path: Path) -> None:
    [text] = blocks("python")
    (tmp_path / "test_it.py").write_text(text)
    output = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"], tmp_path)
    assert "1 passed" in output


def test_the_numbers_of_the_page() -> None:
    assert f"each look takes {clock.CALL_US} µs" in PAGE
    assert f"for {host.SPIN_LIMIT_S:g} seconds of real time ({server.PATIENCE_S:g} for a program" in PAGE
    assert f"{server.DATA_BYTES} at most" in PAGE
    assert clock.LIMIT_S == 3600
