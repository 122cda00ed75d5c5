"""Each bug: its scenario fails for the host that has it, and passes for the one that has not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIMIT_S = 180.0

FINDINGS = {
    "baud_after_uset": "expect 'WizFi250 Version' within",
    "brown_out": "expect '0,10.0.0.2,255.0.0.0,10.0.0.1' within",
    "connect_is_ok": "the greeting was b'[OK]",
    "early_data": "'[Link-Down Event]' came",
    "eaten_line_feed": "expect 'hello' at server",
    "glued_escape": "'+' came",
    "lease_change": "expect '192.168.12.50  ' at server",
    "missed_disconnect": "the module did not connect to server",
    "reconnect_storm": "'[DISCONNECT 0]' came",
    "split_header": "the host program ended with status 1",
}
"""What the report says of the host that has the bug."""


def play(bug: str, host: str) -> subprocess.CompletedProcess[str]:
    """Run the scenario of a bug with one of its hosts."""
    ports = "{port} {server.port}" if "server:" in (HERE / bug / "scenario.yaml").read_text() else "{port}"
    command = [sys.executable, "-m", "wizfi_emu", "scenario", "run", "scenario.yaml"]
    command += ["--exec", f"{sys.executable} {host}.py {ports}"]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    return subprocess.run(
        command, cwd=HERE / bug, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )


def test_each_bug_has_a_finding() -> None:
    assert sorted(path.parent.name for path in HERE.glob("*/scenario.yaml")) == sorted(FINDINGS)


@pytest.mark.parametrize("bug", FINDINGS)
def test_its_scenario_passes_without_it_and_finds_it(bug: str) -> None:
    without = play(bug, "fixed")
    assert without.returncode == 0, without.stdout + without.stderr
    found = play(bug, "buggy")
    assert found.returncode == 1, found.stdout + found.stderr
    assert FINDINGS[bug] in found.stdout
