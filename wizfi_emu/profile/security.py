"""Keys of AT+WSEC: which a security type accepts, and how they are stored."""

from wizfi_emu.profile.fields import Security, SecuritySetting

_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_WEP_LENGTHS = ((5, 13), (10, 26))
_WPA_LENGTHS = (range(8, 64), (128,))
_BLANKS = b" \t\v\f"


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
    key = hex_bytes(text) if len(text) in digits else None
    return None if key is None else SecuritySetting(security, key)


def hex_bytes(text: bytes) -> bytes | None:
    """The bytes of a key in hex digits; None when it is none.

    Each pair is a number by itself, between blanks or of blanks alone (firmware 1.0.5.2): ``b"a   "`` is 0A 00.
    """
    pairs = [text[at : at + 2].strip(_BLANKS) for at in range(0, len(text), 2)]
    if not all(map(_HEX_DIGITS.issuperset, pairs)):
        return None
    return bytes(int(pair or b"0", 16) for pair in pairs)
