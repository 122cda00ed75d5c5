"""What piles up in the machine ends at a limit, and the machine says so."""

from __future__ import annotations

from tests.desk import OK, PEER_ADDRESS, Desk, S, event
from wizfi_emu.module import deferral, output
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.air import WAITING_COMMANDS_MAX

DELAY_MS = 255
DELAY_US = DELAY_MS * 1000


def delayed_server() -> Desk:
    desk = Desk(joined=True)
    desk.tcp_server()
    desk.at(f"AT+MEVTDELAY={DELAY_MS}", 2 * S)
    return desk


def warnings(desk: Desk) -> list[str]:
    return [entry.text for entry in desk.ordered(fx.Log) if isinstance(entry, fx.Log)]


def server_sock(desk: Desk) -> int:
    (slot,) = desk.module.slots.open_slots
    return slot.sock


def come_send_and_go(desk: Desk) -> bool:
    """A client does what the module lets it; whether there was a listener for it."""
    sock = server_sock(desk)
    desk.feed(ev.SocketAccepted(sock, PEER_ADDRESS, 4000), ev.SocketReceived(sock, b"x", PEER_ADDRESS, 4000))
    desk.feed(ev.SocketClosed(sock))
    return any(isinstance(effect, fx.ListenTcp) for effect in desk.effects)


def test_a_server_listens_again_only_when_there_is_room_for_the_events_of_the_next_client() -> None:
    desk = delayed_server()
    for _ in range(output.HELD_EVENTS_FULL // 2 - 1):
        desk.effects.clear()
        assert come_send_and_go(desk)
        assert desk.module.network_room
    desk.effects.clear()
    old = server_sock(desk)
    assert not come_send_and_go(desk)
    assert not desk.module.network_room
    assert not any(isinstance(effect, fx.CloseSocket) for effect in desk.effects)
    desk.run(DELAY_US)
    ordered = [effect for effect in desk.effects if isinstance(effect, fx.ListenTcp | fx.CloseSocket)]
    assert ordered == [fx.ListenTcp(server_sock(desk), 5000, None), fx.CloseSocket(old)]
    assert desk.module.network_room
    assert warnings(desk) == []
    desk.send(b"AT\r")
    assert desk.quiet((output.HELD_EVENTS_FULL + 1) * DELAY_US).endswith(OK)


def test_a_server_that_is_closed_while_it_waits_for_room_does_not_listen_again() -> None:
    desk = delayed_server()
    while come_send_and_go(desk):
        desk.effects.clear()
    old = server_sock(desk) - 1
    desk.effects.clear()
    desk.module.sockets.drop_all()
    desk.run((output.HELD_EVENTS_FULL + 2) * DELAY_US)
    assert not any(isinstance(effect, fx.ListenTcp) for effect in desk.effects)
    assert fx.CloseSocket(old) in desk.effects


def test_events_that_nothing_can_hold_up_are_lost_beyond_the_limit() -> None:
    desk = delayed_server()
    desk.effects.clear()
    for _ in range(2 * output.HELD_EVENTS_MAX):
        desk.module.output.delayed(b"x")
    assert desk.module.output.lost_pieces == output.HELD_EVENTS_MAX
    desk.run(0)
    assert warnings(desk) == ["AT+MEVTDELAY holds too much output back: some of it is lost"]
    assert desk.at("AT", (output.HELD_EVENTS_MAX + 1) * DELAY_US) == b"x" * output.HELD_EVENTS_MAX + OK


def test_data_behind_a_delayed_event_ends_at_the_limit() -> None:
    desk = delayed_server()
    desk.visit()
    desk.effects.clear()
    data = bytes(1460)
    while desk.module.network_room:
        desk.hear(data)
    for _ in range(5 * output.HELD_BYTES_FULL // len(data)):
        desk.hear(data)
    assert desk.module.output.lost_pieces
    assert warnings(desk) == ["AT+MEVTDELAY holds too much output back: some of it is lost"]
    printed = desk.quiet(DELAY_US)
    assert printed.startswith(event("CONNECT", 0))
    assert output.HELD_BYTES_FULL < len(printed) <= output.HELD_BYTES_MAX + 2 * len(data)
    assert desk.module.network_room
    assert desk.hear(b"y").endswith(b"}y\r\n")


def test_what_comes_before_the_end_of_scon_ends_at_the_limit() -> None:
    desk = Desk("guide", "connect_before_ok=false", joined=True)
    desk.at(f"AT+MEVTDELAY={DELAY_MS}", 2 * S)
    port = desk.network.udp_open("peer")
    desk.send(f"AT+SCON=O,UCN,{PEER_ADDRESS},{port},6000,0\r".encode())
    desk.effects.clear()
    data = bytes(60_000)
    assert desk.module.network_room
    desk.datagram(6000, data)
    desk.datagram(6000, data)
    assert not desk.module.network_room
    for _ in range(10):
        desk.datagram(6000, data)
    kept = deferral.BYTES_MAX // len(data) + 1
    assert desk.module.sockets.deferral.lost_events == 12 - kept
    assert warnings(desk) == ["too much data came before the end of AT+SCON: some is lost"]
    printed = desk.quiet(5 * S)
    assert printed.startswith(OK)
    assert printed.count(data) == kept
    assert desk.module.network_room


def test_air_commands_that_wait_end_at_the_limit() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+MAIRCMD=O,U,50001,1")
    desk.network.udp_open("peer")
    desk.run(S)
    assert desk.at("AT", 0) == OK  # the air waits for a silence behind it
    desk.effects.clear()
    for _ in range(2 * WAITING_COMMANDS_MAX):
        desk.datagram(50001, b"WizFi250AirCmd:AT\r")
    assert warnings(desk) == ["too many air commands at once: some are lost"]
    desk.run(10 * S)
    assert desk.network.datagrams("peer") == [OK] * WAITING_COMMANDS_MAX
    desk.datagram(50001, b"WizFi250AirCmd:AT\r")
    desk.run(S)
    assert desk.network.datagrams("peer") == [OK]
