"""Parameters of a command line: splitting and conversion.

A handler takes its parameters one at a time, from left to right (firmware 1.0.5.2). Conversions are total: they give
the value, or None for text that the module refuses.
"""

import re

BLANKS = b" \t\v\f"
_WORD = 0xFFFFFFFF
_MAC_GROUP = re.compile(rb"[0-9A-Fa-f]{1,2}")
_MAC = re.compile(rb"(?:%s[: ]){5}%s[: ]?" % (_MAC_GROUP.pattern, _MAC_GROUP.pattern))
_DIGITS, _HEX_DIGITS = frozenset(b"0123456789"), frozenset(b"0123456789abcdefABCDEF")


class Parameters:
    """Reads the text behind a command word, parameter by parameter."""

    __slots__ = ("_displaced", "_position", "_text")

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._position = 0
        self._displaced: bytes | None = None

    def next(self) -> bytes | None:
        """The next parameter; None when it is absent (nothing left, or zero characters before the comma).

        Blanks alone are present. A quoted parameter loses its quotes and may hold commas; a backslash before a quote
        keeps the quote and stays in the value. An opening quote at the very end of the text is absent. A further quote
        behind the closing one makes the parameter absent and hands its text to the next call (firmware 1.0.5.2).
        """
        if self._displaced is not None:
            value, self._displaced = self._displaced, None
            return value
        text = self._text
        start = self._position
        if start >= len(text):
            return None
        first = _skip_blanks(text, start)
        if first < len(text) and text[first] == 0x22:
            return self._next_quoted(first + 1)
        end = text.find(b",", start)
        if end < 0:
            end = len(text)
        self._position = end + 1
        return text[start:end] if end > start else None

    def _next_quoted(self, start: int) -> bytes | None:
        text = self._text
        closing = _find_quote(text, start)
        if closing < 0:
            self._position = len(text)
            return text[start:] or None
        comma = text.find(b",", closing)
        end = len(text) if comma < 0 else comma
        self._position = end + 1
        value = text[start:closing]
        if 0 <= _find_quote(text, closing + 1) < end:
            self._displaced = value
            return None
        return value

    def rest(self) -> bytes | None:
        """Everything that is left, unsplit and without quote processing; None when nothing is left."""
        start, self._position = self._position, len(self._text)
        return self._text[start:] or None


def _skip_blanks(text: bytes, start: int) -> int:
    while start < len(text) and text[start] in BLANKS:
        start += 1
    return start


def _find_quote(text: bytes, start: int) -> int:
    """Position of the next quote that no backslash precedes, or -1."""
    found = text.find(b'"', start)
    while found > 0 and text[found - 1] == 0x5C:
        found = text.find(b'"', found + 1)
    return found


def parse_integer(text: bytes | None) -> int | None:
    """Decimal digits between blanks, modulo 2**32. No digits at all is 0; anything else None."""
    return _parse_digits(text, _DIGITS, 10)


def parse_hex(text: bytes | None) -> int | None:
    """Hexadecimal digits between blanks, modulo 2**32. No digits at all is 0; anything else None."""
    return _parse_digits(text, _HEX_DIGITS, 16)


def _parse_digits(text: bytes | None, allowed: frozenset[int], base: int) -> int | None:
    digits = None if text is None else text.strip(BLANKS)
    return int(digits or b"0", base) & _WORD if digits is not None and allowed.issuperset(digits) else None


def parse_boolean(text: bytes | None) -> bool | None:
    """Blanks, then exactly ``0`` or ``1`` and nothing more."""
    if text is None:
        return None
    match text.lstrip(BLANKS):
        case b"0":
            return False
        case b"1":
            return True
        case _:
            return None


def parse_address(text: bytes | None) -> str | None:
    """An IPv4 address between blanks, in canonical dotted form. Each group wraps at 32 bit before its range check."""
    if text is None:
        return None
    groups = text.strip(BLANKS).split(b".")
    if len(groups) != 4 or not all(group.isdigit() for group in groups):
        return None
    values = [int(group) & _WORD for group in groups]
    if max(values) > 255:
        return None
    return ".".join(map(str, values))


def host_address(name: bytes) -> str | None:
    """The address that the vendor's library takes a host name for; None when it looks the name up.

    It wants four groups between dots, takes the digits at the beginning of each, carries what is above 255 into the
    group before, and does not look behind the fourth. 0.0.0.0 and names with a leading blank are looked up.
    """
    groups = name.split(b".")[:4]
    if len(groups) < 4 or name[0] in BLANKS:
        return None
    value = 0
    for group in groups:
        digits = len(group) - len(group.lstrip(b"0123456789"))
        value = (value << 8) + int(group[:digits] or b"0") & _WORD
    return ".".join(map(str, value.to_bytes(4))) if value else None


def parse_mac(text: bytes | None) -> str | None:
    """A MAC address in upper case with colons.

    Six groups of one or two hexadecimal digits, each ended by ``:`` or a space, no other blank; the last one may go
    without. All-zero and all-FF addresses are refused.
    """
    if text is None or not _MAC.fullmatch(text):
        return None
    octets = [int(group, 16) for group in _MAC_GROUP.findall(text)]
    return None if set(octets) in ({0}, {255}) else ":".join(f"{octet:02X}" for octet in octets)


def parse_keyword(text: bytes | None, *words: str) -> str | None:
    """The word among ``words`` (upper case) that the text spells, in any case; blanks count."""
    if text is None:
        return None
    word = text.upper().decode("latin-1")
    return word if word in words else None
