"""``wizfi-emu audit``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli_recordings import call
from wizfi_emu.audit.situations import load_situations

RIGHT = """
import sys, serial
port = serial.Serial(sys.argv[1], 115200, timeout=2)
port.write(b"AT\\r")
sys.exit(0 if b"[OK]" in port.read_until(b"]") else 1)
"""
HASTY = RIGHT.replace("AT\\r", "AT\\rAT\\r")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    path = tmp_path / "host.py"
    path.write_text(RIGHT)
    return path


def command(host: Path) -> list[str]:
    return ["--lockstep", "--exec", f"{sys.executable} {host} {{port}}"]


def test_a_host_that_survives(host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", *command(host), "--only", "pieces", "--only", "watchdog") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["good", "calm"], ["good", "pieces"]]
    assert lines[2].startswith("not met   watchdog")
    assert lines[3] == "2 of 2 situations survived, 1 not met"


def test_a_host_that_does_not(host: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    host.write_text(HASTY)
    assert call("audit", *command(host), "--only", "pieces", "--out", tmp_path / "bad") == 1
    assert "protocol: at " in capsys.readouterr().out
    [written] = (tmp_path / "bad" / "calm").iterdir()
    assert {path.name for path in written.iterdir()} == {"scenario.yaml", "recording.jsonl", "report.html"}
    assert call("scenario", "run", written / "scenario.yaml", "--lockstep") == 1


def test_for_programs(host: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", *command(host), "--only", "pieces", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["situation"], row["outcome"]) for row in rows] == [("calm", "good"), ("pieces", "good")]


def test_a_scenario(host: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    scenario = tmp_path / "calm.yaml"
    scenario.write_text(f"scenario: 1\nmodule: {{boot: now}}\nexec: {sys.executable} {host} {{port}}\n")
    assert call("audit", scenario, "--lockstep", "--only", "pieces") == 0
    scenario.write_text("scenario: 1\n")
    assert call("audit", scenario, "--lockstep") == 2
    assert "there is no exec, and no --exec" in capsys.readouterr().err
    scenario.write_text("scenario: 1\nmodule: {flash: f.bin}\nexec: true\n")
    assert call("audit", scenario, "--lockstep") == 2
    assert "module.flash: expected :memory:" in capsys.readouterr().err


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit", "--list") == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [one.name for one in load_situations()]


def test_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("audit") == 2
    assert "audit needs a host program" in capsys.readouterr().err
    assert call("audit", "--only", "no") == 2
    assert "there is no situation 'no'; expected one of calm, " in capsys.readouterr().err
