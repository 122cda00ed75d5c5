"""Opening sockets: ids, who may stand beside whom, order of output, local ports, names, TLS."""

from __future__ import annotations

import pytest

from tests.desk import (
    BOTH,
    GUIDE,
    INVALID_INPUT,
    INVALID_SCID,
    MEASURED,
    MODE_STATUS,
    MS,
    OK,
    PEER_ADDRESS,
    WIFI_STATUS,
    Desk,
    S,
    event,
)
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.worlds.memory.network import MemoryNetwork

SILENT = AddressMap("127.0.0.1", HostMap(rules=(Rule("10.0.0.0/8", "silent"),)))
FIRST = {GUIDE: lambda connect: OK + connect, MEASURED: lambda connect: connect + OK}


def desk_with_silence(firmware: str = MEASURED) -> Desk:
    desk = Desk(firmware, joined=True)
    desk.world.network = MemoryNetwork(SILENT)
    return desk


# --- ids --------------------------------------------------------------------------------------------------------------


def test_lowest_free_id_and_at_most_eight() -> None:
    desk = Desk(joined=True)
    for scid in range(8):
        assert desk.at(f"AT+SCON=O,USN,,,{6000 + scid},0") == event("CONNECT", scid) + OK
    assert desk.at("AT+SCON=O,USN,,,7000,0") == INVALID_SCID
    for closed in (6, 2):
        desk.at(f"AT+SMGMT={closed}")
    for scid in (2, 6):
        assert desk.at(f"AT+SCON=O,USN,,,{7000 + scid},0") == event("CONNECT", scid) + OK
    assert desk.at("AT+SCON=?") == b"O,USN,0.0.0.0,0,7006,0\r\n" + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_who_may_stand_beside_whom(firmware: str) -> None:
    desk = Desk(firmware)
    assert desk.at("AT+SCON=O,TSN,,,x,0") == WIFI_STATUS
    desk.join()
    desk.tcp_server()
    assert desk.at("AT+SCON=O,TSN,,,5001,1") == INVALID_INPUT  # data mode beside any socket
    assert desk.at("AT+SCON=O,TSS,,,5001,0") == INVALID_INPUT  # secure beside any socket
    assert desk.at(f"AT+SCON=O,UCS,{PEER_ADDRESS},1,,0") == INVALID_INPUT  # counts as secure
    desk.at("AT+SMGMT=ALL")
    if firmware == GUIDE:
        assert desk.at("AT+SCON=O,USS,,,5001,0") == INVALID_INPUT
        desk.at("AT+SCON=O,TSS,,,5001,0")
    else:
        assert event("CONNECT", 0) in desk.at("AT+SCON=O,USS,,,5001,0")  # plain, and still secure by its name
        assert b"0/USS/" in desk.at("AT+SMGMT=?")
    assert desk.at("AT+SCON=O,USN,,,5002,0") == INVALID_INPUT  # normal beside a secure one
    assert desk.at("AT+SCON=S,USN,,,5002,0") == OK
    desk.at("AT+SMGMT=ALL")
    assert event("CONNECT", 0) in desk.at("AT+SCON=O,USN,,,5001,1")
    desk.exchange(b"+++", S)
    assert desk.at("AT+SCON=O,TSN,,,65536,0") == MODE_STATUS


@pytest.mark.parametrize("open_type", ["O", "S", "SO"])
def test_udp_server_with_the_peer_of_an_open_socket(open_type: str) -> None:
    desk = Desk(joined=True)
    desk.at(f"AT+SCON=O,UCN,{PEER_ADDRESS},7000,,0")
    assert desk.at(f"AT+SCON={open_type},USN,{PEER_ADDRESS},7000,5001,0") == INVALID_INPUT
    assert desk.at(f"AT+SCON={open_type},USN,{PEER_ADDRESS},7001,5001,0") in (OK, event("CONNECT", 1) + OK)


def test_second_server_that_waits_on_a_port_ends_at_once() -> None:
    desk = Desk(joined=True)
    desk.tcp_server()
    assert desk.at("AT+SCON=O,TSN,,,5000,0") == event("DISCONNECT", 1) + OK
    assert b"Number of Sockets : 1" in desk.at("AT+SMGMT=?")
    desk.visit()
    assert desk.at("AT+SCON=O,TSN,,,5000,0") == OK
    assert desk.visit(peer="second") == event("CONNECT", 1)


def test_second_udp_socket_of_a_port_is_nothing() -> None:
    desk = Desk(joined=True)
    assert desk.at("AT+SCON=O,USN,,,5000,0") == event("CONNECT", 0) + OK
    assert desk.at("AT+SCON=O,USN,,,5000,0") == OK
    assert desk.quiet(5 * S) == b""
    assert desk.at("AT+SCON=O,USN,,,5001,0") == event("CONNECT", 1) + OK


# --- order of output --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_udp(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    assert desk.at("AT+SCON=O,USN,,,5000,0") == FIRST[firmware](event("CONNECT", 0))


@pytest.mark.parametrize("firmware", BOTH)
def test_tcp_server(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+MEVTMSG=1")
    assert desk.at("AT+SCON=O,TSN,,,5000,0") == event("LISTEN", 0) + OK
    assert desk.visit() == event("CONNECT", 0)


@pytest.mark.parametrize("firmware", BOTH)
def test_client_that_comes_before_ok(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    desk.send(b"AT+SCON=O,TSN,,,5000,0\r")
    desk.run(50 * MS)
    early = desk.visit() + desk.hear(b"x")
    late = desk.quiet(50 * MS)
    shown = event("CONNECT", 0) + b"{0,127.0.0.1,40000,1}x\r\n"
    assert (early, late) == {GUIDE: (b"", OK + shown), MEASURED: (shown, OK)}[firmware]


@pytest.mark.parametrize("firmware", BOTH)
def test_fast_tcp_client(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    desk.network.tcp_listen("l", 6000)
    desk.send(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0\r".encode())
    early, late = desk.quiet(100 * MS - 1), desk.quiet(1)
    connect = event("CONNECT", 0)
    assert (early, late) == {GUIDE: (b"", OK + connect), MEASURED: (connect, OK)}[firmware]


@pytest.mark.parametrize("firmware", BOTH)
def test_slow_tcp_client(firmware: str) -> None:
    desk = desk_with_silence(firmware)
    assert desk.at("AT+SCON=O,TCN,10.0.0.1,6000,,0") == OK
    assert b"0/TCN/10.0.0.1:6000/" in desk.at("AT+SMGMT=?")
    desk.feed(ev.SocketOpened(1, 30001))
    assert desk.read() == event("CONNECT", 0)


@pytest.mark.parametrize("firmware", BOTH)
def test_refused_tcp_client(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    assert desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,,0") == FIRST[firmware](event("DISCONNECT", 0))
    assert desk.at("AT+SCON=O,USN,,,5000,0").count(event("CONNECT", 0)) == 1


@pytest.mark.parametrize("firmware", BOTH)
def test_tcp_client_without_an_answer(firmware: str) -> None:
    desk = desk_with_silence(firmware)
    desk.send(b"AT+SCON=O,TCN,10.0.0.1,6000,,1\r")
    assert desk.quiet(5 * S - 1) == OK
    assert desk.quiet(1) == event("DISCONNECT", 0)
    assert not desk.in_data_mode


@pytest.mark.parametrize("firmware", BOTH)
def test_lost_link_while_the_command_waits(firmware: str) -> None:
    desk = desk_with_silence(firmware)
    desk.send(b"AT+SCON=O,TCN,10.0.0.1,6000,,0\r")
    desk.switch_network(on=False)
    assert desk.quiet(10 * S) == event("DISCONNECT", 0) + b"\r\n[Link-Down Event]\r\n" + OK


@pytest.mark.parametrize("switches", [(), ("data_mode_on_opening=true",)])
def test_socket_of_the_mode_that_is_not_linked_is_nothing(switches: tuple[str, ...]) -> None:
    desk = Desk(MEASURED, *switches, joined=True)
    desk.ok("AT+WSET2=1,mine")
    for parameters in ("TSN,,,5000,1", "TCN,1.2.3.4,5000,,1"):
        assert desk.at(f"AT+SCON=O,{parameters}") == event("DISCONNECT", 0) + OK
    desk.ok("AT+SCON=O,USN,,,5000,0", "AT+SCON=O,UCN,1.2.3.4,5000,,0")
    assert not desk.in_data_mode
    assert desk.at("AT+SMGMT=?").startswith(b"Number of Sockets : 0 ")
    assert desk.at("AT+SDATA") == MODE_STATUS


# --- local ports ------------------------------------------------------------------------------------------------------


def ports_shown(desk: Desk) -> list[int]:
    rows = desk.at("AT+SMGMT=?").split(b"\r\n")[1:-2]
    return [int(row.split(b"/")[3]) for row in rows]


@pytest.mark.parametrize(("seed", "first"), [(0, 30001), (1, 30002), (9999, 40000), (10000, 30001)])
def test_tcp_clients_count_up_from_a_random_port(seed: int, first: int) -> None:
    desk = Desk()
    desk.feed(ev.PoweredOn(desk.image, seed=seed))
    desk.exchange(b"AT+MECHO=0\r")
    desk.join()
    for number in range(3):
        desk.tcp_client(peer=f"peer {number}")
    ports = [effect.local_port for effect in desk.effects if isinstance(effect, fx.ConnectTcp)]
    assert ports == [first, first + 1, first + 2]


def test_stack_chooses_where_ports_are_not_random() -> None:
    desk = Desk(MEASURED, "random_client_ports=false", joined=True)
    desk.tcp_client()
    assert [effect.local_port for effect in desk.effects if isinstance(effect, fx.ConnectTcp)] == [0]
    assert ports_shown(desk) == [49152]


def test_configured_port_and_the_real_one() -> None:
    desk = Desk(joined=True)
    desk.network.tcp_listen("l", 6000)
    desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,4711,0")
    desk.at(f"AT+SCON=O,UCN,{PEER_ADDRESS},6000,,0")
    assert ports_shown(desk) == [4711, 49152]
    assert desk.at("AT+SCON=?") == b"O,UCN,192.168.12.50,6000,0,0\r\n" + OK


def test_client_takes_another_port_when_its_own_is_in_use() -> None:
    desk = Desk(joined=True)
    desk.tcp_server(4711)
    desk.network.tcp_listen("l", 6000)
    assert desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},6000,4711,0") == event("CONNECT", 1) + OK
    assert ports_shown(desk) == [4711, 49152]


# --- names ------------------------------------------------------------------------------------------------------------


def connects(desk: Desk) -> list[tuple[str, int]]:
    return [(effect.address, effect.port) for effect in desk.effects if isinstance(effect, fx.ConnectTcp)]


def test_name_takes_the_place_of_the_empty_address() -> None:
    desk = Desk(joined=True)
    desk.network.tcp_listen("l", 80)
    desk.ok("AT+SDNAME=www.google.com")
    assert desk.at("AT+SCON=O,TCN,0.0.0.0,80,,0", 300 * MS) == event("CONNECT", 0) + OK
    assert b"0/TCN/173.194.33.38:80/" in desk.at("AT+SMGMT=?")
    assert desk.at("AT+SCON=?") == b"O,TCN,0.0.0.0,80,0,0\r\n" + OK
    assert connects(desk) == [("173.194.33.38", 80)]
    desk.at("AT+SMGMT=0")
    desk.effects.clear()
    desk.at(f"AT+SCON=O,TCN,{PEER_ADDRESS},80,,0")
    assert connects(desk) == [(PEER_ADDRESS, 80)]


def test_unknown_name_goes_on_with_the_empty_address() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SDNAME=nobody.example")
    assert desk.at("AT+SCON=O,TCN,0.0.0.0,80,,0", 300 * MS) == event("DISCONNECT", 0) + OK
    assert connects(desk) == [("0.0.0.0", 80)]


def test_name_of_three_characters_is_none() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SDNAME=abc")
    desk.at("AT+SCON=O,TCN,0.0.0.0,80,,0", 300 * MS)
    assert desk.ordered(fx.Resolve) == []


def test_servers_look_the_name_up_too() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SDNAME=www.google.com")
    assert desk.at("AT+SCON=O,USN,,,5000,0", 300 * MS) == event("CONNECT", 0) + OK
    assert b"0/USN/173.194.33.38:0/5000/0" in desk.at("AT+SMGMT=?")
    desk.tcp_server(5001)
    assert len(desk.ordered(fx.Resolve)) == 2


def test_socket_that_is_closed_while_its_name_is_looked_up() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SDNAME=www.google.com")
    # Past the bench: the name server does not answer.
    effects = desk.module.handle(ev.UartReceived(b"AT+SCON=O,TSN,,,5000,0\r"), desk.now_us)
    (lookup,) = [effect for effect in effects if isinstance(effect, fx.Resolve)]
    desk.run(100 * MS)
    assert desk.at("AT+SMGMT=0").endswith(OK + event("DISCONNECT", 0))
    desk.effects.clear()
    desk.feed(ev.NameResolved(lookup.request, "1.2.3.4"))
    assert desk.effects == []


# --- TLS --------------------------------------------------------------------------------------------------------------


def test_identity_is_made_once_and_kept() -> None:
    desk = Desk(joined=True)
    desk.network.tcp_listen("l", 443)
    assert desk.at(f"AT+SCON=O,TCS,{PEER_ADDRESS},443,,0") == event("CONNECT", 0) + OK
    (made,) = [effect for effect in desk.effects if isinstance(effect, fx.MakeIdentity)]
    assert made.common_name == "WizFi250 00:08:DC:00:00:00"
    (connect,) = [effect for effect in desk.effects if isinstance(effect, fx.ConnectTcp)]
    assert connect.tls is not None
    assert connect.tls.certificate.startswith(b"-----BEGIN CERTIFICATE-----")
    assert connect.tls.root_ca == b""
    desk.at("AT+SMGMT=0")
    desk.restart()
    desk.effects.clear()
    desk.at("AT+WJOIN")
    assert desk.at("AT+SCON=O,TSS,,,5000,0") == OK
    assert desk.ordered(fx.MakeIdentity) == []


def test_stored_identity_and_root() -> None:
    desk = Desk(joined=True)
    for target, text in (("C", b"certificate"), ("K", b"key"), ("R", b"root")):
        desk.send(f"AT+MCERT=W,{target},{len(text)}\r".encode() + text)
    assert desk.read() == OK * 3
    assert desk.at("AT+SCON=O,TSS,,,5000,0") == OK
    (listen,) = [effect for effect in desk.effects if isinstance(effect, fx.ListenTcp)]
    assert listen.tls == fx.TlsIdentity(b"certificate", b"key", b"root")
    assert desk.visit() == event("CONNECT", 0)
    desk.restart()
    assert desk.module.settings.volatile.root_ca == b""


@pytest.mark.parametrize("target", ["C", "K"])
def test_half_an_identity_is_none(target: str) -> None:
    desk = Desk(joined=True)
    desk.send(f"AT+MCERT=W,{target},4\rhalf".encode())
    assert desk.read() == OK
    assert desk.at("AT+SCON=O,TSS,,,5000,0") == OK
    (listen,) = desk.ordered(fx.ListenTcp)
    assert isinstance(listen, fx.ListenTcp)
    assert listen.tls is not None
    assert b"half" not in (listen.tls.certificate, listen.tls.private_key)


def test_secure_socket_that_is_closed_while_its_identity_is_made() -> None:
    desk = Desk(joined=True)
    effects = desk.module.handle(ev.UartReceived(b"AT+SCON=O,TSS,,,5000,0\r"), desk.now_us)  # past the bench
    (identity,) = [effect for effect in effects if isinstance(effect, fx.MakeIdentity)]
    desk.run(100 * MS)
    assert desk.at("AT+SMGMT=0") == OK + OK + event("DISCONNECT", 0)
    desk.effects.clear()
    desk.feed(ev.IdentityMade(identity.request, b"c", b"k"))
    assert desk.ordered(fx.ListenTcp) == []


def test_handshake_that_fails() -> None:
    desk = Desk(joined=True)
    desk.network.tcp_listen("l", 443, handshake="fails")
    assert desk.at(f"AT+SCON=O,TCS,{PEER_ADDRESS},443,,0") == event("DISCONNECT", 0) + OK
    assert desk.at("AT+SCON=O,TSS,,,5000,0") == OK
    desk.feed(*desk.network.tcp_connect("peer", 5000, handshake="fails"))
    assert desk.read() == event("DISCONNECT", 0)
    desk.network.tcp_refused(5000)  # a server does not listen again then


def test_handshake_without_end() -> None:
    desk = Desk(joined=True)
    desk.network.tcp_listen("l", 443, handshake="silent")
    desk.send(f"AT+SCON=O,TCS,{PEER_ADDRESS},443,,0\r".encode())
    assert desk.quiet(10 * S - 1) == OK
    assert desk.quiet(1) == event("DISCONNECT", 0)
