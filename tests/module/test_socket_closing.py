"""Closing sockets: order of output, pauses, who else may be there, the list of sockets."""

from __future__ import annotations

import pytest

from tests.desk import (
    BOTH,
    GUIDE,
    INVALID_INPUT,
    INVALID_SCID,
    LINK_DOWN,
    MEASURED,
    MS,
    OK,
    PEER_ADDRESS,
    Desk,
    S,
    event,
)
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.worlds.memory.network import PeerError

# --- by command -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_one_socket_ok_first(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.udp_client(peer="udp")
    desk.tcp_server()
    for scid in (2, 1, 0):
        assert desk.exchange(f"AT+SMGMT={scid}\r".encode(), 0) == OK + event("DISCONNECT", scid)
    desk.network.expect_closed("peer")
    desk.network.tcp_refused(5000)
    assert desk.at("AT+SMGMT=?").startswith(b"Number of Sockets : 0 ")


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(("option", "pause_ms"), [(0, 100), (1, 1200), (2, 1200)])
def test_all_sockets_events_first(firmware: str, option: int, pause_ms: int) -> None:
    desk = Desk(firmware, joined=True)
    for port in (5000, 5001, 5002):
        desk.at(f"AT+SCON=O,USN,,,{port},0")
    desk.ok(f"AT+FSOCK=9,{option}")
    desk.send(b"AT+SMGMT=all\r")
    assert desk.quiet(pause_ms * MS - 1) == event("DISCONNECT", 0)
    assert desk.quiet(pause_ms * MS) == event("DISCONNECT", 1)
    assert desk.quiet(pause_ms * MS) == event("DISCONNECT", 2)
    assert desk.quiet(1) == OK


def test_socket_that_goes_by_itself_while_all_are_closed() -> None:
    desk = Desk(joined=True)
    desk.tcp_client(peer="first")
    desk.tcp_client(peer="second")
    desk.send(b"AT+SMGMT=ALL\r")
    assert desk.part("second") == event("DISCONNECT", 0) + event("DISCONNECT", 1)
    assert desk.quiet(100 * MS) == OK


def test_server_that_still_waits() -> None:
    desk = Desk(joined=True)
    desk.send(b"AT+SCON=O,TSN,,,5000,0\r")
    desk.run(100 * MS)
    assert desk.at("AT+SMGMT=0") == OK + OK + event("DISCONNECT", 0)


@pytest.mark.parametrize(("firmware", "answer"), [(GUIDE, INVALID_SCID), (MEASURED, INVALID_INPUT)])
def test_wrong_ids(firmware: str, answer: bytes) -> None:
    desk = Desk(firmware, joined=True)
    for left_out in ("", ",0"):
        assert desk.at(f"AT+SMGMT={left_out}") == (INVALID_INPUT if firmware == GUIDE else OK)
    assert desk.at("AT+SMGMT=x") == INVALID_SCID
    assert desk.at("AT+SMGMT=ALLX") == INVALID_SCID
    for scid in (0, 7, 8, 255):
        assert desk.at(f"AT+SMGMT={scid}") == answer
    desk.udp_client()
    assert desk.at("AT+SMGMT=1") == answer
    assert desk.at("AT+SMGMT=256") == OK + event("DISCONNECT", 0)  # modulo 256


def test_data_given_before_is_not_sent_to_a_closed_socket() -> None:
    desk = Desk(joined=True)
    desk.tcp_client(data_mode=True)
    desk.exchange(b"+++", S)
    desk.at("AT+SMGMT=0")
    desk.effects.clear()
    desk.run(S)
    assert desk.ordered(fx.SendData) == []


def test_late_events_find_nobody() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.at("AT+SMGMT=0")
    for late in (
        ev.SocketReceived(1, b"x", "1.2.3.4", 5),
        ev.SocketClosed(1),
        ev.SocketSent(1),
        ev.SocketOpened(1, 5),
        ev.SocketAccepted(1, "1.2.3.4", 5),
        ev.SocketFailed(1, ev.Failure.RESET),
    ):
        desk.feed(late)
    assert desk.read() == b""


def test_delayed_response_and_a_link_that_is_lost_meanwhile() -> None:
    """The event of a socket is printed once, whoever closes it."""
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.module.ram.event_delay_ms = 100
    desk.effects.clear()
    desk.send(b"AT+SMGMT=0\r")
    desk.feed(ev.SocketReceived(1, b"late", "1.2.3.4", 5))
    desk.switch_network(on=False)
    assert desk.quiet(5 * S) == OK + event("DISCONNECT", 0) + LINK_DOWN
    assert len([effect for effect in desk.effects if isinstance(effect, fx.CloseSocket)]) == 1


def test_id_stays_taken_until_the_event() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+FSOCK=9,1")
    desk.at("AT+SCON=O,USN,,,6000,0")
    desk.tcp_server()
    desk.module.ram.event_delay_ms = 255
    desk.exchange(b"AT+SMGMT=0\r", 0)
    slot = desk.module.slots.free_id
    assert slot == 2
    desk.run(2 * S)
    assert desk.module.slots.free_id in (0, 2)


# --- by other causes --------------------------------------------------------------------------------------------------


def test_peer_closes() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.effects.clear()
    assert desk.part() == event("DISCONNECT", 0)
    assert desk.ordered(fx.CloseSocket) == [fx.CloseSocket(1)]
    assert desk.at("AT+SMGMT=0") == INVALID_INPUT


def open_three(desk: Desk) -> bytes:
    desk.tcp_client()
    desk.at("AT+SCON=O,USN,,,6000,0")
    desk.tcp_server()
    return b"".join(event("DISCONNECT", scid) for scid in range(3))


@pytest.mark.parametrize("firmware", BOTH)
def test_leaving(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    events = open_three(desk)
    assert desk.at("AT+WLEAVE", 300 * MS - 1) == events
    assert desk.quiet(1) == LINK_DOWN + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_reset(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    events = open_three(desk)
    assert desk.at("AT+MRESET", 799 * MS) == OK + events + LINK_DOWN
    assert desk.quiet(MS) == desk.banner


def test_lost_link_closes_all_at_once() -> None:
    desk = Desk(joined=True)
    events = open_three(desk)
    desk.switch_network(on=False)
    assert desk.quiet(0) == events + LINK_DOWN
    desk.network.expect_closed("peer")
    desk.network.tcp_refused(5000)


def test_connected_server_says_it_once_when_the_link_is_lost() -> None:
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.visit()
    desk.switch_network(on=False)
    assert desk.quiet(S) == event("DISCONNECT", 0) + LINK_DOWN


def test_udp_socket_that_is_not_bound_yet_is_not_shown_and_goes_silently() -> None:
    desk = Desk(joined=True)
    desk.module.handle(ev.UartReceived(b"AT+SCON=O,USN,,,6000,0\r"), desk.now_us)  # past the bench: never bound
    desk.run(100 * MS)
    assert desk.at("AT+SMGMT=?").endswith(b"Sockets : 0 (SCID/Mode/Remote/Local/DataMode)\r\n" + OK)
    assert desk.module.slots.free_id == 1
    desk.switch_network(on=False)
    assert desk.quiet(S) == LINK_DOWN
    assert desk.module.slots.free_id == 0


def test_transmission_that_waits_fails_when_the_link_is_lost() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.network.stall("peer")
    desk.at("AT+SSEND=0,,,5")
    desk.send(b"hello")
    desk.effects.clear()
    desk.switch_network(on=False)
    assert desk.quiet(S) == event("DISCONNECT", 0) + INVALID_SCID + LINK_DOWN
    assert desk.ordered(fx.SendData) == []


# --- the list ---------------------------------------------------------------------------------------------------------


def test_list_of_the_measured_firmware() -> None:
    desk = Desk(joined=True)
    port = desk.tcp_client()
    desk.at("AT+SCON=O,USN,,,6000,0")
    desk.tcp_server()
    desk.udp_client(peer="udp")
    rows = f"0/TCN/{PEER_ADDRESS}:{port}/30001/0\r\n1/USN/0.0.0.0:0/6000/0\r\n2/TSN/0.0.0.0:0/5000/0\r\n"
    rows += f"3/UCN/{PEER_ADDRESS}:{desk.network.port('udp')}/49152/0\r\n"
    assert desk.at("AT+SMGMT=?") == (
        b"Number of Sockets : 4 (SCID/Mode/Remote/Local/DataMode)\r\n" + rows.encode() + OK
    )
    desk.visit(peer="visitor")
    assert f"2/TSN/127.0.0.1:{desk.network.port('visitor')}/5000/0\r\n".encode() in desk.at("AT+SMGMT=?")


def test_list_of_the_guide() -> None:
    desk = Desk(GUIDE, joined=True)
    desk.at("AT+SCON=O,USN,,,6000,0")
    assert desk.at("AT+SMGMT=?") == (
        b"Number of Sockets : 1 (SCID/Socket/Mode/Remote/Local/DataMode)\r\n0/USN/0.0.0.0:/6000/0\r\n" + OK
    )


def test_data_mode_socket_is_listed_as_such() -> None:
    desk = Desk(MEASURED, joined=True)
    desk.tcp_server(data_mode=True)
    assert b"0/TSN/0.0.0.0:0/5000/1\r\n" in desk.at("AT+SMGMT=?")


# --- AT+WLEAVE, and sockets that wait for their port ------------------------------------------------------------------


def test_socket_that_gets_its_port_while_all_are_closed_is_closed_too() -> None:
    desk = Desk(MEASURED, joined=True)
    desk.at("AT+SCON=O,USN,,,5000,0")
    desk.ok("AT+SCON=O,USN,,,5000,0")
    closed = event("DISCONNECT", 0) + event("CONNECT", 1) + event("DISCONNECT", 1)
    assert desk.at("AT+SMGMT=ALL", S) == closed + OK
    assert desk.at("AT+SMGMT=?").startswith(b"Number of Sockets : 0 ")


def test_socket_that_waits_for_its_port_ends_with_the_link() -> None:
    desk = Desk(MEASURED, joined=True)
    desk.at("AT+SCON=O,USN,,,5000,0")
    desk.ok("AT+SCON=O,USN,,,5000,0")
    desk.switch_network(on=False)
    assert desk.read() == event("DISCONNECT", 0) + LINK_DOWN
    assert desk.quiet(5 * S) == b""


def test_service_with_a_client_opens_again_after_leave_and_join() -> None:
    """The server that listened during AT+WLEAVE, and would end 3 s later, is out of its way."""
    desk = Desk(MEASURED, joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,0")
    desk.at("AT+WLEAVE")
    desk.at("AT+WJOIN", S)
    assert desk.visit() == event("CONNECT", 0)
    assert desk.at("AT+WLEAVE") == event("DISCONNECT", 0) + LINK_DOWN + OK
    with pytest.raises(PeerError):
        desk.visit(peer="later")
    assert desk.at("AT+WJOIN", S).endswith(OK + event("DISCONNECT", 0))
    assert desk.visit(peer="again") == event("CONNECT", 0)
    assert desk.quiet(5 * S) == b""
