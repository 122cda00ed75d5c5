"""The name server's one answer."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.web.dns import answer_query


def query(name: str = "wizfi250.wiznet.com", *, kind: int = 1, flags: int = 0x0100, questions: int = 1) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return struct.pack("!6H", 0x1234, flags, questions, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)


@pytest.mark.parametrize("kind", [1, 28, 255])
def test_the_one_name_whatever_type_is_asked_for(kind: int) -> None:
    asked = query(kind=kind)
    answer = answer_query(asked, "192.168.12.1")
    assert answer == (
        bytes.fromhex("1234 8420 0001 0001 0000 0000")
        + asked[12:]
        + bytes.fromhex("c00c 0001 0001 00000000 0004 c0a80c01")
    )


def test_additional_records_of_the_query_are_not_repeated() -> None:
    with_edns = query()[:10] + b"\0\1" + query()[12:] + bytes.fromhex("00 0029 1000 00000000 0000")
    answer = answer_query(with_edns, "1.2.3.4")
    assert answer is not None
    assert answer[6:12] == bytes.fromhex("0001 0000 0000")
    assert answer.endswith(bytes((1, 2, 3, 4)))


@pytest.mark.parametrize(
    "packet",
    [
        query("wiznet.com"),
        query("a.wizfi250.wiznet.com"),
        query("wizfi250.wiznet.com.example"),
        query("WizFi250.wiznet.com"),
        query(flags=0x8100),
        query(flags=0x0900),
        query(questions=0),
        query()[:-1],
        b"",
    ],
)
def test_silence_for_everything_else(packet: bytes) -> None:
    assert answer_query(packet, "192.168.12.1") is None


@given(st.binary(max_size=64))
def test_no_packet_breaks_it(packet: bytes) -> None:
    assert answer_query(packet, "192.168.12.1") is None
