"""Lines from pieces: typed commands with their echo, lines of the module that come in parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Item
from wizfi_emu.recording.lines import BACK_TO_BACK_US, LINE_BYTES_MAX, TYPED_GAP_US, Line, in_lines

MS = 1000


def host(*pieces: tuple[int, bytes]) -> list[tuple[int, Item]]:
    return [(time_us, ev.UartReceived(data)) for time_us, data in pieces]


def module(*pieces: tuple[int, bytes]) -> list[tuple[int, Item]]:
    return [(time_us, fx.UartSend(data)) for time_us, data in pieces]


def test_a_typed_command_and_its_echo_are_two_lines() -> None:
    items: list[tuple[int, Item]] = []
    for number, key in enumerate(b"AT+WJOIN\r"):
        time_us = number * 200 * MS
        items += host((time_us, bytes([key]))) + module((time_us + 100, bytes([key])))
    items += module((1600 * MS + 200, b"\n"), (1700 * MS, b"[OK]\r\n"))
    assert in_lines(items) == [
        Line(0, 1600 * MS, ev.UartReceived(b"AT+WJOIN\r")),
        Line(100, 1600 * MS + 200, fx.UartSend(b"AT+WJOIN\r\n")),
        Line(1700 * MS, 1700 * MS, fx.UartSend(b"[OK]\r\n")),
    ]


def test_a_line_feed_belongs_to_the_carriage_return_before_it() -> None:
    assert [line.item for line in in_lines(host((0, b"AT\r"), (90, b"\n"), (200, b"AT\r\n")))] == [
        ev.UartReceived(b"AT\r\n"),
        ev.UartReceived(b"AT\r\n"),
    ]


def test_a_pause_ends_a_line() -> None:
    late = BACK_TO_BACK_US + 1
    assert len(in_lines(host((0, b"some data"), (BACK_TO_BACK_US, b"and more")))) == 1
    assert len(in_lines(host((0, b"some data"), (late, b"and more")))) == 2
    assert len(in_lines(host((0, b"some data"), (late, b"a")))) == 2
    assert len(in_lines(host((0, b"a"), (TYPED_GAP_US, b"b")))) == 1
    assert len(in_lines(host((0, b"a"), (TYPED_GAP_US + 1, b"b")))) == 2


def test_an_answer_ends_what_the_host_says() -> None:
    items = host((0, b"Hello")) + module((10 * MS, b"[OK]\r\n")) + host((15 * MS, b"AT\r"))
    assert [line.item for line in in_lines(items)] == [
        ev.UartReceived(b"Hello"),
        fx.UartSend(b"[OK]\r\n"),
        ev.UartReceived(b"AT\r"),
    ]


def test_a_power_cut_ends_both() -> None:
    off: list[tuple[int, Item]] = [(5, ev.PoweredOff())]
    assert len(in_lines(module((0, b"Wiz")) + off + module((6, b"Wiz")))) == 3


def test_a_line_has_a_limit() -> None:
    lines = in_lines(host(*((number, b"x" * 100) for number in range(20))))
    assert max(len(line.item.data) for line in lines if isinstance(line.item, ev.UartReceived)) <= LINE_BYTES_MAX
    assert len(lines) == 4


@given(st.lists(st.tuples(st.integers(0, 10**6), st.booleans(), st.sampled_from([b"A", b"\r", b"\n", b"[OK]\r\n"]))))
def test_nothing_is_lost_and_the_order_stays(pieces: list[tuple[int, bool, bytes]]) -> None:
    items: list[tuple[int, Item]] = []
    time_us = 0
    for step_us, of_host, data in pieces:
        time_us += step_us
        items.append((time_us, ev.UartReceived(data) if of_host else fx.UartSend(data)))
    lines = in_lines(items)
    for kind in (ev.UartReceived, fx.UartSend):
        said = b"".join(item.data for _, item in items if isinstance(item, kind))
        assert b"".join(line.item.data for line in lines if isinstance(line.item, kind)) == said
    assert [line.time_us for line in lines] == sorted(line.time_us for line in lines)
    assert all(line.since_us <= line.time_us for line in lines)
