"""The library's sketch in virtual time and in real time: the same report on its terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """The built sketches."""
    subprocess.run(["make", "-s", "-C", HERE], check=True)


@pytest.mark.parametrize("options", [["--lockstep", "--exec", "build/library-lockstep {port} 8"], []])
def test_page_datagram_and_client(options: list[str]) -> None:
    command = [sys.executable, "-m", "wizfi_emu", "scenario", "run", "scenario.yaml", *options]
    result = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
