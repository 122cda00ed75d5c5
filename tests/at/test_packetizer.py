"""The packets of data mode: borders, and when the flush timer restarts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.at.packetizer import PACKET_BYTES, Packetizer, split_packets


@pytest.mark.parametrize(
    ("collected", "more", "sent", "left", "restarts"),
    [
        (0, 1, 0, 1, True),
        (0, 50, 0, 50, True),
        (1, 1, 0, 2, False),
        (1, 98, 0, 99, False),
        (1, 99, 0, 100, True),
        (99, 1, 0, 100, True),
        (100, 1, 0, 101, False),
        (101, 98, 0, 199, False),
        (101, 99, 0, 200, True),
        (1401, 59, 0, 1460, False),
        (1460, 1, 1461, 0, False),
        (1460, 2, 1461, 1, True),
        (0, 1461, 1461, 0, False),
        (0, 1462, 1461, 1, True),
        (0, 2922, 2922, 0, False),
        (1000, 2000, 2922, 78, True),
    ],
)
def test_borders(collected: int, more: int, sent: int, left: int, restarts: bool) -> None:
    packetizer = Packetizer()
    packetizer.receive(b"a" * collected)
    ready, restart = packetizer.receive(b"b" * more)
    assert len(ready) == sent
    assert restart is restarts
    assert len(packetizer.flush()) == left


def test_nothing_does_not_restart() -> None:
    packetizer = Packetizer()
    assert packetizer.receive(b"") == (b"", False)
    packetizer.receive(b"a" * 100)
    assert packetizer.receive(b"") == (b"", False)


def test_flush_gives_everything_once() -> None:
    packetizer = Packetizer()
    packetizer.receive(b"abc")
    assert packetizer.flush() == b"abc"
    assert packetizer.flush() == b""


def test_discard() -> None:
    packetizer = Packetizer()
    packetizer.receive(b"abc")
    packetizer.discard()
    assert packetizer.flush() == b""
    assert packetizer.receive(b"d") == (b"", True)


@pytest.mark.parametrize(("length", "lengths"), [(0, []), (1461, [1461]), (2922, [1461, 1461])])
def test_packets_are_found_again(length: int, lengths: list[int]) -> None:
    data = bytes(at % 251 for at in range(length))
    packets = split_packets(data)
    assert [len(packet) for packet in packets] == lengths
    assert b"".join(packets) == data


class NaivePacketizer:
    """The rules, byte by byte."""

    def __init__(self) -> None:
        self.buffer = b""

    def receive(self, data: bytes) -> tuple[list[bytes], bool]:
        sent, restart = [], False
        for code in data:
            self.buffer += bytes((code,))
            # A restart counts as long as there is something to flush.
            restart |= len(self.buffer) == 1 or len(self.buffer) % 100 == 0
            if len(self.buffer) == PACKET_BYTES:
                sent.append(self.buffer)
                self.buffer = b""
                restart = False
        return sent, restart


@given(st.lists(st.one_of(st.just(-1), st.integers(0, 120), st.integers(1300, 3100)), max_size=12))
def test_agrees_with_the_rules_byte_by_byte(steps: list[int]) -> None:
    fast, naive = Packetizer(), NaivePacketizer()
    offset = 0
    for length in steps:
        if length < 0:
            assert fast.flush() == naive.buffer
            naive.buffer = b""
            continue
        data = bytes((offset + at) % 251 for at in range(length))
        offset += length
        ready, restart = fast.receive(data)
        assert (split_packets(ready), restart) == naive.receive(data)
