"""Keys of AT+WSEC: which a security type accepts, and how they are stored."""

from wizfi_emu.profile.fields import Security, SecuritySetting

_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_WEP_LENGTHS = ((5, 13), (10, 26))
_WPA_LENGTHS = (range(8, 64), (128,))


def parse_key(security: Security, text: bytes) -> SecuritySetting | None:
    """The setting for a key as it was given; None when the type does not accept it.

    WEP takes 5 or 13 characters or 10 or 26 hex digits, WPA and automatic security 8 to 63 characters or 128 hex digits
    (guide, AT+WSEC). OPEN ignores the key.
    """
    if security is Security.OPEN:
        return SecuritySetting(security, b"")
    characters, digits = _WEP_LENGTHS if security is Security.WEP else _WPA_LENGTHS
    if len(text) in characters:
        return SecuritySetting(security, text)
    if len(text) in digits and _HEX_DIGITS.issuperset(text):
        return SecuritySetting(security, bytes.fromhex(text.decode("ascii")))
    return None
