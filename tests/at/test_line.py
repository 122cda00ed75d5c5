"""The line editor of command mode."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.at.line import LINE_LIMIT_BYTES, LineEditor


def run(editor: LineEditor, data: bytes) -> tuple[bytes, list[bytes]]:
    """Everything that is echoed, and the lines."""
    echo, lines = b"", []
    while data:
        step = editor.receive(data)
        echo += step.echo
        data = data[step.consumed :]
        if step.line is not None:
            lines.append(step.line)
    return echo, lines


@pytest.mark.parametrize(
    ("typed", "echo", "lines"),
    [
        (b"AT\r", b"AT\r\n", [b"AT"]),
        (b"AT\n", b"AT", []),
        (b"A\nT\n\r\n", b"AT\r\n", [b"AT"]),
        (b"\r", b"\r\n", []),
        (b"\r\r\n\r", b"\r\n\r\n\r\n", []),
        (b"AX\x08T\r", b"AX\x08T\r\n", [b"AT"]),
        (b"\x08\x08AT\r", b"\x08\x08AT\r\n", [b"AT"]),
        (b"AB\x08\x08\x08AT\r", b"AB\x08\x08\x08AT\r\n", [b"AT"]),
        (b"X\x08\r", b"X\x08\r\n", []),
        (b"\x00\x1b\x7f\x80\xff\t\r", b"\x00\x1b\x7f\x80\xff\t\r\n", [b"\x00\x1b\x7f\x80\xff\t"]),
        (b" AT\r", b" AT\r\n", [b" AT"]),
        (b"A/", b"A/", [b"A/"]),
        (b"AT\rA/", b"AT\r\nA/", [b"AT", b"AT"]),
        (b"AT\ra/", b"AT\r\na/", [b"AT", b"AT"]),
        (b"AT\rA/A/\r", b"AT\r\nA/A/\r\n", [b"AT", b"AT", b"AT"]),
        (b"XY\rA/", b"XY\r\nA/", [b"XY", b"XY"]),
        (b"AT\rAB\x08/", b"AT\r\nAB\x08/", [b"AT", b"AT"]),
        (b"AT\r/A/\r", b"AT\r\n/A/\r\n", [b"AT", b"/A/"]),
        (b"AT\rB/\r", b"AT\r\nB/\r\n", [b"AT", b"B/"]),
        (b"AT\r\rA/", b"AT\r\n\r\nA/", [b"AT", b"AT"]),
    ],
)
def test_bytes(typed: bytes, echo: bytes, lines: list[bytes]) -> None:
    assert run(LineEditor(), typed) == (echo, lines)


def test_repeat_does_not_replace_the_remembered_line() -> None:
    editor = LineEditor()
    assert run(editor, b"one\rA/two\rA/A/")[1] == [b"one", b"one", b"two", b"two", b"two"]


@pytest.mark.parametrize("extra", [0, 1, 2, 100])
def test_line_limit(extra: int) -> None:
    typed = bytes(ord("a") + at % 26 for at in range(LINE_LIMIT_BYTES + extra))
    echo, lines = run(LineEditor(), typed + b"\r")
    assert echo == typed + b"\r\n"
    assert lines == [typed[:255]]


def test_backspace_behind_the_limit_deletes_what_is_stored() -> None:
    _, lines = run(LineEditor(), b"x" * 300 + b"\x08\x08yz!\r")
    assert lines == [b"x" * 253 + b"yz"]


def test_slash_behind_the_limit_is_dropped() -> None:
    _, lines = run(LineEditor(), b"x" * 255 + b"/\r")
    assert lines == [b"x" * 255]


def test_stops_behind_each_line() -> None:
    editor = LineEditor()
    first = editor.receive(b"\n\rAT\rAT+MINFO\r")
    assert (first.consumed, first.echo, first.line) == (5, b"\r\nAT\r\n", b"AT")
    second = editor.receive(b"AT+MINFO\r")
    assert (second.consumed, second.echo, second.line) == (9, b"AT+MINFO\r\n", b"AT+MINFO")
    assert editor.receive(b"") == (0, b"", None)


INPUT = st.lists(st.sampled_from([b"A", b"a", b"T", b"/", b"\r", b"\n", b"\x08", b"\x00", b"\xff"]), max_size=30).map(
    b"".join
)


@given(INPUT, st.lists(st.integers(0, 30), max_size=4))
def test_pieces_make_no_difference(data: bytes, cuts: list[int]) -> None:
    editor = LineEditor()
    echo, lines = b"", []
    borders = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(borders):
        part_echo, part_lines = run(editor, data[start:end])
        echo += part_echo
        lines += part_lines
    assert (echo, lines) == run(LineEditor(), data)


@given(INPUT)
def test_agrees_with_the_rules_byte_by_byte(data: bytes) -> None:
    stored, last, echo, lines = b"", None, b"", []
    for code in data:
        byte = bytes((code,))
        echo += {b"\r": b"\r\n", b"\n": b""}.get(byte, byte)
        if byte == b"\r" and stored:
            lines.append(stored)
            stored, last = b"", stored
        elif byte == b"/" and stored in (b"A", b"a"):
            lines.append(last or b"A/")
            stored = b""
        elif byte == b"\x08":
            stored = stored[:-1]
        elif byte not in (b"\r", b"\n"):
            stored += byte
    assert run(LineEditor(), data) == (echo, lines)
