"""Bytes at the wrong rate, as a receiver in the middle of the bits hears them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.faults.baud import hear

ALL = bytes(range(256))
BAUDS = st.sampled_from([300, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600])


@pytest.mark.parametrize("baud", [300, 115200, 921600])
def test_the_same_rate_changes_nothing(baud: int) -> None:
    assert hear(ALL, baud, baud) == ALL


@pytest.mark.parametrize("percent", [-4, -2, 2, 4])
def test_a_small_difference_changes_nothing(percent: int) -> None:
    assert hear(ALL, 115200, 115200 + 1152 * percent) == ALL


@pytest.mark.parametrize("percent", [-12, 12])
def test_a_larger_one_does(percent: int) -> None:
    assert hear(ALL, 115200, 115200 + 1152 * percent) != ALL


@pytest.mark.parametrize(
    ("sent", "sent_baud", "read_baud", "heard"),
    [
        # U is 0101010101 on the line: at half the rate each zero is too short for a start bit,
        (b"U", 115200, 57600, b""),
        # at twice the rate each bit counts as two: 0 01100110, and from the next edge on 0 01100111.
        (b"U", 57600, 115200, b"\x66\xe6"),
        # Nine zeros and a one: at half the rate 0 0001 1111.
        (b"\0", 115200, 57600, b"\xf8"),
        (b"\0U", 115200, 57600, b"\xf8"),
        # 0 1 00 11111 1: the start bit is too short for a start bit, the two zeros behind it are one.
        (b"\xf9", 115200, 57600, b"\xff"),
    ],
)
def test_bits_by_hand(sent: bytes, sent_baud: int, read_baud: int, heard: bytes) -> None:
    assert hear(sent, sent_baud, read_baud) == heard


def test_half_the_rate() -> None:
    # The sender's U is 0101010101 with start and stop bit; at half the rate every other bit is looked at.
    assert hear(b"U", 115200, 57600) == hear(b"U", 19200, 9600)
    assert len(hear(b"AT\r", 115200, 57600)) == 3


def test_a_slow_sender_is_heard_as_more_bytes() -> None:
    assert len(hear(b"AT\r", 9600, 115200)) > 3


def test_a_fast_sender_is_hardly_heard() -> None:
    assert set(hear(ALL, 115200, 9600)) <= {0xFF}


@given(st.binary(max_size=50), st.binary(max_size=50), BAUDS, BAUDS)
def test_how_the_bytes_are_cut_makes_no_difference(first: bytes, second: bytes, sent: int, read: int) -> None:
    assert hear(first + second, sent, read) == hear(first, sent, read) + hear(second, sent, read)
