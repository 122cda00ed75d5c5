"""What command lines mean."""

from __future__ import annotations

import pytest

from wizfi_emu.lint import commandlines as lines


@pytest.mark.parametrize(
    ("line", "word"),
    [(b"AT", "AT"), (b"at+ssend=0,,,5", "AT+SSEND"), (b"AT+WSTATUS", "AT+WSTATUS"), (b"\xff\xfe", "a command")],
)
def test_the_word_of_a_command(line: bytes, word: str) -> None:
    assert lines.word_of(line) == word


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b"AT+SSEND=0,,,5", 5),
        (b"at+ssend=1,10.0.0.1,80,1000,3000", 1000),
        (b"AT+MQTTPUB=topic, 12", 12),
        (b"AT+MCERT=W,C,1200", 1200),
        (b"AT+MCERT=R,C", None),
        (b"AT+SSEND=0", None),
        (b"AT", None),
    ],
)
def test_announced_bytes(line: bytes, count: int | None) -> None:
    assert lines.announced_bytes(line) == count


@pytest.mark.parametrize(
    ("line", "restarts", "uart"),
    [
        (b"AT+MRESET", True, False),
        (b"AT+MFDEF=FR", True, False),
        (b"AT+USET=57600,N,8,1,N", True, True),
        (b"AT+USET=?", False, False),
        (b"AT+MMAC=?", False, False),
        (b"AT+MMAC=00:08:DC:11:22:33", True, False),
        (b"AT+MPROF=S", False, False),
    ],
)
def test_what_restarts_the_module(line: bytes, restarts: bool, uart: bool) -> None:
    assert (lines.restarts(line), lines.is_uart_setup(line)) == (restarts, uart)


def test_what_updates_it() -> None:
    assert lines.updates(b"AT+FOTA")
    assert not lines.updates(b"AT+FWEBS=1,A")


def test_settings_that_matter() -> None:
    assert [lines.message_level(line) for line in (b"AT+MMSG=1", b"at+mmsg=3", b"AT+MMSG=?")] == [1, 3, None]
    assert [lines.escape_time_us(line) for line in (b"AT+SOPT1=10,200", b"AT+SOPT1=9,200")] == [200_000, None]


def test_how_long_a_host_has_to_wait() -> None:
    waits = [lines.patience_us(line) for line in (b"AT", b"AT+SSEND=0,,,5", b"at+wjoin", b"AT+WWPS=P")]
    assert waits == sorted(waits)
    assert waits[0] == lines.SECOND_US


def test_an_opening() -> None:
    opening = lines.opening_of(b"AT+SCON=O,tcn,192.168.12.1,5000,,1")
    assert opening is not None
    assert (opening.kind, opening.remote, opening.data_mode) == (b"TCN", b"192.168.12.1:5000", True)
    server = lines.opening_of(b"AT+SCON=O,TSN, , ,5000,0")
    assert server is not None
    assert (server.kind, server.remote, server.data_mode) == (b"TSN", b":", False)
    assert lines.opening_of(b"AT+SCON=?") is None
    assert lines.opening_of(b"AT+SMGMT=0") is None


def test_the_socket_of_a_command() -> None:
    assert lines.scid_of(b"AT+SSEND=3,,,5") == 3
    assert lines.scid_of(b"AT+SMGMT=3") is None
