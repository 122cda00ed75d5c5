"""The serial setting of AT+USET and of the web page."""

from __future__ import annotations

import pytest

from wizfi_emu.module.uart import parse_uart
from wizfi_emu.profile.fields import UartSetting


@pytest.mark.parametrize(
    ("texts", "setting"),
    [
        ((b"9600", b"N", b"8", b"1", b"N"), UartSetting(9600, "N", 8, "1", "N")),
        ((b"1843200", b"e", b"7", b"0.5", b"hw"), UartSetting(1843200, "E", 7, "0.5", "HW")),
        ((b"9600", b"N", b"7", b"1", b"N"), None),
        ((b"9600", b"X", b"8", b"1", b"N"), None),
        ((b"9600", b"N", b"9", b"1", b"N"), None),
        ((b"9600", b"N", b"8", b"3", b"N"), None),
        ((b"9600", b"N", b"8", b"1", b"SW"), None),
        ((b"fast", b"N", b"8", b"1", b"N"), None),
        ((b"9600", b"N", b"8", b"1", None), None),
        ((None, None, None, None, None), None),
    ],
)
def test_settings(texts: tuple[bytes | None, ...], setting: UartSetting | None) -> None:
    assert parse_uart(texts, "WIZNET") == setting


def test_one_customer_always_has_flow_control() -> None:
    assert parse_uart((b"9600", b"N", b"8", b"1", b"N"), "POSBANK") == UartSetting(9600, "N", 8, "1", "HW")
