"""Keys of AT+WSEC: which a security type accepts, and how they are stored."""

from __future__ import annotations

from wizfi_emu.profile.fields import Security, SecuritySetting

_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
WPA_KEY_BYTES = range(8, 64)
WPA_HEX_DIGITS = 128


def parse_key(security: Security, text: bytes) -> SecuritySetting | None:
    """The setting for a key as it was given; None when the type does not accept it.

    WEP takes 5 or 13 characters or 10 or 26 hex digits, WPA and automatic security 8 to 63 characters or 128 hex digits
    (guide, AT+WSEC). OPEN ignores the key.
    """
    if security is Security.OPEN:
        return SecuritySetting(security, b"")
    if security is Security.WEP:
        if len(text) in (5, 13):
            return SecuritySetting(security, text)
        return _hex_key(security, text) if len(text) in (10, 26) else None
    if len(text) in WPA_KEY_BYTES:
        return SecuritySetting(security, text)
    return _hex_key(security, text) if len(text) == WPA_HEX_DIGITS else None


def _hex_key(security: Security, text: bytes) -> SecuritySetting | None:
    if not _HEX_DIGITS.issuperset(text):
        return None
    return SecuritySetting(security, bytes.fromhex(text.decode("ascii")))
