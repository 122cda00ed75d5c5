"""``wizfi-emu lint``: what it prints, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from tests.cli.test_cli_recordings import call, write
from tests.recording.sessions import record, talk_to_peers
from wizfi_emu.lint.rules import NAMES

LOG = b"""\
[12:00:00.000] AT+MINFO
[12:00:00.100] AT+WSTAT
[12:00:00.200] [OK]
[12:00:00.300] [OK]
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "putty.log"
    path.write_bytes(LOG)
    return path


def test_a_recording_without_a_mistake(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    recording = record(talk_to_peers)
    unpaced = replace(recording, header=structs.replace(recording.header, timing="fast"))
    assert call("lint", write(tmp_path / "session.jsonl", unpaced)) == 0
    assert capsys.readouterr().out == f"no mistakes found, {len(NAMES)} rules\n"


def test_a_log_with_a_mistake(capsys: pytest.CaptureFixture[str], log: Path) -> None:
    assert call("lint", log, "--no-echo") == 1
    assert capsys.readouterr().out == (
        f'{log}: 43200.100000 early-command: sent before the answer to AT+MINFO: "AT+WSTAT"\n'
        f"1 mistake found, {len(NAMES)} rules\n"
    )


def test_several_files(capsys: pytest.CaptureFixture[str], log: Path) -> None:
    assert call("lint", log, log, "--no-echo") == 1
    assert capsys.readouterr().out.endswith(f"2 mistakes found, {len(NAMES)} rules\n")


def test_a_table(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "uart.csv"
    table.write_text("time,tx,rx\n0.1,AT\\r,\n0.15,AT\\r,\n0.2,,[OK]\\r\\n\n")
    assert call("lint", table) == 1
    assert "0.150000 early-command" in capsys.readouterr().out


def test_rules_are_chosen(capsys: pytest.CaptureFixture[str], log: Path) -> None:
    assert call("lint", log, "--no-echo", "--without", "early-command") == 0
    assert call("lint", log, "--no-echo", "--rule", "early-data") == 0
    assert call("lint", log, "--no-echo", "--rule", "early-command", "--rule", "early-data") == 1
    capsys.readouterr()
    assert call("lint", log, "--rule", "early-dato") == 2
    error = capsys.readouterr().err
    assert "there is no rule 'early-dato'; expected one of early-data, " in error
    assert error.count("\n") == 1


def test_json(capsys: pytest.CaptureFixture[str], log: Path) -> None:
    assert call("lint", log, "--no-echo", "--json") == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "file": str(log),
            "time_us": 43_200_100_000,
            "rule": "early-command",
            "text": "sent before the answer to AT+MINFO",
            "bytes": "AT+WSTAT",
        }
    ]


def test_the_list_of_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("lint", "--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(NAMES)
    assert call("lint", "--list", "--json") == 0
    assert [row["rule"] for row in json.loads(capsys.readouterr().out)] == list(NAMES)


def test_mistakes_in_the_command(capsys: pytest.CaptureFixture[str], log: Path, tmp_path: Path) -> None:
    assert call("lint") == 2
    assert "Missing argument 'FILE...'" in capsys.readouterr().err
    assert call("lint", tmp_path / "none") == 2
    assert call("lint", log, "--format", "recording") == 2
    assert "not a recording" in capsys.readouterr().err
