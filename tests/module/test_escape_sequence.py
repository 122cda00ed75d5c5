"""``+++`` in data mode, and when withheld and collected bytes leave (escape time 1 s, flush time 100 ms)."""

from __future__ import annotations

import pytest

from tests.desk import MEASURED, MS, OK, Desk, S, event

T = S
FLUSH = 100 * MS


def in_data_mode(firmware: str = MEASURED) -> Desk:
    desk = Desk(firmware, joined=True)
    desk.tcp_client(data_mode=True)
    return desk


@pytest.mark.parametrize(
    "typed",
    [
        [(b"+++", 0)],
        [(b"+", 999 * MS), (b"+", 999 * MS), (b"+", 0)],
        [(b"++", 500 * MS), (b"+", 0)],
        [(b"++++", 0), (b"+++", 0)],
    ],
)
def test_escapes(typed: list[tuple[bytes, int]]) -> None:
    desk = in_data_mode()
    for data, pause_us in typed:
        desk.send(data)
        assert desk.quiet(pause_us) == b""
    assert desk.quiet(T - 1) == b""
    assert desk.in_data_mode
    assert desk.quiet(1) == OK
    assert not desk.in_data_mode
    assert desk.at("AT") == OK


def test_no_silence_is_needed_before() -> None:
    desk = in_data_mode()
    desk.send(b"abc+++")
    desk.run(FLUSH)
    assert desk.got() == b"abc"
    assert desk.quiet(T - FLUSH) == OK
    desk.run(S)
    assert desk.got() == b""


def test_collected_bytes_still_leave_after_the_escape() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=4,5000", "AT+MPROF=S")
    desk.restart()
    desk.join()
    desk.tcp_client(data_mode=True)
    desk.send(b"abc+++")
    assert desk.quiet(T) == OK
    assert desk.got() == b""
    desk.run(4 * S)
    assert desk.got() == b"abc"


@pytest.mark.parametrize("pluses", [b"+", b"++"])
def test_fewer_are_sent_one_flush_time_after_the_escape_time(pluses: bytes) -> None:
    desk = in_data_mode()
    desk.send(pluses)
    desk.run(T + FLUSH - 1)
    assert desk.got() == b""
    assert desk.quiet(1) == b""
    assert desk.got() == pluses
    assert desk.in_data_mode


@pytest.mark.parametrize("typed", [b"+++x", b"++++", b"+++\r", b"+++ ", b"++\n"])
def test_another_byte_makes_data_of_them(typed: bytes) -> None:
    desk = in_data_mode()
    desk.send(typed[:-1])
    desk.run(T - 500 * MS)
    desk.send(typed[-1:])
    desk.run(FLUSH - 1)
    assert desk.got() == b""
    desk.run(1)
    assert desk.got() == typed
    assert desk.quiet(2 * T) == b""
    assert desk.in_data_mode


def test_five() -> None:
    desk = in_data_mode()
    desk.send(b"+++++")
    desk.run(FLUSH)
    assert desk.got() == b"++++"
    desk.run(T - 1)
    assert desk.got() == b""
    desk.run(1)
    assert desk.got() == b"+"
    assert desk.in_data_mode


def test_fourth_does_not_restart_the_escape_time() -> None:
    desk = in_data_mode()
    desk.send(b"+++")
    desk.run(950 * MS)
    desk.send(b"+")
    # The escape time ends 50 ms later with nothing withheld, and restarts the flush time.
    desk.run(50 * MS + FLUSH - 1)
    assert desk.got() == b""
    desk.run(1)
    assert desk.got() == b"++++"


def test_end_of_the_escape_time_restarts_the_flush_time() -> None:
    desk = in_data_mode()
    desk.send(b"+x")
    desk.run(FLUSH)
    assert desk.got() == b"+x"
    desk.run(T - FLUSH - 10 * MS)
    desk.send(b"y")
    desk.run(FLUSH)
    assert desk.got() == b""
    desk.run(10 * MS)
    assert desk.got() == b"y"


@pytest.mark.parametrize(("pluses", "printed"), [(b"+++", OK), (b"++", b""), (b"+", b"")])
def test_session_ends_while_some_are_withheld(pluses: bytes, printed: bytes) -> None:
    desk = in_data_mode()
    desk.send(b"abc" + pluses)
    desk.run(50 * MS)
    assert desk.part() == event("DISCONNECT", 0)
    assert desk.quiet(2 * T) == printed
    assert desk.at("AT") == OK


def test_escape_time_is_a_setting() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SOPT1=10,200")
    desk.tcp_client(data_mode=True)
    desk.send(b"+++")
    assert desk.quiet(T) == OK  # the old one, until a reset
    desk.at("AT+SMGMT=ALL")
    desk.ok("AT+MPROF=S")
    desk.restart()
    desk.at("AT+WJOIN")
    desk.tcp_client(data_mode=True, peer="second")
    desk.send(b"+++")
    assert desk.quiet(200 * MS - 1) == b""
    assert desk.quiet(1) == OK


def test_flush_time_acts_after_save_and_reset() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=4,300", "AT+MPROF=S")
    desk.tcp_client(data_mode=True)
    desk.send(b"a")
    desk.run(100 * MS)
    assert desk.got() == b"a"
    desk.restart()
    desk.at("AT+WJOIN")
    desk.tcp_client(data_mode=True, peer="second")
    desk.send(b"b")
    desk.run(300 * MS - 1)
    assert desk.got("second") == b""
    desk.run(1)
    assert desk.got("second") == b"b"
