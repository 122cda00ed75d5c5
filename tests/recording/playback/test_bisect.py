"""The first version that behaves otherwise, and by which switches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.desk import Desk, firmware_named
from tests.recording.sessions import record, use_data_mode
from wizfi_emu.recording.playback.bisect import find_steps, responsible_changes
from wizfi_emu.recording.playback.compare import Reference


def listen_for_events(desk: Desk) -> None:
    """AT+MEVTMSG came with 1.0.4.0."""
    desk.at("AT+MEVTMSG=1")


def set_a_name_with_a_comma(desk: Desk) -> None:
    """Since 1.0.4.8 the rest of AT+WSET's line is the name."""
    desk.at("AT+WSET=0,one,00:08:DC:01:02:03")
    desk.at("AT+WSET=?")


def names_of(session: Callable[[Desk], object], firmware: str) -> list[tuple[str, str]]:
    steps = find_steps(record(session, firmware=firmware))
    return [(before.name, after.name) for before, after in steps]


def test_an_older_version() -> None:
    assert names_of(listen_for_events, "1.0.5.2") == [("1.0.4.0", "1.0.3.9")]


def test_a_newer_version() -> None:
    assert names_of(set_a_name_with_a_comma, "1.0.4.2") == [("1.0.4.6", "1.0.4.8")]


def test_both_neighbours() -> None:
    def session(desk: Desk) -> None:
        listen_for_events(desk)
        set_a_name_with_a_comma(desk)

    assert names_of(session, "1.0.4.2") == [("1.0.4.6", "1.0.4.8"), ("1.0.4.0", "1.0.3.9")]


def test_the_guide_is_compared_with_all_of_them() -> None:
    assert names_of(listen_for_events, "guide") == [("guide", "0.9.2.0")]


@pytest.mark.slow
def test_no_version_differs() -> None:
    assert names_of(lambda desk: desk.at("AT"), "1.0.5.2") == []


@pytest.mark.slow
def test_the_switch_that_makes_the_difference() -> None:
    recording = record(use_data_mode)
    changes = responsible_changes(recording, firmware_named("guide"), firmware_named("1.0.5.2"))
    assert [(change.row, change.switch) for change in changes] == [("D-12", "connect_before_ok")]


def test_every_switch_that_does_alone() -> None:
    def session(desk: Desk) -> None:
        use_data_mode(desk)
        desk.at("AT+WSCAN")

    changes = responsible_changes(record(session), firmware_named("guide"), firmware_named("1.0.5.2"))
    assert {change.switch for change in changes} == {"connect_before_ok", "wscan_header"}


def test_a_set_of_switches_that_does_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Reference, "differs", lambda _self, firmware: firmware.connect_before_ok and firmware.wset_station_raw
    )
    recording = record(lambda desk: desk.at("AT"))
    changes = responsible_changes(recording, firmware_named("guide"), firmware_named("1.0.5.2"))
    assert {change.switch for change in changes} == {"connect_before_ok", "wset_station_raw"}


def test_nothing_makes_a_difference() -> None:
    recording = record(lambda desk: desk.at("AT"))
    assert responsible_changes(recording, firmware_named("guide"), firmware_named("1.0.5.2")) == []
