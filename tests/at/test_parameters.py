"""Splitting and conversion of parameters: the rules row by row, and a second implementation that reads by character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.at.parameters import (
    Parameters,
    host_address,
    parse_address,
    parse_boolean,
    parse_hex,
    parse_integer,
    parse_keyword,
    parse_mac,
)

BLANKS = b" \t\v\f"


def split(text: bytes, calls: int) -> list[bytes | None]:
    parameters = Parameters(text)
    return [parameters.next() for _ in range(calls)]


# --- splitting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", [None, None]),
        (b"a", [b"a", None]),
        (b"a,b", [b"a", b"b", None]),
        (b",b", [None, b"b", None]),
        (b"a,,c", [b"a", None, b"c"]),
        (b"a,", [b"a", None, None]),
        (b" ,b", [b" ", b"b"]),
        (b" \t\v\f", [b" \t\v\f", None]),
        (b"  a ,b", [b"  a ", b"b"]),
        (b'"a,b",c', [b"a,b", b"c"]),
        (b'  "a",c', [b"a", b"c"]),
        (b'"",c', [b"", b"c"]),
        (b'"a" trailing,c', [b"a", b"c"]),
        (b'"a\\"b",c', [b'a\\"b', b"c"]),
        (b'"a,b', [b"a,b", None]),
        (b'"', [None, None]),
        (b'a, "', [b"a", None, None]),
        (b'",', [b",", None]),
        (b'"a\\",b', [b'a\\",b', None]),
        (b'"a"x"b",c', [None, b"a", b"c"]),
        (b'"a""b",c', [None, b"a", b"c"]),
        (b'"a"",c', [None, b"a", b"c"]),
        (b'"a"x\\"b",c', [None, b"a", b"c"]),
        (b'"a"x\\",c', [b"a", b"c"]),
        (b'a"b,c', [b'a"b', b"c"]),
        (b"?,1", [b"?", b"1"]),
    ],
)
def test_split(text: bytes, expected: list[bytes | None]) -> None:
    assert split(text, len(expected)) == expected


@pytest.mark.parametrize(
    ("text", "rest"),
    [(b"0,a,b", b"a,b"), (b'0,"a', b'"a'), (b"0, a ", b" a "), (b"0,", None), (b"0", None), (b"0,,", b",")],
)
def test_rest_of_the_line_is_not_split(text: bytes, rest: bytes | None) -> None:
    parameters = Parameters(text)
    assert parameters.next() == b"0"
    assert parameters.rest() == rest
    assert parameters.rest() is None
    assert parameters.next() is None


def naive_split(text: bytes) -> list[bytes | None]:
    """What the calls give, up to the last that gives something; read by character."""
    found: list[bytes | None] = []
    line = [bytes((code,)) for code in text]
    while line:
        blanks = 0
        while blanks < len(line) and line[blanks] in (b" ", b"\t", b"\v", b"\f"):
            blanks += 1
        if line[blanks : blanks + 1] != [b'"']:
            end = line.index(b",") if b"," in line else len(line)
            found.append(b"".join(line[:end]) or None)
            line = line[end + 1 :]
            continue
        del line[: blanks + 1]
        if not line:
            found.append(None)
            break
        value, previous = b"", b""
        while line and (line[0] != b'"' or previous == b"\\"):
            previous = line.pop(0)
            value += previous
        second = False
        while line and line[0] != b",":
            quote = line.pop(0)
            second |= bool(line) and line[0] == b'"' and quote != b"\\"
        del line[:1]
        found += [None, value] if second else [value]
    return found


@given(st.text('ab1", \\\t', max_size=24).map(str.encode))
def test_split_agrees_with_reading_by_character(text: bytes) -> None:
    expected = naive_split(text)
    assert split(text, len(expected) + 2) == [*expected, None, None]


# --- conversion -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (None, None),
        (b"", 0),
        (b"  ", 0),
        (b"7", 7),
        (b"007", 7),
        (b" \t12\v\f", 12),
        (b"4294967295", 4294967295),
        (b"4294967296", 0),
        (b"4294967301", 5),
        (b"-1", None),
        (b"+1", None),
        (b"0x10", None),
        (b"1 2", None),
        (b"1a", None),
        (b"1.0", None),
        ("²".encode(), None),
    ],
)
def test_integer(text: bytes | None, value: int | None) -> None:
    assert parse_integer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (None, None),
        (b"", 0),
        (b" ", 0),
        (b"ff", 255),
        (b"Ab", 171),
        (b" 5b ", 0x5B),
        (b"100000001", 1),
        (b"0x5b", None),
        (b"X1", None),
        (b"fg", None),
        (b"f f", None),
        (b"-f", None),
    ],
)
def test_hex(text: bytes | None, value: int | None) -> None:
    assert parse_hex(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (None, None),
        (b"", None),
        (b"0", False),
        (b"1", True),
        (b" \t1", True),
        (b"1 ", None),
        (b"01", None),
        (b"2", None),
        (b"x", None),
    ],
)
def test_boolean(text: bytes | None, value: bool | None) -> None:
    assert parse_boolean(text) is value


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (None, None),
        (b"192.168.12.1", "192.168.12.1"),
        (b" 1.2.3.4\t", "1.2.3.4"),
        (b"010.000.0.08", "10.0.0.8"),
        (b"0.0.0.0", "0.0.0.0"),
        (b"255.255.255.255", "255.255.255.255"),
        (b"256.0.0.1", None),
        (b"4294967306.0.0.1", "10.0.0.1"),
        (b"1.2.3", None),
        (b"1.2.3.4.5", None),
        (b"1..3.4", None),
        (b".1.2.3", None),
        (b"1.2.3.", None),
        (b"1. 2.3.4", None),
        (b"a.b.c.d", None),
        (b"", None),
        (b" ", None),
    ],
)
def test_address(text: bytes | None, address: str | None) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "mac"),
    [
        (None, None),
        (b"00:08:dc:aa:BB:1", "00:08:DC:AA:BB:01"),
        (b"00 08 DC AA BB 01", "00:08:DC:AA:BB:01"),
        (b"1:2 3:4 5:6", "01:02:03:04:05:06"),
        (b"1:2 3:4\t5:6", None),
        (b"1:2:3:4:5:6\t", None),
        (b"1:2:3:4:5:6\xa0", None),
        (b"1:2:3:4:5:6:", "01:02:03:04:05:06"),
        (b"1:2:3:4:5:6 ", "01:02:03:04:05:06"),
        (b"1:2:3:4:5:6\v", None),
        (b"1:2:3:4:5:6\f", None),
        (b"1:2:3:4:5:6::", None),
        (b" 1:2:3:4:5:6", None),
        (b"1:2:3:4:5", None),
        (b"1:2:3:4:5:6:7", None),
        (b"1:2:3:4:5:666", None),
        (b"1:2:3:4:5:g", None),
        (b"1-2-3-4-5-6", None),
        (b"0:0:0:0:0:0", None),
        (b"ff:FF:ff:ff:ff:ff", None),
        (b"ff:ff:ff:ff:ff:fe", "FF:FF:FF:FF:FF:FE"),
        (b"", None),
        (b":", None),
    ],
)
def test_mac(text: bytes | None, mac: str | None) -> None:
    assert parse_mac(text) == mac


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, None),
        (b"hw", "HW"),
        (b"Hw", "HW"),
        (b"N", "N"),
        (b" N", None),
        (b"N ", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_keyword(text: bytes | None, word: str | None) -> None:
    assert parse_keyword(text, "N", "HW") == word


# --- a second implementation, which reads by character ----------------------------------------------------------------


def naive_number(text: bytes, base: int) -> int | None:
    digits = "0123456789abcdef"[:base]
    value, phase = 0, "before"
    for character in text.decode("latin-1").lower():
        if character in " \t\v\f":
            phase = "after" if phase == "digits" else phase
        elif character in digits and phase != "after":
            value = (value * base + digits.index(character)) % 2**32
            phase = "digits"
        else:
            return None
    return value


def naive_address(text: bytes) -> str | None:
    trimmed = text.decode("latin-1").strip(" \t\v\f")
    groups = [""]
    for character in trimmed:
        if character == ".":
            groups.append("")
        elif character in "0123456789":
            groups[-1] += character
        else:
            return None
    if len(groups) != 4 or "" in groups:
        return None
    numbers = [naive_number(group.encode(), 10) for group in groups]
    return None if any(number is None or number > 255 for number in numbers) else "{}.{}.{}.{}".format(*numbers)


def naive_mac(text: bytes) -> str | None:
    characters = list(text.decode("latin-1").upper())
    if characters and characters[-1] in ": ":
        characters.pop()
    groups = [""]
    for character in characters:
        if character in ": ":
            groups.append("")
        elif character in "0123456789ABCDEF":
            groups[-1] += character
        else:
            return None
    if len(groups) != 6 or not all(1 <= len(group) <= 2 for group in groups):
        return None
    octets = [f"{int(group, 16):02X}" for group in groups]
    return None if set(octets) in ({"00"}, {"FF"}) else ":".join(octets)


SHORT = st.binary(max_size=8)
PADDING = st.text(" \t\v\f", max_size=2)
HOSTS = [
    (b"1.2.3.4", "1.2.3.4"),
    (b"1.2.3.4x", "1.2.3.4"),
    (b"1.2.3.4.5", "1.2.3.4"),
    (b"1.2.3.", "1.2.3.0"),
    (b"01.2.3.4", "1.2.3.4"),
    (b"300.1.1.1", "44.1.1.1"),
    (b"1.300.1.1", "2.44.1.1"),
    (b"abc.1.2.3", "0.1.2.3"),
    (b"9a8.1.2.3", "9.1.2.3"),
    (b"0.0.0.0", None),
    (b"www.google.co.kr", None),
    (b"a.b.c.d.1", None),
    (b"1.2.3", None),
    (b"1234", None),
    (b"", None),
    (b" 1.2.3.4", None),
    (b"\t1.2.3.4", None),
]


@pytest.mark.parametrize(("name", "address"), HOSTS)
def test_host_names_that_are_addresses(name: bytes, address: str | None) -> None:
    assert host_address(name) == address


NUMBER = st.integers(0, 2**40).map(str)


@given(st.one_of(SHORT, st.tuples(PADDING, NUMBER, PADDING).map(lambda parts: "".join(parts).encode())))
def test_numbers_agree(text: bytes) -> None:
    assert parse_integer(text) == naive_number(text, 10)
    assert parse_hex(text) == naive_number(text, 16)


@given(
    st.one_of(
        SHORT, st.tuples(PADDING, st.sampled_from(["0", "1", "01", "2", ""]), PADDING).map("".join).map(str.encode)
    )
)
def test_booleans_agree(text: bytes) -> None:
    start = next((at for at in range(len(text)) if text[at] not in BLANKS), len(text))
    assert parse_boolean(text) is {b"0": False, b"1": True}.get(text[start:])


GROUP = st.sampled_from(["0", "1", "9", "10", "255", "256", "00", "0255", "4294967296", "", "x", " "])


@given(st.tuples(PADDING, st.lists(GROUP, min_size=3, max_size=5).map(".".join), PADDING).map("".join).map(str.encode))
def test_addresses_agree(text: bytes) -> None:
    assert parse_address(text) == naive_address(text)


OCTET = st.sampled_from(["0", "00", "ff", "FF", "a", "1b", "abc", "", "g"])
SEPARATOR = st.sampled_from([":", " ", "\t", "", "-"])


@given(st.lists(st.tuples(OCTET, SEPARATOR).map("".join), min_size=5, max_size=7).map("".join).map(str.encode))
def test_macs_agree(text: bytes) -> None:
    assert parse_mac(text) == naive_mac(text)


@given(st.binary(max_size=12))
def test_arbitrary_bytes_agree(text: bytes) -> None:
    assert parse_address(text) == naive_address(text)
    assert parse_mac(text) == naive_mac(text)
