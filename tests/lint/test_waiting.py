"""Rules about hosts that do not wait: each with a host that breaks it, and with hosts next to it that do not."""

from __future__ import annotations

import pytest

from tests.lint.talk import MS, Talk
from wizfi_emu.lint.waiting import begins_command

OK = b"[OK]\r\n"
PROMPT = b"[0,,,5]\r\n"
SEND = b"AT+SSEND=0,,,5\r"
CONNECT = b"\r\n[CONNECT 0]\r\n"
OPEN = b"AT+SCON=O,TCN,10.0.0.1,80,,%d\r"
BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"


@pytest.mark.parametrize(
    ("data", "is_one"), [(b"AT", True), (b"a/", True), (b"a", True), (b"+++", True), (b"hello", False), (b"1", False)]
)
def test_how_commands_begin(data: bytes, is_one: bool) -> None:
    assert begins_command(data) is is_one


# --- early-data -------------------------------------------------------------------------------------------------------


def test_data_in_one_go_with_the_command() -> None:
    talk = Talk().connect().host(SEND + b"hello").module(PROMPT).module(OK)
    assert talk.found() == ["early-data"]


def test_data_before_the_prompt() -> None:
    assert Talk().connect().host(SEND).host(b"hello").module(PROMPT).module(OK).found() == ["early-data"]
    assert Talk().connect().host(SEND).module(PROMPT[:5]).host(b"h").module(PROMPT[5:]).found() == ["early-data"]


def test_data_behind_the_prompt() -> None:
    assert Talk().connect().host(SEND).module(PROMPT).host(b"hello").module(OK).found() == []
    assert Talk().connect().host(b"AT+SSEND=0,,,2\r").module(b"[0,,,2]\r\n").host(b"\r\n").module(OK).found() == []


def test_a_host_that_gave_the_prompt_up() -> None:
    assert Talk().connect().host(SEND).host(b"AT\r", us=11_000 * MS).found() == []


# --- line-feed-is-data ------------------------------------------------------------------------------------------------


def test_a_line_feed_behind_the_command() -> None:
    talk = Talk().connect().host(SEND + b"\n").module(PROMPT).host(b"hello").module(OK)
    assert talk.found() == ["line-feed-is-data"]
    talk = Talk().connect().host(SEND).host(b"\n", us=87).module(PROMPT).host(b"hello").module(OK)
    assert talk.found() == ["line-feed-is-data"]


def test_line_feeds_that_do_no_harm() -> None:
    assert Talk().host(b"AT\r\n").module(OK).host(b"AT+MINFO\r\n").module(OK).found() == []
    assert Talk().host(SEND + b"\n").module(b"[ERROR: INVALID SCID]\r\n").found() == []
    assert Talk().connect().host(SEND).module(PROMPT).host(b"\nello").module(OK).found() == []


# --- early-command ----------------------------------------------------------------------------------------------------


def test_two_commands_at_once() -> None:
    assert Talk().host(b"AT\rAT\r").module(OK).module(OK).found() == ["early-command"]
    assert Talk().host(b"AT+WJOIN\r").host(b"AT\r", us=5000 * MS).module(OK).module(OK).found() == ["early-command"]


def test_a_command_behind_the_data_before_the_answer() -> None:
    talk = Talk().connect().host(SEND).module(PROMPT).host(b"hello").host(b"AT\r").module(OK).module(OK)
    assert talk.found() == ["early-command"]
    talk = Talk().connect().host(SEND).module(PROMPT).host(b"helloAT\r").module(OK).module(OK)
    assert talk.found() == ["early-command"]


def test_each_command_is_told_once() -> None:
    assert Talk().host(b"AT+WJOIN\r").host(b"A").host(b"T").host(b"\r").module(OK).found() == ["early-command"]


def test_what_is_no_early_command() -> None:
    assert Talk().host(b"AT+WJOIN\r").host(b"\x1b").module(b"[ERROR]\r\n").found() == [], "ESC aborts AT+WJOIN"
    assert Talk().host(b"AT\r").host(b"\r\n").module(OK).found() == []
    assert Talk().host(b"AT\r").host(b"AT\r", us=1500 * MS).module(OK).module(OK).found() == [], "given up"


# --- echo-is-answer ---------------------------------------------------------------------------------------------------


def test_the_echo_is_no_answer() -> None:
    talk = Talk().host(b"AT+WJOIN\r").module(b"AT+WJOIN\r\n", us=MS).host(b"AT+WSTAT\r", us=50 * MS)
    assert talk.module(OK).module(OK).found() == ["echo-is-answer"]
    talk = Talk().connect().host(SEND).module(SEND + b"\n", us=0).host(b"hello", us=MS).module(PROMPT).module(OK)
    assert talk.found() == ["echo-is-answer"]


def test_with_the_echo_on_everything_can_be_right() -> None:
    talk = Talk().connect().host(SEND).module(SEND + b"\n", us=0).module(PROMPT, us=0).host(b"hello").module(OK)
    assert talk.host(b"AT\r").module(b"AT\r\n" + OK).found() == []


def test_somebody_who_never_reads_does_not_read_the_echo() -> None:
    talk = Talk().host(b"AT+WJOIN\r").module(b"AT+WJOIN\r\n", us=MS).host(b"AT+WSTAT\r", us=500 * MS)
    assert talk.module(OK).module(OK).found() == ["early-command"]


# --- connect-is-ok ----------------------------------------------------------------------------------------------------


def test_connect_is_no_ok() -> None:
    for data_mode in (0, 1):
        talk = Talk().host(OPEN % data_mode).module(CONNECT).host(b"AT+SSEND=0,,,5\r", us=20 * MS).module(OK)
        assert talk.found() == ["connect-is-ok"]


def test_ok_is_no_connect() -> None:
    assert Talk().host(OPEN % 1).module(OK).host(b"hello").module(CONNECT).found() == ["connect-is-ok"]


@pytest.mark.parametrize("order", [(OK, CONNECT), (CONNECT, OK)])
@pytest.mark.parametrize(("data_mode", "data"), [(0, b"AT\r"), (1, b"hello")])
def test_both_have_come(order: tuple[bytes, bytes], data_mode: int, data: bytes) -> None:
    assert Talk().host(OPEN % data_mode).module(order[0]).module(order[1]).host(data).module(OK).found() == []


def test_a_host_may_do_something_else_while_it_connects() -> None:
    assert Talk().host(OPEN % 0).module(OK).command(b"AT+WSTAT").module(CONNECT).found() == []


# --- broken-escape ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"+++AT+SMGMT=ALL\r", b"bye+++\r\nat\r", b"+++\r\n", b"+++\r"])
def test_what_is_glued_to_the_escape(data: bytes) -> None:
    assert Talk().connect(data_mode=True).host(data).found() == ["broken-escape"]


def test_what_comes_too_soon_behind_the_escape() -> None:
    assert Talk().connect(data_mode=True).host(b"bye+++").host(b"AT\r", us=400 * MS).found() == ["broken-escape"]


def test_an_escape_that_is_one() -> None:
    talk = Talk().connect(data_mode=True).host(b"bye+++").module(OK, us=1000 * MS).command(b"AT")
    assert talk.found() == []


@pytest.mark.parametrize("data", [b"a+++b", b"1+++2", b"++++AT\r", b"+++", b"AT+++"])
def test_plus_signs_in_data(data: bytes) -> None:
    assert Talk().connect(data_mode=True).host(data).host(b"more", us=400 * MS).found() == []


def test_the_escape_time_can_be_set() -> None:
    talk = Talk().command(b"AT+SOPT1=10,200").connect(data_mode=True).host(b"+++").host(b"AT\r", us=300 * MS)
    assert talk.found() == []


# --- baud-not-awaited, restart-not-awaited ----------------------------------------------------------------------------


def test_sent_before_the_banner() -> None:
    talk = Talk().command(b"AT+USET=57600,N,8,1,N").host(b"AT\r").module(BANNER, us=400 * MS)
    assert talk.found() == ["baud-not-awaited"]
    assert Talk().command(b"AT+MRESET").host(b"AT\r").module(BANNER, us=400 * MS).found() == ["restart-not-awaited"]


def test_at_the_old_rate() -> None:
    talk = Talk().command(b"AT+USET=57600,N,8,1,N").module(BANNER, us=500 * MS).host(b"\xa6\xfc\x06")
    assert talk.found() == ["baud-not-awaited"]


def test_the_banner_has_come() -> None:
    for line in (b"AT+USET=57600,N,8,1,N", b"AT+MRESET", b"AT+MFDEF=FR"):
        assert Talk().command(line).module(BANNER, us=500 * MS).command(b"AT").found() == []


def test_a_banner_that_does_not_come() -> None:
    assert Talk().command(b"AT+MRESET").host(b"AT\r", us=4000 * MS).module(OK).found() == []
