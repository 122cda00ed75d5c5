"""Where something can go wrong in a run."""

from __future__ import annotations

from wizfi_emu.explore.moments import LINES_MAX, TIMES_MAX, find_moments
from wizfi_emu.faults.model import When
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Item


def whens(*items: Item) -> list[When]:
    return [moment.when for moment in find_moments(list(enumerate(items)))]


def test_events_and_orders_are_counted_by_their_kinds() -> None:
    found = whens(ev.PoweredOn(b""), fx.Leave(), ev.TimeReached(), fx.SetPin("led1", True), fx.Leave())
    assert found == [When(event="PoweredOn"), When(event="Leave"), When(event="Leave", nth=2)]


def test_lines_of_either_side_however_they_are_cut() -> None:
    found = find_moments(
        [
            (1, ev.UartReceived(b"A")),
            (2, ev.UartReceived(b"T\r\nAT\r")),
            (3, fx.UartSend(b"[O")),
            (4, fx.UartSend(b"K]\r\n[OK]\r\n")),
        ]
    )
    assert found == [
        (When(pattern="AT\r", source="host"), 2),
        (When(pattern="AT\r", source="host", nth=2), 2),
        (When(pattern="[OK]\r\n"), 4),
        (When(pattern="[OK]\r\n", nth=2), 4),
    ]


def test_ports_and_headers_are_others_in_each_run() -> None:
    [command] = whens(ev.UartReceived(b"AT+SCON=O,TCN,192.168.12.1,40000,,0\r"))
    assert command == When(regex=r"AT\+SCON=O,TCN,192\.168\.12\.1,\d+,,0\r", source="host")
    [first, second] = whens(fx.UartSend(b"{0,192.168.12.1,5000,5}hello{0,192.168.12.1,5000,2}hi"))
    assert first == When(regex=r"\{0,[^}]*\}")
    assert second.nth == 2


def test_there_are_not_too_many() -> None:
    lines = [b"line %s\r\n" % bytes([65 + n % 26, 65 + n // 26]) for n in range(LINES_MAX + 10)]
    assert len(whens(fx.UartSend(b"".join(lines)))) == LINES_MAX
    assert len(whens(fx.UartSend(b"[OK]\r\n" * (TIMES_MAX + 10)))) == TIMES_MAX
    assert whens(fx.UartSend(b"x" * 200 + b"\r\n")) == []
