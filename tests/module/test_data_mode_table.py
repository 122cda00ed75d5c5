"""Mode and session, row by row of the table in `wizfi_emu.module.data_mode`."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.desk import INVALID_SCID, LINK_DOWN, OK, Desk, S, event
from tests.module.tables import rows_of
from wizfi_emu.module import data_mode

ROWS = rows_of(data_mode)
WORDS = {
    "the sockets' events": b"[DISCONNECT ",
    "DISCONNECT": b"[DISCONNECT ",
    "CONNECT": b"[CONNECT ",
    "OK": OK,
    "INVALID SCID": INVALID_SCID,
    "Link-Down": LINK_DOWN,
}


def session() -> Desk:
    """In data mode, on a server."""
    desk = Desk(joined=True)
    desk.tcp_server(data_mode=True)
    desk.visit()
    return desk


def session_and_another() -> Desk:
    """In data mode on socket 0, with a command socket 1 beside it."""
    desk = Desk(joined=True)
    desk.tcp_server(data_mode=True)
    desk.tcp_client(peer="other")
    desk.visit()
    return desk


def escaped() -> Desk:
    desk = session()
    desk.exchange(b"+++", S)
    return desk


def waiting() -> Desk:
    desk = Desk(joined=True)
    desk.tcp_server(data_mode=True)
    return desk


def command_socket() -> Desk:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.module.data_mode.enter()
    return desk


def gone_socket() -> Desk:
    """A session, and the current socket is another one that AT+SSEND has named and that is closed now."""
    desk = session_and_another()
    desk.exchange(b"+++", S)
    assert desk.exchange(b"AT+SSEND=1,,,1\rx", S).endswith(OK)
    assert desk.at("AT+SMGMT=1") == OK + event("DISCONNECT", 1)
    desk.module.data_mode.enter()
    return desk


def lose_the_link(desk: Desk) -> bytes:
    desk.switch_network(on=False)
    return desk.read()


CASES: dict[str, tuple[Callable[[], Desk], Callable[[Desk], bytes]]] = {
    "a socket with DataMode 1 connects, UDP opens": (waiting, lambda desk: desk.visit()),
    "escape sequence": (session, lambda desk: desk.exchange(b"+++", S)),
    "AT+SDATA": (escaped, lambda desk: desk.at("AT+SDATA")),
    "the session's socket closes": (session, lambda desk: desk.part()),
    "another socket closes, with a session": (session_and_another, lambda desk: desk.part("other")),
    "a socket closes, without a session": (command_socket, lambda desk: desk.part()),
    "link lost, AT+WLEAVE": (session, lose_the_link),
    "transmission to a socket that is gone": (gone_socket, lambda desk: desk.exchange(b"x", S)),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row(row: tuple[str, ...]) -> None:
    name, mode, session_then, output = row
    arrange, act = CASES[name]
    desk = arrange()
    before, had_session = desk.module.data_mode.active, desk.module.data_mode.session is not None
    printed = act(desk)
    after = desk.module.data_mode
    assert after.active is {"DATA": True, "COMMAND": False, "stays": before}[mode]
    assert (after.session is not None) is {"begins": True, "stays": had_session, "ends": False, "none": False}[
        session_then
    ]
    if session_then == "stays":
        assert had_session
    words = re.findall("|".join(WORDS), output)
    assert words
    for word in words:
        assert WORDS[word] in printed


def test_every_case_is_a_row() -> None:
    assert [row[0] for row in ROWS] == list(CASES)
