"""Scenario files that pytest collects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PASSING = 'scenario: 1\nsteps:\n- line: AT\n- expect: "[OK]"\n'


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_file_is_a_test(tmp_path: Path) -> None:
    (tmp_path / "good.scenario.yaml").write_text(PASSING)
    (tmp_path / "program.scenario.yaml").write_text("scenario: 1\nexec: {command: 'test -e {port}', within: 10}\n")
    (tmp_path / "bad.scenario.yaml").write_text(PASSING + "- expect: never\n  within: 0.1\n")
    (tmp_path / "wrong.scenario.yaml").write_text("scenario: 1\nstep: []\n")
    (tmp_path / "other.yaml").write_text("scenario: 1\n")
    result = run(tmp_path, "--wizfi-artifacts", str(tmp_path / "kept"))
    assert "2 failed, 2 passed" in result.stdout, result.stdout + result.stderr
    assert "steps[2]: 'never' did not come within 0.1 s" in result.stdout
    assert "module  [OK]" in result.stdout
    assert "step: no such key" in result.stdout
    [record] = (tmp_path / "kept").glob("bad*.jsonl")
    assert f"recording: {record}" in result.stdout
