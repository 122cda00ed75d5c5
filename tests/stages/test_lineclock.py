"""The speed of a line: the arithmetic alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.stages.lineclock import CATCH_UP_US, LONGEST_SLICE_US, SLICE_US, Framing, LineClock

BYTE_US = Framing().byte_us


def line(longest_slice_us: int = SLICE_US, *, began_us: int = 0) -> LineClock:
    found = LineClock(longest_slice_us)
    found.resume(began_us)
    return found


@pytest.mark.parametrize(
    ("framing", "bits", "bytes_per_second"),
    [
        (Framing(), 10, 11520),
        (Framing(9600, "E", 8, "1"), 11, 9600 / 11),
        (Framing(9600, "O", 7, "2"), 11, 9600 / 11),
        (Framing(300, "N", 8, "0.5"), 9.5, 300 / 9.5),
        (Framing(1843200, "N", 8, "1.5"), 10.5, 1843200 / 10.5),
        (Framing(0), 10, 0.1),  # the module takes any number; the line must only not break
    ],
)
def test_framing(framing: Framing, bits: float, bytes_per_second: float) -> None:
    assert framing.bits_per_byte == bits
    assert 1_000_000 / framing.byte_us == pytest.approx(bytes_per_second)


def test_bytes_have_passed_when_their_time_is_over() -> None:
    clock = line(began_us=100)
    assert clock.due_us(BYTE_US, 3) == pytest.approx(100 + 3 * BYTE_US)
    assert [clock.passed(time_us, BYTE_US, 3) for time_us in (100, 186, 187, 360, 361, 900)] == [0, 0, 1, 2, 3, 3]


def test_a_slice_is_a_millisecond_and_the_byte_that_begins_in_it() -> None:
    clock = line()
    assert clock.due_us(BYTE_US, 1000) == pytest.approx(12 * BYTE_US)
    clock.take(12, BYTE_US)
    assert clock.free_us == pytest.approx(12 * BYTE_US)


def test_a_slow_line_gives_one_byte_at_a_time() -> None:
    byte_us = Framing(300).byte_us
    clock = line()
    assert clock.due_us(byte_us, 5) == byte_us
    assert clock.passed(33_333, byte_us, 5) == 0
    assert clock.passed(33_334, byte_us, 5) == 1


def test_slices_grow_with_the_run() -> None:
    clock = line(LONGEST_SLICE_US)
    spans = []
    while clock.free_us < 600_000:
        due_us = clock.due_us(BYTE_US, 1 << 20)
        spans.append(due_us - clock.free_us)
        clock.take(clock.passed(int(due_us) + 1, BYTE_US, 1 << 20), BYTE_US)
    assert all(later > earlier - 1e-6 for earlier, later in itertools.pairwise(spans))
    assert spans[0] == pytest.approx(SLICE_US, abs=BYTE_US)
    assert spans[-1] == pytest.approx(LONGEST_SLICE_US, abs=BYTE_US)
    clock.resume(900_000)
    assert clock.due_us(BYTE_US, 1000) == pytest.approx(900_000 + 12 * BYTE_US), "after a pause they are small again"


def settled(clock: LineClock, until_us: int) -> None:
    """Let a run go on."""
    while clock.free_us < until_us:
        clock.take(100, BYTE_US)


def test_a_short_pause_shortens_the_run_by_a_part() -> None:
    clock = line(LONGEST_SLICE_US)
    settled(clock, 10_000_000)
    full_us = clock.due_us(BYTE_US, 1000) - clock.free_us
    clock.resume(int(clock.free_us) + 10_000)
    assert clock.due_us(BYTE_US, 1000) - clock.free_us == pytest.approx(full_us - 10_000, abs=2 * BYTE_US)


def test_a_run_of_packets_with_gaps_keeps_large_slices() -> None:
    clock = line(LONGEST_SLICE_US)
    for _ in range(40):
        clock.resume(int(clock.free_us) + 5_000)
        settled(clock, int(clock.free_us) + 126_000)
    clock.resume(int(clock.free_us) + 5_000)
    assert clock.due_us(BYTE_US, 1000) - clock.free_us > LONGEST_SLICE_US / 2


def test_a_conversation_keeps_small_slices() -> None:
    clock = line(LONGEST_SLICE_US)
    for _ in range(1000):
        clock.resume(int(clock.free_us) + 1_000)
        clock.take(40, BYTE_US)
    assert clock.due_us(BYTE_US, 1000) - clock.free_us == pytest.approx(SLICE_US, abs=BYTE_US)


def test_idle_time_is_not_saved_up() -> None:
    clock = line()
    clock.take(1, BYTE_US)
    clock.resume(10_000_000)
    assert clock.passed(10_000_000, BYTE_US, 10_000) == 0


def test_only_a_short_delay_is_made_up() -> None:
    assert line().passed(60_000_000, BYTE_US, 10_000) * BYTE_US == pytest.approx(CATCH_UP_US + SLICE_US, rel=0.01)


@given(
    st.sampled_from([300, 9600, 115200, 921600, 3686400]),
    st.lists(st.integers(0, CATCH_UP_US // 2), min_size=1, max_size=30),
)
def test_late_wake_ups_do_not_change_the_rate(baud: int, delays_us: list[int]) -> None:
    byte_us = Framing(baud).byte_us
    clock = line(began_us=5)
    now_us, passed = 5, 0
    for delay_us in delays_us:
        now_us = max(now_us, int(clock.due_us(byte_us, 1_000_000)) + 1) + delay_us
        count = clock.passed(now_us, byte_us, 1_000_000)
        clock.take(count, byte_us)
        passed += count
        assert 0 <= now_us - 5 - passed * byte_us <= byte_us + 1e-3, "never before the wire, and no byte behind it"
