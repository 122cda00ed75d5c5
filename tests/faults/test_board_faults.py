"""Faults of supply, watchdog, flash and serial line, on the bench in virtual time."""

from __future__ import annotations

import pytest

from tests.desk import MS, OK, Desk, S
from wizfi_emu.faults.baud import hear
from wizfi_emu.faults.model import (
    BrownOut,
    FlashFail,
    SerialDelay,
    SerialLoss,
    SerialPieces,
    StrictBaud,
    Watchdog,
    When,
    WrongBaud,
)
from wizfi_emu.module import events as ev

BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"
RESET_EVENT = b"\r\n[Reset Event]\r\n"


class TestBrownOut:
    def test_in_the_middle_of_a_command(self) -> None:
        desk = Desk(echo=True)
        desk.faults().add(BrownOut(off_ms=500, when=When(pattern="AT+MM", source="host")))
        assert desk.exchange(b"AT+MMAC=?\r", 0) == b"AT+MM"
        assert not desk.has_power
        assert desk.quiet(499 * MS) == b""
        assert desk.quiet(1 * MS) == BANNER

    def test_the_rest_of_the_command_is_lost(self) -> None:
        desk = Desk()
        desk.faults().add(BrownOut(off_ms=0, when=When(pattern="AT+MM", source="host")))
        assert desk.exchange(b"AT+MMAC=?\r") == BANNER

    def test_in_the_middle_of_an_answer(self) -> None:
        desk = Desk()
        desk.faults().add(BrownOut(when=When(pattern="[O")))
        assert desk.exchange(b"AT\r", 50 * MS) == b"[O"
        assert desk.quiet(100 * MS) == BANNER

    def test_what_was_not_written_is_not_in_the_flash(self) -> None:
        desk = Desk()
        image = desk.image
        desk.faults().add(BrownOut(when=When(event="WriteFlash")))
        desk.at("AT+WSET=0,Other", 0)
        assert desk.image == image

    def test_sockets_are_gone(self) -> None:
        desk = Desk(joined=True)
        desk.tcp_client()
        desk.faults().add(BrownOut())
        desk.network.expect_closed("peer")
        assert desk.quiet(1 * S) == BANNER

    def test_without_power_there_is_nothing_to_fail(self) -> None:
        desk = Desk()
        desk.power_off()
        faults = desk.faults()
        faults.add(BrownOut())
        assert desk.quiet(1 * S) == b""
        assert faults.show()[0].hits == 0

    def test_again_and_again(self) -> None:
        desk = Desk()
        faults = desk.faults()
        faults.add(BrownOut(when=When(pattern="AT", source="host", every=True)))
        for _ in range(3):
            assert desk.exchange(b"AT\r", 200 * MS).endswith(BANNER)
        assert faults.show()[0].hits == 3
        faults.heal("brown-out")
        assert desk.exchange(b"AT\r", 200 * MS).endswith(OK)


def test_the_watchdog_in_the_middle_of_a_command() -> None:
    desk = Desk()
    desk.faults().add(Watchdog(when=When(pattern="AT+WSCA", source="host")))
    assert desk.exchange(b"AT+WSCAN\r", 300 * MS) == RESET_EVENT + BANNER
    assert desk.resets == [ev.ResetCause.WATCHDOG, ev.ResetCause.RESET]


def test_a_watchdog_that_brings_itself_about_ends() -> None:
    desk = Desk()
    desk.faults().add(Watchdog(when=When(event="ResetPulled", every=True)))
    desk.feed(ev.ResetPulled())
    assert desk.quiet(1 * S).endswith(BANNER)


class TestFlash:
    def test_a_write_fails(self) -> None:
        desk = Desk()
        image = desk.image
        faults = desk.faults()
        faults.add(FlashFail())
        assert desk.at("AT+MPROF=S") == b"[ERROR]\r\n"
        assert desk.image == image
        faults.heal("flash-fail")
        assert desk.at("AT+MPROF=S") == OK

    def test_at_the_write_that_is_meant(self) -> None:
        desk = Desk()
        desk.faults().add(FlashFail(when=When(event="WriteFlash", nth=2), duration=0))
        assert [desk.at("AT+MPROF=S") for _ in range(3)] == [OK, b"[ERROR]\r\n", OK]


class TestSerialLine:
    def test_pieces_with_gaps(self) -> None:
        desk = Desk()
        desk.faults().add(SerialPieces(bytes=2, gap_ms=10, direction="to-host"))
        desk.send(b"AT\r")
        pieces = []
        for _ in range(4):
            pieces.append(desk.read())
            desk.run(10 * MS)
        assert pieces == [b"[O", b"K]", b"\r\n", b""]

    def test_commands_in_pieces(self) -> None:
        desk = Desk()
        desk.faults().add(SerialPieces(bytes=1, gap_ms=100, direction="to-module"))
        assert desk.exchange(b"AT\r", 199 * MS) == b""
        assert desk.quiet(1 * MS) == OK

    def test_from_a_pattern_on(self) -> None:
        desk = Desk()
        desk.faults().add(SerialLoss(direction="to-host", when=When(pattern="[OK"), duration=0.01))
        assert desk.exchange(b"AT\r") == b"[OK"
        assert desk.exchange(b"AT\r") == OK

    def test_a_late_line_respects_the_room_of_the_module(self) -> None:
        desk = Desk()
        desk.faults().add(SerialDelay(delay_ms=100, direction="to-module"))
        desk.send(b"AT+WSCAN\r" + b"AT\r" * 2000)
        assert desk.quiet(600 * S).count(OK) == 2001
        assert desk.module.lost_bytes == 0

    def test_a_delay_goes_on_when_the_module_resets(self) -> None:
        desk = Desk()
        desk.faults().add(SerialDelay(delay_ms=1000, direction="to-host"))
        assert desk.exchange(b"AT+MRESET\r", 999 * MS) == b""
        assert desk.quiet(2 * S) == OK + BANNER

    def test_the_wrong_rate_to_the_host(self) -> None:
        desk = Desk()
        faults = desk.faults()
        faults.add(WrongBaud(baud=57600, direction="to-host"))
        assert desk.exchange(b"AT\r") == hear(OK, 115200, 57600)
        faults.heal("wrong-baud")
        assert desk.exchange(b"AT\r") == OK

    def test_the_wrong_rate_to_the_module(self) -> None:
        desk = Desk()
        heard = list[bytes]()
        with desk.observed(
            lambda item, _now_us: heard.append(item.data) if isinstance(item, ev.UartReceived) else None
        ):
            desk.faults().add(WrongBaud(baud=57600))
            assert OK not in desk.exchange(b"AT\r")
        assert heard == [hear(b"AT\r", 57600, 115200)]

    @pytest.mark.parametrize(("host_baud", "heard"), [(115200, OK), (9600, b""), (None, OK)])
    def test_the_rate_that_the_host_has_set(self, host_baud: int | None, heard: bytes) -> None:
        desk = Desk()
        desk.line.host_baud = host_baud
        desk.faults().add(StrictBaud())
        assert desk.exchange(b"AT\r", 0) == heard

    def test_the_rate_of_both_ends_is_changed(self) -> None:
        desk = Desk()
        desk.line.host_baud = 115200
        desk.faults().add(StrictBaud())
        assert desk.at("AT+USET=9600,N,8,1,N", 2 * S).startswith(OK)
        assert desk.exchange(b"AT\r") != OK
        desk.line.host_baud = 9600
        desk.exchange(b"\r")
        assert desk.exchange(b"AT\r") == OK
