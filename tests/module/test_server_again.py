"""A TCP server that loses its client listens again under the same id (firmware 1.0.5.2)."""

from __future__ import annotations

import pytest

from tests.desk import MODE_STATUS, MS, OK, Desk, S, event


def data_server() -> Desk:
    desk = Desk(joined=True)
    desk.tcp_server(data_mode=True)
    assert desk.visit() == event("CONNECT", 0)
    return desk


def test_same_id_and_port() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+MEVTMSG=1")
    assert desk.at("AT+SCON=O,TSN,,,5000,0") == event("LISTEN", 0) + OK
    for _ in range(3):
        assert desk.visit() == event("CONNECT", 0)
        assert desk.hear(b"x").startswith(b"{0,")
        assert desk.part() == event("DISCONNECT", 0) + event("LISTEN", 0)
        assert b"0/TSN/0.0.0.0:0/5000/0\r\n" in desk.at("AT+SMGMT=?")


def test_data_mode_again_after_data_mode() -> None:
    desk = data_server()
    assert desk.part() == event("DISCONNECT", 0)
    assert not desk.in_data_mode
    assert desk.at("AT+SDATA") == MODE_STATUS
    desk.visit()
    assert desk.in_data_mode


def test_command_mode_again_after_an_escape_until_a_connection_ends_in_data_mode() -> None:
    desk = data_server()
    desk.exchange(b"+++", S)
    desk.part()
    for _ in range(2):
        assert desk.visit() == event("CONNECT", 0)
        assert not desk.in_data_mode
        assert desk.at("AT+SCON=O,TSN,,,5001,0") == MODE_STATUS  # the session exists
        assert desk.part() == event("DISCONNECT", 0)
    desk.visit()
    assert desk.at("AT+SDATA") == OK
    assert desk.in_data_mode
    desk.part()
    desk.visit()
    assert desk.in_data_mode


def test_data_mode_goes_on_with_the_next_client_after_one_that_stalled_and_broke_off() -> None:
    """The transmission to the old connection does not hold up the bytes for the next one."""
    desk = data_server()
    desk.network.stall("peer")
    assert desk.exchange(b"to the first", 200 * MS) == b""
    assert desk.module.data_mode.blocked
    desk.feed(*desk.network.break_off("peer"))
    assert desk.read() == event("DISCONNECT", 0)
    assert not desk.module.data_mode.blocked
    assert desk.visit(peer="second") == event("CONNECT", 0)
    desk.exchange(b"to the second", 200 * MS)
    assert desk.got("second") == b"to the second"


def test_client_that_waits_comes_next() -> None:
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.visit()
    assert desk.visit(peer="second") == b""
    assert desk.part() == event("DISCONNECT", 0) + event("CONNECT", 0)
    assert desk.hear(b"x", "second").startswith(b"{0,")


def test_collected_data_is_not_sent_to_the_next_client() -> None:
    desk = data_server()
    desk.send(b"for the first")
    desk.part()
    desk.visit(peer="second")
    desk.run(S)
    assert desk.got("second") == b""


@pytest.mark.parametrize("command", ["AT+SMGMT=0", "AT+SMGMT=ALL"])
def test_closed_by_command_it_does_not(command: str) -> None:
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.visit()
    assert event("DISCONNECT", 0) in desk.at(command)
    desk.run(5 * S)
    assert desk.at("AT+SMGMT=?").startswith(b"Number of Sockets : 0 ")
    desk.network.tcp_refused(5000)


def test_idle_client_makes_room_for_the_next() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=5,5")
    desk.tcp_server()
    desk.visit()
    assert desk.quiet(7 * S) == event("DISCONNECT", 0)
    desk.network.expect_closed("peer")
    assert desk.visit(peer="second") == event("CONNECT", 0)


def test_broken_connection_too() -> None:
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.visit()
    desk.feed(*desk.network.break_off("peer"))
    assert desk.read() == event("DISCONNECT", 0)
    assert desk.visit(peer="second") == event("CONNECT", 0)


def test_with_option_9_set_to_1_a_new_socket_takes_its_place() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=9,1")
    desk.tcp_server()
    desk.run(200 * MS)
    desk.visit()
    assert desk.part() == event("DISCONNECT", 0)
    desk.network.tcp_refused(5000)
    desk.run(1300 * MS)
    assert desk.visit(peer="second") == event("CONNECT", 0)


def test_waiting_server_takes_the_port_of_one_that_wants_to_listen_again() -> None:
    """Firmware 1.0.5.2: only one server of a port waits; the other one says DISCONNECT twice and is gone."""
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.visit()
    desk.tcp_server()
    assert desk.part() == event("DISCONNECT", 0) * 2
    assert b"Number of Sockets : 1" in desk.at("AT+SMGMT=?")
    assert desk.visit(peer="second") == event("CONNECT", 1)
