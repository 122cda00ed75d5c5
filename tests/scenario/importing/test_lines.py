"""Scenarios that come of what was said on a serial line."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.actions.expect import Expect
from wizfi_emu.actions.host import Send, Wait
from wizfi_emu.scenario.importing.lines import Chunk, Step, steps_of, write_scenario


def test_lines_of_the_module_are_expected_one_by_one() -> None:
    chunks = [Chunk(True, b"AT\r"), Chunk(False, b"AT\r\n\r\n[OK]\r\n[CONN")]
    assert list(steps_of(chunks)) == [Send("AT\r"), Expect("AT\r\n"), Expect("[OK]\r\n"), Expect("[CONN")]


def test_times_become_pauses_and_limits() -> None:
    chunks = [
        Chunk(True, b"AT\r", 10.0),
        Chunk(False, b"[OK]\r\n", 10.01),
        Chunk(True, b"AT+WJOIN\r", 12.5),
        Chunk(True, b"\x1b", 12.52),
        Chunk(False, b"Joining : x\r\n", 14.52),
    ]
    assert list(steps_of(chunks)) == [
        Send("AT\r"),
        Expect("[OK]\r\n", within=1.0),
        Wait(2.49),
        Send("AT+WJOIN\r"),
        Send("\x1b"),
        Expect("Joining : x\r\n", within=6.0),
    ]


def test_the_file() -> None:
    steps: list[Step] = [Send("AT\r"), Expect("[OK]\r\n"), Expect('"\xff\x00"', within=2.0), Wait(0.25)]
    assert write_scenario(steps, ["from a log"]) == (
        "# from a log\n"
        "scenario: 1\n"
        "steps:\n"
        '  - send: "AT\\r"\n'
        '  - expect: "[OK]\\r\\n"\n'
        '  - expect: "\\"\\u00ff\\u0000\\""\n'
        "    within: 2\n"
        "  - wait: 0.25\n"
    )
    assert yaml.safe_load(write_scenario([])) == {"scenario": 1, "steps": []}


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_every_byte_survives_the_file(pieces: list[bytes]) -> None:
    read = yaml.safe_load(write_scenario(Send(piece.decode("latin-1")) for piece in pieces))
    assert [step["send"].encode("latin-1") for step in read["steps"]] == pieces


def test_a_long_session_may_take_long() -> None:
    assert "\nlimit: 76\nsteps:\n" in write_scenario([Wait(70), Expect("[OK]\r\n")])


def test_no_pause_and_no_limit_is_longer_than_a_scenario_may_say() -> None:
    chunks = [Chunk(True, b"AT\r", 0.0), Chunk(False, b"[OK]\r\n", 1e10), Chunk(True, b"AT\r", 3e10)]
    steps = list(steps_of(chunks))
    assert steps == [Send("AT\r"), Expect("[OK]\r\n", within=86400.0), Wait(86400), Send("AT\r")]
    assert "\nlimit: 86400\n" in write_scenario(steps)
