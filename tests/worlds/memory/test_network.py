"""What only the network in memory can do: time, peers that do not read, handshakes that go wrong."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.desk import Desk, world_named
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module.effects import CloseSocket, ConnectTcp, ListenTcp, OpenUdp, SendData, TlsIdentity
from wizfi_emu.module.events import Failure, SocketAccepted, SocketClosed, SocketFailed, SocketOpened, SocketSent
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.worlds.memory.network import MemoryNetwork, PeerError
from wizfi_emu.worlds.memory.streams import Handshake

VIRTUAL = "192.168.12.60"
IDENTITY = TlsIdentity(b"", b"")


def connected() -> MemoryNetwork:
    network = MemoryNetwork()
    network.tcp_listen("l", 5000)
    assert network.execute(ConnectTcp(1, VIRTUAL, 5000, 0)) == [SocketOpened(1, 49152)]
    network.tcp_accept("p", "l")
    return network


def test_silent_address_times_out_when_the_limit_is_reached() -> None:
    network = MemoryNetwork(AddressMap("127.0.0.1", HostMap(rules=(Rule("10.0.0.0/8", "silent"),))))
    assert network.execute(ConnectTcp(1, "10.0.0.1", 80, 0, connect_limit_us=5_000_000), 1_000_000) == []
    assert network.execute(ConnectTcp(2, "10.0.0.1", 80, 0, connect_limit_us=2_000_000), 1_000_000) == []
    assert network.execute(ConnectTcp(3, "10.0.0.1", 80, 0, connect_limit_us=0), 1_000_000) == []
    assert network.wakeup_us == 3_000_000
    assert network.time_reached(2_999_999) == []
    assert network.time_reached(7_000_000) == [SocketFailed(2, Failure.TIMEOUT), SocketFailed(1, Failure.TIMEOUT)]
    assert network.wakeup_us is None


def test_peer_that_does_not_read() -> None:
    network = connected()
    network.stall("p")
    assert network.execute(SendData(1, b"one", limit_us=5_000_000)) == []
    assert network.execute(SendData(1, b"two")) == []
    assert network.time_reached(5_000_000) == [SocketSent(1, Failure.TIMEOUT)]
    assert network.resume("p") == [SocketSent(1)]
    assert network.received("p") == b"two"
    assert network.time_reached(99_000_000) == []


def test_closing_delivers_what_a_peer_has_not_read() -> None:
    network = connected()
    network.stall("p")
    network.execute(SendData(1, b"last words", limit_us=5_000_000))
    assert network.execute(CloseSocket(1)) == []
    assert network.wakeup_us is None
    assert network.received("p") == b"last words"
    network.expect_closed("p")


@pytest.mark.parametrize("role", ["client", "server"])
def test_handshakes(role: str) -> None:
    network = MemoryNetwork()
    if role == "client":
        handshakes: tuple[Handshake, ...] = ("succeeds", "fails", "silent")
        for port, handshake in enumerate(handshakes, 1):
            network.tcp_listen(handshake, port, handshake=handshake)
        events = [network.execute(ConnectTcp(port, VIRTUAL, port, 0, IDENTITY)) for port in (1, 2, 3)]
        assert events == [[SocketOpened(1, 49152)], [SocketFailed(2, Failure.HANDSHAKE)], []]
    else:
        for sock in (1, 2, 3):
            network.execute(ListenTcp(sock, 5000, IDENTITY))
        events = [network.tcp_connect(name, 5000, handshake=name) for name in ("succeeds", "fails", "silent")]
        assert events == [[SocketAccepted(1, "127.0.0.1", 40000)], [SocketFailed(2, Failure.HANDSHAKE)], []]
    assert network.execute(SendData(3, b"too early")) == [SocketSent(3, Failure.CLOSED)]
    assert network.time_reached(10_000_000) == [SocketFailed(3, Failure.TIMEOUT)]


def test_backlog_is_limited() -> None:
    network = MemoryNetwork()
    network.execute(ListenTcp(1, 5000))
    for number in range(7):
        network.tcp_connect(f"c{number}", 5000)
    with pytest.raises(PeerError, match="port 5000: no answer"):
        network.tcp_connect("c7", 5000)


def test_client_that_leaves_while_it_waits() -> None:
    network = MemoryNetwork()
    network.execute(ListenTcp(1, 5000))
    network.tcp_connect("a", 5000)
    network.tcp_connect("b", 5000)
    assert network.close("b") == []
    assert network.execute(ListenTcp(2, 5000)) == [
        SocketOpened(2, 5000),
        SocketAccepted(2, "127.0.0.1", 40001),
        SocketClosed(2),
    ]


def test_expectations_of_peers() -> None:
    network = connected()
    with pytest.raises(PeerError, match="l: nobody has connected"):
        network.tcp_accept("q", "l")
    with pytest.raises(PeerError, match="p: still open"):
        network.expect_closed("p")
    with pytest.raises(PeerError, match="port 6000: refused"):
        network.tcp_connect("c", 6000)
    with pytest.raises(PeerError, match=r"m: 127\.0\.0\.1:5000 is taken"):
        network.tcp_listen("m", 5000)
    with pytest.raises(PeerError, match="p: not a"):
        network.datagrams("p")
    network.execute(ListenTcp(2, 6000))
    with pytest.raises(PeerError, match="port 6000: not refused"):
        network.tcp_refused(6000)


def test_listener_that_closes_breaks_connections_that_nobody_accepted() -> None:
    network = MemoryNetwork()
    network.tcp_listen("l", 5000)
    network.execute(ConnectTcp(1, VIRTUAL, 5000, 0))
    assert network.close("l") == [SocketClosed(1, Failure.RESET)]


def test_ports_of_both_sides_exclude_each_other() -> None:
    network = MemoryNetwork()
    network.udp_open("u", 7000)
    assert network.execute(OpenUdp(1, 7000)) == [SocketFailed(1, Failure.PORT_IN_USE)]
    network.close("u")
    assert network.execute(OpenUdp(2, 7000)) == [SocketOpened(2, 7000)]
    assert network.execute(OpenUdp(3, 7000)) == [SocketFailed(3, Failure.PORT_IN_USE)]


def test_rules_of_the_world_hold_in_memory() -> None:
    rules = (Rule("192.168.12.50", port=5000), Rule("192.168.12.60", "refuse"), Rule("192.168.12.70", "silent"))
    desk = Desk(joined=True, world=replace(world_named("demo"), host=HostMap(rules=rules)))
    desk.world.network.tcp_listen("server", 5000)
    assert b"[CONNECT 0]" in desk.at("AT+SCON=O,TCN,192.168.12.50,80,,0", 1_000_000)
    assert b"[CONNECT" not in desk.at("AT+SCON=O,TCN,192.168.12.60,5000,,0", 1_000_000)
    assert b"CONNECT" not in desk.at("AT+SCON=O,TCN,192.168.12.70,5000,,0", 1_000_000)
    assert desk.world.network.wakeup_us is not None, "nobody answers"
