"""What comes of situations around hosts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.scenario.bugs import BUGS, bug_scenario
from wizfi_emu.audit.judge import Verdict, chosen, fitted, judge, scenario_for
from wizfi_emu.audit.situations import load_situations
from wizfi_emu.explore.play import Player

HOST = """
import sys, time, serial
port = serial.Serial(sys.argv[1], 115200, timeout=2)
"""

FOUND = {
    "baud_after_uset": {"strict-baud"},
    "brown_out": {"power-lost-while-saving"},
    "connect_is_ok": {"connect-before-ok"},
    "early_data": {"calm", "refused-send"},
    "eaten_line_feed": {"calm"},
    "glued_escape": {"calm"},
    "lease_change": {"another-lease"},
    "missed_disconnect": {"refused-send", "closed-behind-prompt"},
    "reconnect_storm": {"server-down"},
    "split_header": {"calm"},
}
"""In which situations the hosts with the field bugs are bad."""


def verdicts_on(bug: str, program: str) -> dict[str, Verdict]:
    folder = next(path for path in BUGS if path.name == bug)
    file = "calm.yaml" if (folder / "calm.yaml").exists() else "scenario.yaml"
    player = Player(bug_scenario(folder, program, file=file), 0, folder, in_lockstep=True)
    return {verdict.situation.name: verdict for verdict in judge(player, load_situations())}


@pytest.mark.slow
@pytest.mark.parametrize("bug", FOUND)
def test_a_field_bug_is_on_the_card(bug: str) -> None:
    bad = {name for name, verdict in verdicts_on(bug, "buggy").items() if verdict.outcome == "BAD"}
    assert bad >= FOUND[bug]


@pytest.mark.slow
@pytest.mark.parametrize("bug", FOUND)
def test_a_right_host_is_bad_at_nothing(bug: str) -> None:
    verdicts = verdicts_on(bug, "fixed")
    assert len(verdicts) == len(load_situations())
    assert {name: verdict.findings for name, verdict in verdicts.items() if verdict.outcome == "BAD"} == {}


def player_of(text: str, folder: Path, seconds: float = 5) -> Player:
    (folder / "host.py").write_text(HOST + text)
    return Player(scenario_for(f"{sys.executable} host.py {{port}}", seconds), 0, folder, in_lockstep=True)


def test_a_host_of_which_nothing_is_known(tmp_path: Path) -> None:
    ends = fitted(player_of('port.write(b"AT\\r"); sys.exit(0)', tmp_path), 5)
    assert ends.scenario.program.ends
    goes_on = fitted(player_of("while True: port.read(1)", tmp_path), 5)
    assert not goes_on.scenario.program.ends
    [verdict] = judge(goes_on, load_situations()[:1])
    assert (verdict.outcome, verdict.findings) == ("good", ())


def test_a_host_that_fails_when_nothing_goes_wrong(tmp_path: Path) -> None:
    [verdict] = judge(player_of('sys.exit("no")', tmp_path), load_situations())
    assert verdict.situation.name == "calm"
    assert verdict.problem == "exec: the host program ended with status 1"
    assert verdict.program == b"no\n"


def test_what_cannot_happen_is_not_met(tmp_path: Path) -> None:
    player = player_of('port.write(b"AT\\r"); sys.exit(0 if b"OK" in port.read_until(b"]") else 1)', tmp_path)
    outcomes = {verdict.situation.name: verdict.outcome for verdict in judge(player, load_situations())}
    assert outcomes["calm"] == outcomes["pieces"] == "good"
    assert outcomes["network-lost"] == outcomes["server-down"] == outcomes["power-lost"] == "not met"


def test_situations_are_chosen() -> None:
    situations = load_situations()
    assert [one.name for one in chosen(situations, ["watchdog"], [])] == ["calm", "watchdog"]
    assert "watchdog" not in [one.name for one in chosen(situations, [], ["watchdog"])]
    assert chosen(situations, [], []) == list(situations)
