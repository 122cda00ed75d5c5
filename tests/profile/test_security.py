"""Which keys the security types accept (guide, AT+WSEC)."""

from __future__ import annotations

import pytest

from wizfi_emu.profile import Security
from wizfi_emu.profile.fields import SecuritySetting
from wizfi_emu.profile.security import parse_key

WPA_TYPES = [
    Security.WPA,
    Security.WPAAES,
    Security.WPA2AES,
    Security.WPA2TKIP,
    Security.WPA2,
    Security.AUTO,
]


@pytest.mark.parametrize("text", [b"", b"x", b"12345678", b"x" * 200])
def test_open_ignores_the_key(text: bytes) -> None:
    setting = parse_key(Security.OPEN, text)
    assert setting is not None
    assert (setting.type, setting.key) == (Security.OPEN, b"")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b"abcde", b"abcde"),
        (b"a,\"' ", b"a,\"' "),
        (b"abcdefghijklm", b"abcdefghijklm"),
        (b"0102030405", b"\x01\x02\x03\x04\x05"),
        (b"0102030405060708090A0b0C0d", bytes(range(1, 14))),
        (b"01020304xx", None),
        (b"x" * 26, None),
        (b"", None),
        (b"abcd", None),
        (b"abcdef", None),
        (b"x" * 12, None),
        (b"x" * 14, None),
    ],
)
def test_wep(text: bytes, key: bytes | None) -> None:
    assert parse_key(Security.WEP, text) == (None if key is None else SecuritySetting(Security.WEP, key))


@pytest.mark.parametrize("security", WPA_TYPES)
@pytest.mark.parametrize(
    ("text", "key"),
    [
        (b"1234567", None),
        (b"12345678", b"12345678"),
        (b"x" * 63, b"x" * 63),
        (b"a" * 64, None),
        (b"ab" * 64, b"\xab" * 64),
        (b"aB" * 64, b"\xab" * 64),
        (b"xy" * 64, None),
        (b"a" * 127, None),
        (b"", None),
    ],
)
def test_wpa_and_automatic(security: Security, text: bytes, key: bytes | None) -> None:
    assert parse_key(security, text) == (None if key is None else SecuritySetting(security, key))
