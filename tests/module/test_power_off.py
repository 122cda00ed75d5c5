"""The machine when its power goes: at any moment, and for good until it comes back."""

from __future__ import annotations

import pytest

from tests.desk import MS, Desk, S
from wizfi_emu.module import events as ev


@pytest.mark.parametrize(
    "command", ["AT", "AT+WJOIN", "AT+WSCAN", "AT+MRESET", "AT+FDNS=www.google.com,5000", "AT+SMGMT=A"]
)
def test_in_the_middle_of_a_command(command: str) -> None:
    desk = Desk(joined=command != "AT+WJOIN")
    desk.send(command.encode() + b"\r")
    desk.feed(ev.PoweredOff())
    desk.read()
    assert desk.module.wakeup_us is None
    assert not desk.module.powered
    assert not desk.module.busy
    assert desk.exchange(b"AT\r", 30 * S) == b""
    desk.power_on()
    desk.run(200 * MS)
    assert desk.read() == desk.banner
    assert desk.exchange(b"AT\r").endswith(b"[OK]\r\n")


def test_what_comes_late_finds_nobody() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.feed(ev.PoweredOff())
    desk.feed(ev.SocketReceived(1, b"late", "192.168.12.50", 80), ev.LinkLost(), ev.SocketClosed(1))
    desk.feed(ev.PoweredOff())
    assert desk.read() == b""


def test_levels_from_outside_stay() -> None:
    desk = Desk()
    desk.feed(ev.PinDriven("gpio5", level=True), ev.PoweredOff(), ev.AdcDriven(77))
    assert desk.module.board.driven("gpio5") is True
    assert desk.module.board.driven("gpio1") is None
    desk.power_on()
    desk.run(200 * MS)
    desk.exchange(b"AT+FGPIO=2,5,2\r")
    assert b"1\r\n[OK]\r\n" in desk.exchange(b"AT+FGPIO=0,5\r")
    assert b"77\r\n" in desk.exchange(b"AT+FGETADC\r")


def test_deadlines_are_told_in_order() -> None:
    desk = Desk()
    desk.module.kernel.timers.clear()
    desk.module.kernel.after("later", 30, lambda: None)
    desk.module.kernel.after("sooner", 20, lambda: None)
    desk.module.kernel.after("as-late", 30, lambda: None)
    now_us = desk.module.kernel.now_us
    assert desk.module.kernel.timers.waiting == [
        ("sooner", now_us + 20),
        ("later", now_us + 30),
        ("as-late", now_us + 30),
    ]
