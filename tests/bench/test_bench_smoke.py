"""The benchmark itself works. What it measures is not tested here: so little of it says nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need

TINY = (
    "--megabytes=1",
    "--rounds=1",
    "--trips=50",
    "--starts=1",
    "--modules=10",
    "--terminals=2",
    "--seconds=0.3",
    "--runs=1",
)


@pytest.mark.slow
def test_the_benchmark_prints_its_table() -> None:
    need("socat")
    script = Path(__file__).with_name("run.py")
    result = subprocess.run([sys.executable, script, *TINY], capture_output=True, text=True, timeout=120)
    lines = result.stdout.splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert result.stderr == ""
    assert len(rows) == 12
    assert {row.count("|") for row in rows} == {6}
    assert result.returncode == int(any("**missed**" in row for row in rows))
    assert lines[-1].startswith(f"Python {sys.version.split()[0]}")
