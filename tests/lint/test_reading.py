"""Rules about hosts that do not read: each with a host that breaks it, and with hosts next to it that do not."""

from __future__ import annotations

import pytest

from tests.lint.talk import MS, Talk

OK = b"[OK]\r\n"
GONE = b"\r\n[DISCONNECT 0]\r\n"
NO_SCID = b"[ERROR: INVALID SCID]\r\n"
NO_LINK = b"[ERROR: WiFi Status]\r\n"
SEND = b"AT+SSEND=0,,,5"

# --- disconnect-ignored -----------------------------------------------------------------------------------------------


def test_a_closed_socket_is_used_again_and_again() -> None:
    talk = Talk().connect().module(GONE).command(SEND, NO_SCID).command(SEND, NO_SCID).command(SEND, NO_SCID)
    assert talk.found() == ["disconnect-ignored"]


def test_the_error_may_be_how_a_host_learns_of_it() -> None:
    assert Talk().connect().module(GONE).command(SEND, NO_SCID).connect().command(SEND, b"[0,,,5]\r\n").found() == []


def test_what_was_under_way_does_not_count() -> None:
    talk = Talk().connect().module(GONE).host(SEND + b"\r", us=MS).module(NO_SCID).command(SEND, NO_SCID)
    assert talk.found() == []


def test_data_goes_on_behind_data_mode() -> None:
    talk = Talk().connect(data_mode=True).host(b"21.5\n").module(GONE).host(b"21.6\n", us=2000 * MS)
    assert talk.found() == ["disconnect-ignored"]


@pytest.mark.parametrize("data", [b"AT\r", b"+++", b"\r"])
def test_commands_behind_data_mode(data: bytes) -> None:
    assert Talk().connect(data_mode=True).module(GONE).host(data, us=2000 * MS).found() == []


# --- header-is-data ---------------------------------------------------------------------------------------------------

HEADER = b"{0,192.168.12.1,5000,3}"


@pytest.mark.parametrize("data", [HEADER + b"abc", b"168.12.1,5000,3}abc"])
def test_a_header_goes_back_to_the_peer(data: bytes) -> None:
    talk = Talk().connect().module(HEADER + b"abc\r\n").host(b"AT+SSEND=0,,,%d\r" % len(data))
    assert talk.module(b"[0,,,%d]\r\n" % len(data)).host(data).module(OK).found() == ["header-is-data"]


@pytest.mark.parametrize("data", [b"abc", b"{0,10.0.0.1,1,3}", b",3}"])
def test_data_that_looks_like_it(data: bytes) -> None:
    talk = Talk().connect().module(HEADER + b"abc\r\n").host(b"AT+SSEND=0,,,%d\r" % len(data))
    assert talk.module(b"[0,,,%d]\r\n" % len(data)).host(data).module(OK).found() == []


# --- answer-unread ----------------------------------------------------------------------------------------------------


def test_the_data_of_a_refused_command() -> None:
    assert Talk().command(SEND, NO_SCID).host(b"hello").found() == ["answer-unread"]


def test_a_refused_command_is_given_up() -> None:
    assert Talk().command(SEND, NO_SCID).command(b"AT").host(b"\r").found() == []


def test_sending_on_a_socket_that_was_refused() -> None:
    talk = Talk().command(b"AT+SCON=O,TCN,10.0.0.1,80,,0", b"[ERROR]\r\n").command(SEND, NO_SCID)
    assert talk.found() == ["answer-unread"]


def test_sending_on_a_socket_that_is_there() -> None:
    talk = Talk().connect().command(b"AT+SCON=O,TCN,10.0.0.1,81,,0", b"[ERROR]\r\n")
    assert talk.host(SEND + b"\r").module(b"[0,,,5]\r\n").host(b"hello").module(OK).found() == []


def test_connecting_without_a_network() -> None:
    talk = Talk().command(b"AT+WJOIN", b"[ERROR]\r\n").command(b"AT+SCON=O,TCN,10.0.0.1,80,,0", NO_LINK)
    assert talk.found() == ["answer-unread"]


def test_joining_again_until_it_works() -> None:
    talk = Talk().command(b"AT+WJOIN", b"[ERROR]\r\n").host(b"AT+WJOIN\r").module(b"\r\n[Link-Up Event]\r\n")
    assert talk.module(OK).command(b"AT+SCON=O,TCN,10.0.0.1,80,,0", b"[ERROR]\r\n").found() == []


# --- sockets-leaked ---------------------------------------------------------------------------------------------------


def test_connections_that_nobody_closes() -> None:
    talk = Talk().connect(0).connect(1).connect(2)
    assert talk.found() == ["sockets-leaked"]


def test_connections_that_are_closed() -> None:
    talk = Talk()
    for scid in (0, 1, 2):
        talk.connect(scid).command(b"AT+SMGMT=%d" % scid).module(b"\r\n[DISCONNECT %d]\r\n" % scid)
    assert talk.found() == []


def test_connections_that_are_used() -> None:
    talk = Talk().connect(0).connect(1).connect(2).module(b"{0,10.0.0.1,80,1}x\r\n")
    assert talk.host(b"AT+SSEND=1,,,1\r").module(b"[1,,,1]\r\n").host(b"x").module(OK).found() == []


def test_connections_to_different_peers() -> None:
    assert Talk().connect(0).connect(1, remote=b"10.0.0.2,80").connect(2, remote=b"10.0.0.1,81").found() == []


def test_connections_that_a_reset_ends() -> None:
    banner = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"
    talk = Talk().connect(0).connect(1).connect(2).command(b"AT+MRESET").module(banner).host(b"AT\r").module(banner)
    assert talk.found() == []


# --- flash-worn -------------------------------------------------------------------------------------------------------


def test_saving_in_a_loop() -> None:
    talk = Talk()
    for _ in range(8):
        talk.command(b"AT+MPROF=S")
    assert talk.found() == ["flash-worn"]


def test_saving_now_and_then() -> None:
    talk = Talk()
    for _ in range(3):
        talk.command(b"AT+MPROF=S")
    for _ in range(20):
        talk.command(b"AT+MPROF=S", b"[ERROR]\r\n")
    assert talk.found() == []
    for _ in range(4):
        talk.now_us += 600_000 * MS
        talk.command(b"AT+MPROF=S")
    assert talk.found() == []
