"""Values of switches: all of a small type, those that are known, and what answers show."""

from __future__ import annotations

import pytest

from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.play import Exchange, Played
from wizfi_emu.calibrate.values import same_level, shown_value, usual_values
from wizfi_emu.firmware.load import load_firmware

KNOWN = (load_firmware("guide"), load_firmware("1.0.5.2"))
PROBES = {probe.name: probe for probe in load_plan().probes}


@pytest.mark.parametrize(
    ("switch", "values"),
    [
        ("mprof_gpio_line", (False, True)),
        ("wrong_scid", ("INVALID_INPUT", "INVALID_SCID")),
        ("late_events_level", (1, 2, 3)),
        ("wset_compares_bssid_octets", (0, 1, 2, 3, 4, 5, 6)),
        ("mmcups_minimum_ms", (10, 100)),
        ("version", ("1.0.3.6", "1.0.5.2")),
    ],
)
def test_usual_values(switch: str, values: tuple[object, ...]) -> None:
    assert usual_values(switch, KNOWN) == values


def test_levels_are_versions_that_brought_commands() -> None:
    assert same_level("1.0.4.4") == same_level("1.0.4.2") == "1.0.4.2"
    assert same_level("1.0.5.2") == "1.0.5.2"
    assert "1.0.4.3" not in usual_values("command_level", KNOWN)


def shown(probe: str, switch: str, *answers: bytes, took_us: int = 0) -> object:
    exchanges = tuple(Exchange(b"", answer, 0, last_us=took_us) for answer in answers)
    usual = usual_values(switch, KNOWN)
    return shown_value(switch, Played(PROBES[probe], exchanges), usual)


def test_what_answers_show() -> None:
    info = b"FW version/HW version\r\n9.8.7.6/My board\r\n[OK]\r\n"
    assert shown("versions", "version", info) == "9.8.7.6"
    assert shown("versions", "hardware", info) == "My board"
    assert shown("sockets", "smgmt_header", b"Number of Sockets : 0 (SCID/What)\r\n[OK]\r\n") == "SCID/What"
    already = (b"[OK]\r\n", b"\r\n[Link-Up Event]\r\n[OK]\r\n", b"It is up :\r\nalready\r\n[OK]\r\n")
    assert shown("access-point", "already_started", *already) == "It is up :\nalready"
    assert shown("options-known", "fsock_options", b"[OK]\r\n", b"[ERROR]\r\n", b"[OK]\r\n") == (1, 3)


def test_a_version_that_is_none_is_no_value() -> None:
    assert shown("versions", "version", b"FW version/HW version\r\nbeta 7/My board\r\n[OK]\r\n") is None


@pytest.mark.parametrize(("took_s", "value"), [(11.04, 100), (20.1, 1000), (12.5, 250), (9.9, 0)])
def test_a_time_is_the_usual_one_when_it_is_close(took_s: float, value: int) -> None:
    took_us = round(took_s * 1e6)
    assert shown("limit-of-send", "ssend_timeout_us_per_byte", b"[ERROR]\r\n", took_us=took_us) == value
