"""Result codes and event texts."""

from __future__ import annotations

import pytest

from wizfi_emu.at.responses import Response, Urc, urc_text


def test_result_codes() -> None:
    assert {response.name: response.value for response in Response} == {
        "OK": b"[OK]\r\n",
        "ERROR": b"[ERROR]\r\n",
        "INVALID_INPUT": b"[ERROR: INVALID INPUT]\r\n",
        "INVALID_SCID": b"[ERROR: INVALID SCID]\r\n",
        "WIFI_STATUS": b"[ERROR: WiFi Status]\r\n",
        "MODE_STATUS": b"[ERROR: Mode Status]\r\n",
        "NONE": b"",
    }


EVENTS = [
    (Urc.BANNER, "1.0.5.2", b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n", b"\r\n[0]\r\n"),
    (Urc.CONNECT, 7, b"\r\n[CONNECT 7]\r\n", b"\r\n[1]\r\n"),
    (Urc.DISCONNECT, 0, b"\r\n[DISCONNECT 0]\r\n", b"\r\n[2]\r\n"),
    (Urc.LINK_UP, "", b"\r\n[Link-Up Event]\r\n", b"\r\n[3]\r\n"),
    (Urc.LINK_DOWN, "", b"\r\n[Link-Down Event]\r\n", b"\r\n[4]\r\n"),
    (Urc.RESET, "", b"\r\n[Reset Event]\r\n", b"\r\n[5]\r\n"),
    (Urc.SEND_ERROR, "", b"\r\n[TCP Send Error]\r\n", b"\r\n[6]\r\n"),
    (Urc.P2P_FAIL, "", b"\r\n[P2P Fail Event]\r\n", b"\r\n[7]\r\n"),
    (Urc.LISTEN, 3, b"\r\n[LISTEN 3]\r\n", b"\r\n[8]\r\n"),
]


@pytest.mark.parametrize(("urc", "argument", "full", "short"), EVENTS, ids=[row[0].name for row in EVENTS])
def test_events(urc: Urc, argument: int | str, full: bytes, short: bytes) -> None:
    assert urc_text(urc, "1", argument) == full
    assert urc_text(urc, "2", argument) == short
    assert urc_text(urc, "0", argument) == b""


def test_positions() -> None:
    assert [urc.value for urc in Urc] == list(range(10))
    assert len(EVENTS) == len(Urc) - 1  # progress has no text of its own
