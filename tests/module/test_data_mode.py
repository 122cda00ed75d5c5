"""Command mode and data mode: the table of changes, the escape sequence, the packets, AT+SDATA."""

from __future__ import annotations

import pytest

from tests.desk import (
    ERROR,
    GUIDE,
    INVALID_SCID,
    LINK_DOWN,
    MEASURED,
    MODE_STATUS,
    MS,
    OK,
    PEER_ADDRESS,
    Desk,
    S,
    event,
)
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module import effects as fx
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.worlds.memory.network import MemoryNetwork


def in_data_mode(firmware: str = MEASURED) -> Desk:
    """A TCP client in data mode, echo off."""
    desk = Desk(firmware, joined=True)
    desk.tcp_client(data_mode=True)
    assert desk.in_data_mode
    return desk


def order_of(desk: Desk) -> list[fx.Effect]:
    return [effect for effect in desk.effects if isinstance(effect, fx.UartSend | fx.SetPin)]


# --- the table of changes ---------------------------------------------------------------------------------------------


def test_tcp_client_enters_data_mode_before_it_says_so() -> None:
    desk = Desk(joined=True)
    desk.network.tcp_listen("l", 6000)
    desk.effects.clear()
    assert desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,1") == event("CONNECT", 0) + OK
    assert order_of(desk)[:2] == [fx.SetPin("led2", level=False), fx.UartSend(event("CONNECT", 0))]


def test_tcp_server_enters_data_mode_when_a_client_is_accepted() -> None:
    desk = Desk(joined=True)
    desk.tcp_server(data_mode=True)
    assert not desk.in_data_mode
    assert desk.at("AT+SDATA") == MODE_STATUS
    assert desk.visit() == event("CONNECT", 0)
    assert desk.in_data_mode


@pytest.mark.parametrize("setting", ["USN,,,5000,1", f"UCN,{PEER_ADDRESS},6000,,1"])
def test_udp_enters_data_mode_on_creation(setting: str) -> None:
    desk = Desk(joined=True)
    assert desk.at(f"AT+SCON=O,{setting}") == event("CONNECT", 0) + OK
    assert desk.in_data_mode


def test_escape_keeps_the_session() -> None:
    desk = in_data_mode()
    desk.send(b"+++")
    assert desk.quiet(S) == OK
    assert not desk.in_data_mode
    for open_type in ("O", "S", "SO"):
        assert desk.at(f"AT+SCON={open_type},TSN,,,5000,0") == MODE_STATUS
    assert desk.at("AT+SCON=O,TSN,,,5000,x") != MODE_STATUS
    assert desk.at("AT+WSTAT").startswith(b"IF/SSID/")


def test_return_to_data_mode_prints_ok_after_the_change() -> None:
    desk = in_data_mode()
    desk.exchange(b"+++", S)
    desk.effects.clear()
    assert desk.at("AT+SDATA") == OK
    assert order_of(desk) == [fx.SetPin("led2", level=False), fx.UartSend(OK)]
    desk.exchange(b"on")
    assert desk.got() == b"on"


def test_end_of_the_session_is_told_before_the_mode_changes() -> None:
    desk = in_data_mode()
    desk.effects.clear()
    assert desk.part() == event("DISCONNECT", 0)
    assert order_of(desk) == [fx.UartSend(event("DISCONNECT", 0)), fx.SetPin("led2", level=True)]
    assert desk.at("AT+SDATA") == MODE_STATUS


def with_a_second_socket(desk: Desk) -> None:
    """A session on socket 0 and a command socket 1 beside it: a data-mode server that waits allows others."""
    desk.tcp_server(data_mode=True)
    desk.tcp_client(peer="other")
    assert desk.visit() == event("CONNECT", 0)


def test_another_socket_does_not_end_the_session() -> None:
    desk = Desk(joined=True)
    with_a_second_socket(desk)
    assert desk.part("other") == event("DISCONNECT", 1)
    assert desk.in_data_mode
    desk.exchange(b"still")
    assert desk.got() == b"still"


def test_everything_received_is_raw_in_data_mode() -> None:
    desk = Desk(joined=True)
    with_a_second_socket(desk)
    assert desk.hear(b"session") == b"session"
    assert desk.hear(b"other", "other") == b"other"
    desk.exchange(b"+++", S)
    assert desk.hear(b"x", "other").endswith(b"1}x\r\n")


def test_socket_that_closes_without_a_session_leaves_command_mode_alone() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    assert desk.part() == event("DISCONNECT", 0)
    assert desk.at("AT") == OK


@pytest.mark.parametrize("escaped", [False, True])
def test_lost_link_ends_mode_and_session(escaped: bool) -> None:
    desk = in_data_mode()
    if escaped:
        desk.exchange(b"+++", S)
    desk.switch_network(on=False)
    assert desk.quiet(S) == event("DISCONNECT", 0) + LINK_DOWN
    assert not desk.in_data_mode
    assert desk.at("AT+SDATA") == MODE_STATUS


def test_leaving_ends_the_session() -> None:
    desk = in_data_mode()
    desk.exchange(b"+++", S)
    assert desk.at("AT+WLEAVE") == event("DISCONNECT", 0) + LINK_DOWN + OK
    assert desk.at("AT+SDATA") == MODE_STATUS


def test_data_for_a_socket_that_is_gone() -> None:
    desk = Desk(joined=True)
    desk.tcp_server(data_mode=True)
    desk.tcp_server(5001)
    desk.visit()
    desk.exchange(b"+++", S)
    desk.visit(5001, "other")
    assert desk.at("AT+SSEND=1,,,1").endswith(b"]\r\n")
    assert desk.exchange(b"x") == OK
    assert desk.at("AT+SMGMT=1") == OK + event("DISCONNECT", 1)
    assert desk.at("AT+SDATA") == OK  # the last AT+SCON was that of a TCP server
    assert desk.exchange(b"lost", 99 * MS) == b""
    assert desk.quiet(MS) == INVALID_SCID
    assert not desk.in_data_mode
    assert desk.at("AT+SCON=O,USN,,,9,0") == MODE_STATUS  # the session is still there
    assert desk.got() == b""


def test_data_while_a_command_socket_is_current() -> None:
    desk = Desk(joined=True)
    with_a_second_socket(desk)
    desk.exchange(b"+++", S)
    desk.at("AT+SSEND=1,,,3")
    assert desk.exchange(b"one") == OK
    assert desk.at("AT+SDATA") == OK
    desk.exchange(b"two")
    assert (desk.got("other"), desk.got()) == (b"onetwo", b"")


# --- AT+SDATA ---------------------------------------------------------------------------------------------------------


def test_sdata_with_a_current_socket_that_is_gone() -> None:
    desk = Desk(joined=True)
    with_a_second_socket(desk)
    desk.exchange(b"+++", S)
    desk.at("AT+SSEND=1,,,1")
    desk.exchange(b"x")
    desk.part("other")
    assert desk.at("AT+SDATA") == ERROR  # the last AT+SCON was that of a client


@pytest.mark.parametrize(("firmware", "answer"), [(GUIDE, ERROR), (MEASURED, MODE_STATUS)])
def test_sdata_without_a_session(firmware: str, answer: bytes) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+SDATA") == answer
    desk.join()
    desk.tcp_client()
    assert desk.at("AT+SDATA") == answer


# --- packets ----------------------------------------------------------------------------------------------------------


def test_flush_time_counts_from_the_first_byte() -> None:
    desk = in_data_mode()
    start_us = desk.now_us
    desk.send(b"a")
    desk.run(50 * MS)
    desk.send(b"b")
    desk.run(49 * MS)
    desk.send(b"c")
    assert desk.got() == b""
    desk.run(MS)
    assert (desk.got(), desk.now_us - start_us) == (b"abc", 100 * MS)


def test_flush_time_restarts_at_a_hundred_bytes() -> None:
    desk = in_data_mode()
    desk.send(b"x" * 99)
    desk.run(90 * MS)
    desk.send(b"y")
    desk.run(99 * MS)
    assert desk.got() == b""
    desk.run(MS)
    assert desk.got() == b"x" * 99 + b"y"


@pytest.mark.parametrize(("length", "at_once"), [(1460, 0), (1461, 1461), (1462, 1461), (5000, 4383)])
def test_full_packets_leave_at_once(length: int, at_once: int) -> None:
    desk = in_data_mode()
    desk.send(b"x" * length)
    assert len(desk.got()) == at_once
    desk.run(100 * MS)
    assert len(desk.got()) == length - at_once


def test_udp_packets() -> None:
    desk = Desk(joined=True)
    desk.udp_client(data_mode=True)
    desk.send(b"x" * 3000)
    desk.run(100 * MS)
    assert [len(data) for data in desk.network.datagrams("peer")] == [1461, 1461, 78]


@pytest.mark.parametrize(("firmware", "printed"), [(GUIDE, b""), (MEASURED, ERROR)])
def test_udp_server_without_a_peer(firmware: str, printed: bytes) -> None:
    desk = Desk(firmware, joined=True)
    desk.at("AT+SCON=O,USN,,,5000,1")
    assert desk.exchange(b"x", 100 * MS) == printed
    assert desk.exchange(b"x" * 2922, 0) == printed * 2
    desk.network.udp_open("peer")
    desk.datagram(5000, b"hello")
    desk.exchange(b"answer")
    assert desk.got() == b"answer"


def test_peer_that_does_not_read() -> None:
    desk = in_data_mode()
    desk.network.stall("peer")
    assert desk.exchange(b"lost", 100 * MS) == b""
    desk.send(b"waits")
    assert desk.module.uart_room < 65536
    assert desk.quiet(4999 * MS) == b""
    assert desk.quiet(MS) == b"\r\n[TCP Send Error]\r\n"
    assert desk.in_data_mode
    desk.feed(*desk.network.resume("peer"))
    desk.run(100 * MS)
    assert desk.got() == b"waits"


def test_udp_that_cannot_be_sent() -> None:
    desk = Desk(joined=True)
    host_map = HostMap(rules=(Rule("10.0.0.0/8", "pass"),), allow=("192.0.2.1",))
    desk.world.network = MemoryNetwork(AddressMap("127.0.0.1", host_map))
    desk.at("AT+SCON=O,UCN,10.0.0.1,7,,1")
    assert desk.exchange(b"x") == ERROR
    assert desk.in_data_mode


def test_bytes_without_a_current_socket_are_discarded() -> None:
    desk = Desk()
    desk.module.data_mode.enter()
    assert desk.exchange(b"nowhere" * 500) == b""
    assert desk.ordered(fx.SendData) == []
