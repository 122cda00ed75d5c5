"""Logs and tables as what host and module said."""

from __future__ import annotations

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.scenario.importing.session import UNTIMED_US, kind_of, read_session


@pytest.mark.parametrize(("name", "kind"), [("uart.CSV", "csv"), ("uart.tsv", "csv"), ("putty.log", "log")])
def test_the_name_says_what_a_file_is(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_log() -> None:
    session = read_session(b"[12:00:00.5] AT\n[12:00:00.7] [OK]\n", "log", "log", echo=False)
    (host_us, host), (module_us, module) = session.items()
    assert module_us - host_us == 200_000
    assert (host, module) == (ev.UartReceived(b"AT\r"), fx.UartSend(b"[OK]\r\n"))


def test_a_log_without_times() -> None:
    session = read_session(b"AT\n[OK]\nwhat is this\n", "log", "log", echo=False)
    assert [time_us for time_us, _ in session.items()] == [UNTIMED_US, 2 * UNTIMED_US]
    assert session.left_out == [3]


def test_a_table() -> None:
    session = read_session(b"time,tx,rx\n0.1,AT\\r,\n0.2,,[OK]\\r\\n\n", "uart.csv", "csv")
    assert [(time_us, item.data) for time_us, item in session.items()] == [
        (100_000, b"AT\r"),
        (200_000, b"[OK]\r\n"),
    ]


def test_no_session_at_all() -> None:
    with pytest.raises(UserError, match="log: there is no command in this log"):
        read_session(b"hello\n", "log", "log")
