"""The header of received data, by the table of AT+SFORM."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from wizfi_emu.at.header import frame_received
from wizfi_emu.profile.fields import ReceiveForm


def framed(form: ReceiveForm, data: bytes = b"hello", *, repeat: bool = False) -> bytes:
    return frame_received(form, 0, "192.168.0.216", 59834, data, repeat_header=repeat)


def test_default() -> None:
    assert framed(ReceiveForm()) == b"{0,192.168.0.216,59834,5}hello\r\n"


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("011111111", b"0,192.168.0.216,59834,5}hello\r\n"),
        ("101111111", b"{,192.168.0.216,59834,5}hello\r\n"),
        ("110111111", b"{0192.168.0.216598345}hello\r\n"),
        ("111011111", b"{0,,59834,5}hello\r\n"),
        ("111101111", b"{0,192.168.0.216,,5}hello\r\n"),
        ("111110111", b"{0,192.168.0.216,59834,}hello\r\n"),
        ("111111011", b"{0,192.168.0.216,59834,5hello\r\n"),
        ("111111101", b"{0,192.168.0.216,59834,5}hello\n"),
        ("111111110", b"{0,192.168.0.216,59834,5}hello\r"),
        ("000000000", b"hello"),
        ("001000000", b",,,hello"),
    ],
)
def test_each_flag(flags: str, expected: bytes) -> None:
    assert framed(ReceiveForm(flags)) == expected


def test_delimiters_of_the_guide() -> None:
    form = ReceiveForm("101100110", 0x5B, 0x2F, 0x5D, 0x0D, 0x00)
    assert framed(form) == b"[/192.168.0.216//]hello\r"


@pytest.mark.parametrize("field", ["start", "delimiter", "end", "close1", "close2"])
def test_code_zero_prints_nothing(field: str) -> None:
    codes = {"start": 0x7B, "delimiter": 0x2C, "end": 0x7D, "close1": 0x0D, "close2": 0x0A}
    gone = bytes((codes[field],))
    assert framed(replace(ReceiveForm(), **{field: 0})) == framed(ReceiveForm()).replace(gone, b"")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("111111100", b"{0,192.168.0.216,59834,2}hi{0,192.168.0.216,59834,2}"),
        ("111111101", b"{0,192.168.0.216,59834,2}hi{0,192.168.0.216,59834,2}\n"),
        ("110000001", b"{0hi{0\n"),
        ("111111111", b"{0,192.168.0.216,59834,2}hi\r\n"),
    ],
)
def test_repeated_header(flags: str, expected: bytes) -> None:
    assert framed(ReceiveForm(flags), b"hi", repeat=True) == expected


def test_socket_id_in_hexadecimal() -> None:
    assert frame_received(ReceiveForm("010000000"), 11, "1.2.3.4", 5, b"x", repeat_header=False) == b"bx"


@pytest.mark.parametrize("data", [b"", b"\r\n", bytes(range(256))])
def test_any_data(data: bytes) -> None:
    assert framed(ReceiveForm(), data) == b"{0,192.168.0.216,59834,%d}%s\r\n" % (len(data), data)


@pytest.mark.parametrize("repeat", [False, True])
def test_all_flags_against_the_parts(repeat: bool) -> None:
    for bits in product("01", repeat=9):
        shown = [
            part if bit == "1" else b""
            for bit, part in zip(bits, (b"{", b"0", b",", b"1.2.3.4", b"9", b"1", b"}", b"\r", b"\n"), strict=True)
        ]
        start, scid, comma, address, port, length, end, close1, close2 = shown
        header = start + scid + comma + address + comma + port + comma + length + end
        closing = header if repeat and bits[7] == "0" else close1
        got = frame_received(ReceiveForm("".join(bits)), 0, "1.2.3.4", 9, b"x", repeat_header=repeat)
        assert got == header + b"x" + closing + close2
