"""One schedule against a host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.hosts import ASKS, CRASHES, RIGHT, player_of
from wizfi_emu.actions.host import Send
from wizfi_emu.explore.play import PATIENCE_S, REAL_PATIENCE_S
from wizfi_emu.explore.schedule import NOTHING, Schedule
from wizfi_emu.faults.model import BrownOut, SerialLoss, When
from wizfi_emu.scenario.model import Block
from wizfi_emu.scenario.witness import Witness

LOSS = Schedule(faults=(SerialLoss(direction="to-host", when=When(pattern="AT+MMAC=?\r\n"), duration=1),))


def test_the_run_without_faults(tmp_path: Path) -> None:
    baseline = player_of(RIGHT, tmp_path).patient().baseline()
    assert baseline.outcome.findings == ()
    assert When(pattern="AT+MMAC=?\r", source="host") in [moment.when for moment in baseline.outcome.moments]
    assert "UartSend" in baseline.kinds
    assert (baseline.access_point, baseline.copies) == ("", 1)


def test_a_fault_and_what_comes_of_it(tmp_path: Path) -> None:
    outcome = player_of(CRASHES, tmp_path).patient().play(LOSS)
    [found] = outcome.findings
    assert found.fingerprint == "IndexError at host.py, line 12"
    assert any(feature.startswith("fault serial-loss") for feature in outcome.features)
    assert player_of(RIGHT, tmp_path).patient().play(LOSS).findings == ()


@pytest.mark.slow
def test_the_same_run_again(tmp_path: Path) -> None:
    player = player_of(CRASHES, tmp_path).patient()
    one, other = player.play(LOSS), player.play(LOSS)
    assert (one.findings, one.features) == (other.findings, other.features)
    assert one.moments
    assert not other.moments, "they are known"


def test_a_host_that_never_ends_hangs(tmp_path: Path) -> None:
    host = ASKS + "while not port.readline().startswith(b'never'):\n    pass\n"
    [found] = player_of(host, tmp_path).patient().play(NOTHING).findings
    assert (found.property, found.fingerprint) == ("hang", "host.py")
    assert "host.py, line 12" in found.text


def test_a_host_that_runs_wild_is_ended(tmp_path: Path) -> None:
    """Within what a run with so many events takes, and not when its patience is over."""
    host = ASKS + "while b'[OK]' not in answer:\n    ask(port, b'AT')\n"
    player = player_of(host, tmp_path).patient()
    player = player.measured(player.baseline())
    schedule = Schedule(faults=(BrownOut(off_ms=10, when=When(pattern="AT+MMAC=?\r\n")),))
    report = player.report(schedule, witness=Witness(player.items_max))
    assert report.duration_us < 10_000_000


def test_what_could_not_happen_says_nothing(tmp_path: Path) -> None:
    player = player_of(RIGHT, tmp_path, "peers: {server: {peer: server}}").patient()
    outcome = player.play(Schedule(blocks=(Block(When(event="PoweredOn"), (Send("hi", peer="server"),)),)))
    assert outcome.void
    assert not outcome.findings


def test_patience(tmp_path: Path) -> None:
    player = player_of(RIGHT, tmp_path)
    assert player.patient().scenario.patience == PATIENCE_S
    assert player_of(RIGHT, tmp_path, in_lockstep=False).patient().scenario.patience == REAL_PATIENCE_S
    assert player_of(RIGHT, tmp_path, "properties: {recovery: 10}").patient().scenario.patience == 10
    assert player_of(RIGHT, tmp_path, "patience: 3").patient().scenario.patience == 3


@pytest.mark.slow
def test_in_real_time(tmp_path: Path) -> None:
    player = player_of(CRASHES, tmp_path, "patience: 3\nlimit: 20", in_lockstep=False).patient()
    assert player.play(NOTHING).findings == ()
    [found] = player.play(LOSS).findings
    assert found.fingerprint == "IndexError at host.py, line 12"
