"""One direction of the serial line."""

from __future__ import annotations

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.faults.baud import hear
from wizfi_emu.faults.line import LIMIT_BYTES, DelayLine
from wizfi_emu.faults.live import Live
from wizfi_emu.faults.model import (
    BaseFault,
    SerialDelay,
    SerialFlip,
    SerialLoss,
    SerialPieces,
    StrictBaud,
    WrongBaud,
)

FOREVER_US = 1 << 60
Direction = Literal["to-module", "to-host"]
DATA = bytes(range(256)) * 4


def way(direction: Direction = "to-host", host_baud: int | None = None) -> DelayLine:
    return DelayLine(direction, lambda: 115200, lambda: host_baud)


def live(fault: BaseFault, seed: int = 1) -> Live:
    return Live("it", fault, seed, random.Random)


def through(
    data: bytes,
    *faults: BaseFault,
    direction: Direction = "to-host",
    host_baud: int | None = None,
) -> bytes:
    line = way(direction, host_baud)
    line.put(data, [live(fault) for fault in faults], 0)
    return line.take(FOREVER_US, len(data) * 20)


def test_without_faults_bytes_come_out_at_once() -> None:
    line = way()
    line.put(b"abc", [], 5)
    assert line.next_us == 5
    assert line.take(5, 2) == b"ab"
    assert line.queued_bytes == 1
    assert line.take(5, 2) == b"c"
    assert line.next_us is None


def test_loss_and_flips_hit_some_bytes() -> None:
    left = through(DATA, SerialLoss(probability=0.1))
    assert 0.8 * len(DATA) < len(left) < 0.98 * len(DATA)
    flipped = through(DATA, SerialFlip(probability=0.1))
    changed = [a ^ b for a, b in zip(flipped, DATA, strict=True) if a != b]
    assert 0.05 * len(DATA) < len(changed) < 0.2 * len(DATA)
    assert {bits.bit_count() for bits in changed} == {1}


def test_all_bytes_and_none() -> None:
    assert through(DATA, SerialLoss()) == b""
    assert through(DATA, SerialLoss(probability=0)) == DATA


@given(st.lists(st.integers(1, 100), max_size=40))
def test_which_bytes_are_hit_does_not_depend_on_how_they_are_cut(sizes: list[int]) -> None:
    faults = [live(SerialLoss(probability=0.05)), live(SerialFlip(probability=0.05))]
    line, start = way(), 0
    for size in [*sizes, len(DATA)]:
        line.put(DATA[start : start + size], faults, 0)
        start += size
    assert line.take(0, len(DATA)) == through(DATA, SerialLoss(probability=0.05), SerialFlip(probability=0.05))


def test_a_fault_of_one_direction() -> None:
    loss = SerialLoss(direction="to-module")
    assert through(b"abc", loss) == b"abc"
    assert through(b"abc", loss, direction="to-module") == b""


def test_delay_keeps_the_order() -> None:
    line, late = way(), live(SerialDelay(delay_ms=10))
    line.put(b"a", [late], 0)
    line.put(b"b", [], 2000)
    assert line.next_us == 10_000
    assert line.take(9_999, 9) == b""
    assert line.take(10_000, 9) == b"ab"


def test_jitter_stays_within_its_bounds() -> None:
    delayed = live(SerialDelay(delay_ms=10, jitter_ms=5))
    times = []
    for _ in range(50):
        line = way()
        line.put(b"a", [delayed], 0)
        times.append(line.next_us or 0)
    assert min(times) >= 10_000
    assert max(times) <= 15_000
    assert len(set(times)) > 10


def test_pieces_with_gaps() -> None:
    line, cut = way(), live(SerialPieces(bytes=3, gap_ms=10))
    line.put(b"abcdefgh", [cut], 0)
    line.put(b"xy", [cut], 0)
    taken = []
    while line.next_us is not None:
        taken.append((line.next_us, line.take(line.next_us, 100)))
    assert taken == [(0, b"abc"), (10_000, b"def"), (20_000, b"gh"), (30_000, b"xy")]


@pytest.mark.parametrize(("direction", "rates"), [("to-host", (115200, 9600)), ("to-module", (9600, 115200))])
def test_the_wrong_rate_gives_garbage_both_ways(direction: Direction, rates: tuple[int, int]) -> None:
    assert through(b"AT\r", WrongBaud(baud=9600), direction=direction) == hear(b"AT\r", *rates)
    assert through(b"AT\r", StrictBaud(), direction=direction, host_baud=9600) == hear(b"AT\r", *rates)


@pytest.mark.parametrize("host_baud", [None, 115200])
def test_the_right_or_an_unknown_rate_gives_the_bytes(host_baud: int | None) -> None:
    assert through(b"AT\r", StrictBaud(), host_baud=host_baud) == b"AT\r"
    assert through(b"AT\r", WrongBaud(baud=115200)) == b"AT\r"


def test_what_waits_is_bounded() -> None:
    line = way()
    line.put(bytes(LIMIT_BYTES), [live(SerialDelay(delay_ms=1000))], 0)
    line.put(b"abc", [], 0)
    assert line.queued_bytes == LIMIT_BYTES
    assert line.lost_bytes == 3
