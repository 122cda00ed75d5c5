"""What every network of a module does: one suite for the host's sockets and for the network in memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Protocol

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tests.hostpeers import EventLog, HostPeers
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module.effects import (
    AnswerAirCommand,
    CloseAirPort,
    CloseSocket,
    ConnectTcp,
    ListenTcp,
    MakeIdentity,
    NetworkEffect,
    OpenAirPort,
    OpenUdp,
    SendData,
)
from wizfi_emu.module.events import (
    AirCommandReceived,
    AirPortOpened,
    Event,
    Failure,
    IdentityMade,
    SocketAccepted,
    SocketClosed,
    SocketFailed,
    SocketOpened,
    SocketReceived,
    SocketSent,
)
from wizfi_emu.net._context import NetContext
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.worlds.memory.network import MemoryNetwork, PeerError

VIRTUAL = "192.168.12.60"


async def no_wait() -> None:
    """A serial line that always has room."""


class Rig(Protocol):
    """A module's network with its peers."""

    host: str

    def execute(self, effect: NetworkEffect) -> None: ...
    def reset(self) -> None: ...
    def elapse(self, duration_us: int) -> None: ...
    async def events(self, count: int) -> list[Event]: ...
    async def quiet(self) -> None: ...
    async def tcp_listen(self, name: str, port: int = 0, *, host: str = "") -> int: ...
    async def tcp_accept(self, name: str, listener: str) -> None: ...
    async def tcp_connect(self, name: str, port: int) -> None: ...
    async def udp_open(self, name: str, port: int = 0, *, host: str = "") -> int: ...
    async def udp_sendto(self, name: str, port: int, data: bytes) -> None: ...
    async def send(self, name: str, data: bytes) -> None: ...
    async def received(self, name: str, count: int) -> bytes: ...
    async def datagram(self, name: str) -> bytes: ...
    async def expect_closed(self, name: str) -> None: ...
    def tcp_refused(self, port: int) -> None: ...
    def close(self, name: str) -> None: ...
    def break_off(self, name: str) -> None: ...
    def port(self, name: str) -> int: ...


class FakeRig:
    def __init__(self, host: str, host_map: HostMap | None) -> None:
        self.host = host
        self.network = MemoryNetwork(AddressMap(host, host_map))
        self._events: list[Event] = []
        self._datagrams: dict[str, list[bytes]] = {}
        self._now_us = 0

    def execute(self, effect: NetworkEffect) -> None:
        self._events += self.network.execute(effect, self._now_us)

    def reset(self) -> None:
        self.network.reset()

    def elapse(self, duration_us: int) -> None:
        self._now_us += duration_us
        self._events += self.network.time_reached(self._now_us)

    async def events(self, count: int) -> list[Event]:
        assert len(self._events) >= count, self._events
        taken, self._events = self._events[:count], self._events[count:]
        return taken

    async def quiet(self) -> None:
        assert self._events == []

    async def tcp_listen(self, name: str, port: int = 0, *, host: str = "") -> int:
        return self.network.tcp_listen(name, port, host=host)

    async def tcp_accept(self, name: str, listener: str) -> None:
        self.network.tcp_accept(name, listener)

    async def tcp_connect(self, name: str, port: int) -> None:
        self._events += self.network.tcp_connect(name, port)

    async def udp_open(self, name: str, port: int = 0, *, host: str = "") -> int:
        return self.network.udp_open(name, port, host=host)

    async def udp_sendto(self, name: str, port: int, data: bytes) -> None:
        self._events += self.network.udp_sendto(name, port, data)

    async def send(self, name: str, data: bytes) -> None:
        self._events += self.network.send(name, data)

    async def received(self, name: str, count: int) -> bytes:
        data = self.network.received(name)
        assert len(data) == count
        return data

    async def datagram(self, name: str) -> bytes:
        waiting = self._datagrams.setdefault(name, [])
        waiting += self.network.datagrams(name)
        return waiting.pop(0)

    async def expect_closed(self, name: str) -> None:
        self.network.expect_closed(name)

    def tcp_refused(self, port: int) -> None:
        self.network.tcp_refused(port)

    def close(self, name: str) -> None:
        self._events += self.network.close(name)

    def break_off(self, name: str) -> None:
        self._events += self.network.break_off(name)

    def port(self, name: str) -> int:
        return self.network.port(name)


class HostRig(HostPeers):
    def __init__(self, host: str, host_map: HostMap | None, nursery: trio.Nursery) -> None:
        super().__init__(host)
        self._log = EventLog()
        self.network = HostNetwork(NetContext(nursery, AddressMap(host, host_map), self._log, no_wait))

    def execute(self, effect: NetworkEffect) -> None:
        self.network.execute(effect)

    def reset(self) -> None:
        self.network.reset()

    def elapse(self, duration_us: int) -> None:
        """Time goes by itself."""

    async def events(self, count: int) -> list[Event]:
        with trio.fail_after(30):
            return await self._log.take(count)

    async def quiet(self) -> None:
        # The kernel needs a moment to bring what might still come.
        await wait_all_tasks_blocked(0.01)
        assert self._log.take_all() == []


MakeRig = Callable[[HostMap | None], Rig]


@pytest.fixture
def host() -> str:
    return own_host_address()


@pytest.fixture(params=["fake", "real"])
async def make_rig(request: pytest.FixtureRequest, nursery: trio.Nursery, host: str) -> AsyncIterator[MakeRig]:
    async with AsyncExitStack() as rigs:

        def make(host_map: HostMap | None) -> Rig:
            if request.param == "fake":
                return FakeRig(host, host_map)
            rig = HostRig(host, host_map, nursery)
            rigs.push_async_exit(rig)
            return rig

        yield make


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    return make_rig(None)


async def connected(rig: Rig, sock: int = 1, name: str = "p") -> int:
    """A client socket of the module and the peer that it is connected to; gives the peer's port."""
    port = await rig.tcp_listen(f"{name}-listener")
    rig.execute(ConnectTcp(sock, VIRTUAL, port, 0))
    assert isinstance((await rig.events(1))[0], SocketOpened)
    await rig.tcp_accept(name, f"{name}-listener")
    return port


async def listening(rig: Rig, *socks: int) -> int:
    """Server sockets that wait on one port; gives the port."""
    port = 0
    for sock in socks:
        rig.execute(ListenTcp(sock, port))
        match await rig.events(1):
            case [SocketOpened(opened, local_port)]:
                assert opened == sock
                assert port in (0, local_port)
                port = local_port
            case other:
                pytest.fail(f"{other}")
    return port


# --- TCP client -------------------------------------------------------------------------------------------------------


async def test_client_exchanges_data_under_the_virtual_address(rig: Rig) -> None:
    port = await connected(rig)
    rig.execute(SendData(1, b"to peer"))
    assert await rig.events(1) == [SocketSent(1)]
    assert await rig.received("p", 7) == b"to peer"
    await rig.send("p", b"to module")
    assert await rig.events(1) == [SocketReceived(1, b"to module", VIRTUAL, port)]


async def test_client_is_told_of_the_end_after_the_last_data(rig: Rig) -> None:
    port = await connected(rig)
    await rig.send("p", b"bye")
    rig.close("p")
    assert await rig.events(2) == [SocketReceived(1, b"bye", VIRTUAL, port), SocketClosed(1)]
    rig.execute(CloseSocket(1))
    await rig.quiet()


async def test_client_is_told_of_a_reset(rig: Rig) -> None:
    await connected(rig)
    rig.break_off("p")
    assert await rig.events(1) == [SocketClosed(1, Failure.RESET)]


async def test_client_is_refused_where_nobody_listens(rig: Rig) -> None:
    port = await rig.tcp_listen("p")
    rig.close("p")
    rig.execute(ConnectTcp(1, VIRTUAL, port, 0))
    assert await rig.events(1) == [SocketFailed(1, Failure.REFUSED)]


async def test_client_reaches_nothing_at_no_address(rig: Rig) -> None:
    rig.execute(ConnectTcp(1, "0.0.0.0", 5000, 0))
    rig.execute(ConnectTcp(2, VIRTUAL, 0, 0))
    assert await rig.events(2) == [SocketFailed(sock, Failure.UNREACHABLE) for sock in (1, 2)]


async def test_client_uses_its_local_port(rig: Rig) -> None:
    free = await listening(rig, 9)
    rig.execute(CloseSocket(9))
    port = await rig.tcp_listen("l")
    rig.execute(ConnectTcp(1, VIRTUAL, port, free))
    assert await rig.events(1) == [SocketOpened(1, free)]


async def test_client_fails_when_its_local_port_is_taken(rig: Rig) -> None:
    taken = await listening(rig, 9)
    port = await rig.tcp_listen("l")
    rig.execute(ConnectTcp(1, VIRTUAL, port, taken))
    assert await rig.events(1) == [SocketFailed(1, Failure.PORT_IN_USE)]


async def test_client_with_optional_port_takes_another_one(rig: Rig) -> None:
    taken = await listening(rig, 9)
    port = await rig.tcp_listen("l")
    rig.execute(ConnectTcp(1, VIRTUAL, port, taken, port_optional=True))
    match await rig.events(1):
        case [SocketOpened(1, local_port)]:
            assert local_port not in (0, taken)
        case other:
            pytest.fail(f"{other}")


async def test_two_clients_cannot_have_one_connection(rig: Rig) -> None:
    port = await rig.tcp_listen("l")
    free = await listening(rig, 9)
    rig.execute(CloseSocket(9))
    rig.execute(ConnectTcp(1, VIRTUAL, port, free))
    assert await rig.events(1) == [SocketOpened(1, free)]
    rig.execute(ConnectTcp(2, VIRTUAL, port, free))
    assert await rig.events(1) == [SocketFailed(2, Failure.PORT_IN_USE)]


async def test_close_delivers_and_ends_the_connection_without_an_event(rig: Rig) -> None:
    await connected(rig)
    rig.execute(SendData(1, b"last words"))
    assert await rig.events(1) == [SocketSent(1)]
    rig.execute(CloseSocket(1))
    assert await rig.received("p", 10) == b"last words"
    await rig.expect_closed("p")
    await rig.send("p", b"too late")
    await rig.quiet()


async def test_close_while_connecting(make_rig: MakeRig) -> None:
    rig = make_rig(HostMap(rules=(Rule("10.0.0.0/8", "silent"),)))
    rig.execute(ConnectTcp(1, "10.0.0.1", 5000, 0, connect_limit_us=10_000))
    rig.execute(CloseSocket(1))
    rig.elapse(20_000)
    await rig.quiet()


async def test_sending_on_what_is_no_connection(rig: Rig) -> None:
    await listening(rig, 2)
    for sock in (1, 2):
        rig.execute(SendData(sock, b"x"))
        assert await rig.events(1) == [SocketSent(sock, Failure.CLOSED)]


# --- the world's rules ------------------------------------------------------------------------------------------------


async def test_rules_for_addresses(make_rig: MakeRig) -> None:
    rules = (Rule("10.0.0.1", "refuse"), Rule("10.0.0.2", "silent"), Rule("10.0.0.3", "pass"))
    rig = make_rig(HostMap(rules=rules, allow=("192.0.2.1",)))
    port = await rig.tcp_listen("l")
    for number in (1, 2, 3):
        rig.execute(ConnectTcp(number, f"10.0.0.{number}", port, 0, connect_limit_us=20_000))
    rig.elapse(20_000)
    assert set(await rig.events(3)) == {
        SocketFailed(1, Failure.REFUSED),
        SocketFailed(2, Failure.TIMEOUT),
        SocketFailed(3, Failure.UNREACHABLE),
    }


async def test_an_address_can_be_mapped_to_another_host_and_port(make_rig: MakeRig) -> None:
    peer_host = "127.0.0.1"
    finder = make_rig(None)
    port = await finder.tcp_listen("p", host=peer_host)
    finder.close("p")
    rig = make_rig(HostMap(rules=(Rule("10.0.0.0/8", "map", host=peer_host, port=port),)))
    await rig.tcp_listen("l", port, host=peer_host)
    rig.execute(ConnectTcp(1, "10.1.2.3", 80, 0))
    assert isinstance((await rig.events(1))[0], SocketOpened)
    await rig.tcp_accept("p", "l")
    await rig.send("p", b"hello")
    assert await rig.events(1) == [SocketReceived(1, b"hello", "10.1.2.3", 80)]


# --- TCP server -------------------------------------------------------------------------------------------------------


async def test_server_exchanges_data_with_a_client(rig: Rig) -> None:
    port = await listening(rig, 1)
    await rig.tcp_connect("c", port)
    peer = (rig.host, rig.port("c"))
    assert await rig.events(1) == [SocketAccepted(1, *peer)]
    await rig.send("c", b"question")
    assert await rig.events(1) == [SocketReceived(1, b"question", *peer)]
    rig.execute(SendData(1, b"answer"))
    assert await rig.events(1) == [SocketSent(1)]
    assert await rig.received("c", 6) == b"answer"


async def test_client_is_shown_under_the_name_that_the_world_gives_it(make_rig: MakeRig, host: str) -> None:
    rig = make_rig(HostMap(peers={host: "192.168.12.77"}))
    port = await listening(rig, 1)
    await rig.tcp_connect("c", port)
    assert await rig.events(1) == [SocketAccepted(1, "192.168.12.77", rig.port("c"))]


async def test_waiting_servers_get_clients_in_the_order_in_which_they_asked(rig: Rig) -> None:
    port = await listening(rig, 5, 2, 7)
    for sock, name in ((5, "a"), (2, "b"), (7, "c")):
        await rig.tcp_connect(name, port)
        assert await rig.events(1) == [SocketAccepted(sock, rig.host, rig.port(name))]


async def test_a_server_that_stops_waiting_is_passed_over(rig: Rig) -> None:
    port = await listening(rig, 1, 2)
    rig.execute(CloseSocket(1))
    await rig.tcp_connect("c", port)
    assert await rig.events(1) == [SocketAccepted(2, rig.host, rig.port("c"))]


async def test_next_client_waits_until_the_server_listens_again(rig: Rig) -> None:
    port = await listening(rig, 1)
    await rig.tcp_connect("a", port)
    await rig.events(1)
    await rig.tcp_connect("b", port)
    await rig.send("b", b"early")
    await rig.quiet()
    rig.close("a")
    assert await rig.events(1) == [SocketClosed(1)]
    rig.execute(ListenTcp(2, port))
    rig.execute(CloseSocket(1))
    peer = (rig.host, rig.port("b"))
    assert await rig.events(3) == [
        SocketOpened(2, port),
        SocketAccepted(2, *peer),
        SocketReceived(2, b"early", *peer),
    ]


async def test_port_is_refused_as_soon_as_its_last_socket_is_closed(rig: Rig) -> None:
    port = await listening(rig, 1, 2)
    await rig.tcp_connect("a", port)
    await rig.events(1)
    rig.execute(CloseSocket(2))
    # The connected one keeps the port.
    await rig.tcp_connect("b", port)
    rig.execute(CloseSocket(1))
    rig.tcp_refused(port)
    with pytest.raises(PeerError):
        await rig.tcp_connect("c", port)
    await rig.expect_closed("a")
    await rig.expect_closed("b")
    await rig.quiet()


async def test_port_can_be_opened_again_after_its_end(rig: Rig) -> None:
    port = await listening(rig, 1)
    await rig.tcp_connect("a", port)
    await rig.events(1)
    rig.execute(CloseSocket(1))
    rig.execute(ListenTcp(2, port))
    assert await rig.events(1) == [SocketOpened(2, port)]
    await rig.tcp_connect("b", port)
    assert await rig.events(1) == [SocketAccepted(2, rig.host, rig.port("b"))]


async def test_a_port_that_someone_else_has(rig: Rig) -> None:
    tcp_port = await rig.tcp_listen("l")
    udp_port = await rig.udp_open("u")
    rig.execute(ListenTcp(1, tcp_port))
    rig.execute(OpenUdp(2, udp_port))
    assert await rig.events(2) == [SocketFailed(sock, Failure.PORT_IN_USE) for sock in (1, 2)]
    rig.execute(CloseSocket(1))
    await rig.quiet()


# --- UDP --------------------------------------------------------------------------------------------------------------


async def opened_udp(rig: Rig, sock: int = 1) -> int:
    rig.execute(OpenUdp(sock, 0))
    match await rig.events(1):
        case [SocketOpened(opened, port)]:
            assert opened == sock
            return port
        case other:
            pytest.fail(f"{other}")


async def test_udp_peer_is_shown_with_the_virtual_address_used_last(rig: Rig) -> None:
    local_port = await opened_udp(rig)
    port = await rig.udp_open("u")
    await rig.udp_sendto("u", local_port, b"first")
    assert await rig.events(1) == [SocketReceived(1, b"first", rig.host, port)]
    for virtual in ("192.168.12.60", "10.0.0.8"):
        rig.execute(SendData(1, b"hi", virtual, port))
        assert await rig.events(1) == [SocketSent(1)]
        assert await rig.datagram("u") == b"hi"
        await rig.udp_sendto("u", local_port, b"again")
        assert await rig.events(1) == [SocketReceived(1, b"again", virtual, port)]


@pytest.mark.parametrize("size", [0, 1, 1473, 65507])
async def test_datagrams_keep_their_size(rig: Rig, size: int) -> None:
    local_port = await opened_udp(rig)
    port = await rig.udp_open("u")
    data = os.urandom(size)
    rig.execute(SendData(1, data, VIRTUAL, port))
    assert await rig.events(1) == [SocketSent(1)]
    assert await rig.datagram("u") == data
    await rig.udp_sendto("u", local_port, data)
    assert await rig.events(1) == [SocketReceived(1, data, VIRTUAL, port)]


async def test_what_no_datagram_can_be(rig: Rig) -> None:
    await opened_udp(rig)
    port = await rig.udp_open("u")
    rig.execute(SendData(1, bytes(65508), VIRTUAL, port))
    rig.execute(SendData(1, b"x", "0.0.0.0", port))
    rig.execute(SendData(1, b"x", VIRTUAL, 0))
    assert await rig.events(3) == [
        SocketSent(1, Failure.NOT_PERMITTED),
        SocketSent(1, Failure.UNREACHABLE),
        SocketSent(1, Failure.UNREACHABLE),
    ]


async def test_datagrams_to_nobody_are_lost(make_rig: MakeRig) -> None:
    rig = make_rig(HostMap(rules=(Rule("10.0.0.1", "silent"), Rule("10.0.0.2", "refuse"))))
    local_port = await opened_udp(rig)
    port = await rig.udp_open("u")
    rig.close("u")
    for address in (VIRTUAL, "10.0.0.1", "10.0.0.2"):
        rig.execute(SendData(1, b"x", address, port))
    assert await rig.events(3) == [SocketSent(1)] * 3
    await rig.udp_open("v")
    await rig.udp_sendto("v", local_port, b"still here")
    assert await rig.events(1) == [SocketReceived(1, b"still here", rig.host, rig.port("v"))]


async def test_datagram_to_the_socket_itself_does_not_come_back(rig: Rig) -> None:
    local_port = await opened_udp(rig)
    rig.execute(SendData(1, b"x", VIRTUAL, local_port))
    assert await rig.events(1) == [SocketSent(1)]
    await rig.quiet()


async def test_closed_udp_socket_is_silent_and_its_port_free(rig: Rig) -> None:
    local_port = await opened_udp(rig)
    await rig.udp_open("u")
    await rig.udp_sendto("u", local_port, b"before")
    await rig.events(1)
    rig.execute(CloseSocket(1))
    await rig.udp_sendto("u", local_port, b"after")
    await rig.quiet()
    rig.execute(OpenUdp(2, local_port))
    assert await rig.events(1) == [SocketOpened(2, local_port)]


# --- the whole module -------------------------------------------------------------------------------------------------


async def test_reset_drops_everything(rig: Rig) -> None:
    await connected(rig, 1)
    port = await listening(rig, 2, 3)
    await rig.tcp_connect("c", port)
    await rig.events(1)
    udp_port = await opened_udp(rig, 4)
    rig.execute(OpenAirPort("udp", 0))
    assert await rig.events(1) == [AirPortOpened(True)]
    rig.reset()
    rig.tcp_refused(port)
    await rig.expect_closed("p")
    await rig.expect_closed("c")
    await rig.quiet()
    rig.execute(ListenTcp(1, port))
    rig.execute(OpenUdp(2, udp_port))
    assert await rig.events(2) == [SocketOpened(1, port), SocketOpened(2, udp_port)]


async def test_reset_forgets_whom_the_module_addressed(rig: Rig) -> None:
    local_port = await opened_udp(rig)
    port = await rig.udp_open("u")
    rig.execute(SendData(1, b"hi", VIRTUAL, port))
    await rig.events(1)
    rig.reset()
    rig.execute(OpenUdp(1, local_port))
    await rig.events(1)
    await rig.udp_sendto("u", local_port, b"who?")
    assert await rig.events(1) == [SocketReceived(1, b"who?", rig.host, port)]


async def test_identity_is_made(rig: Rig) -> None:
    rig.execute(MakeIdentity(3, "WizFi250"))
    match await rig.events(1):
        case [IdentityMade(3, certificate, key)]:
            assert certificate.startswith(b"-----BEGIN CERTIFICATE-----\n")
            assert b"PRIVATE KEY-----\n" in key
        case other:
            pytest.fail(f"{other}")


# --- the air-command service ------------------------------------------------------------------------------------------


async def free_port(rig: Rig) -> int:
    """A port that is free on the module's host address for TCP and, by the odds, for UDP."""
    port = await listening(rig, 99)
    rig.execute(CloseSocket(99))
    return port


async def test_air_commands_by_tcp(rig: Rig) -> None:
    port = await free_port(rig)
    rig.execute(OpenAirPort("tcp", port))
    assert await rig.events(1) == [AirPortOpened(True)]
    await rig.tcp_connect("a", port)
    await rig.tcp_connect("b", port)
    await rig.send("b", b"second")
    await rig.send("a", b"first")
    match await rig.events(1):
        case [AirCommandReceived(client, b"first")]:
            rig.execute(AnswerAirCommand(client, b""))
            rig.execute(AnswerAirCommand(client, b"[OK]\r\n"))
        case other:
            pytest.fail(f"{other}")
    assert await rig.received("a", 6) == b"[OK]\r\n"
    rig.close("a")
    match await rig.events(1):
        case [AirCommandReceived(other_client, b"second")]:
            assert other_client != client
            rig.execute(AnswerAirCommand(client, b"for one who has left"))
            rig.execute(AnswerAirCommand(other_client, b"2"))
        case other:
            pytest.fail(f"{other}")
    assert await rig.received("b", 1) == b"2"
    rig.execute(CloseAirPort())
    await rig.expect_closed("b")
    rig.tcp_refused(port)
    await rig.quiet()


async def test_air_commands_by_udp(rig: Rig) -> None:
    port = await free_port(rig)
    rig.execute(OpenAirPort("udp", port))
    assert await rig.events(1) == [AirPortOpened(True)]
    for name in ("a", "b"):
        await rig.udp_open(name)
        await rig.udp_sendto(name, port, name.encode())
        match await rig.events(1):
            case [AirCommandReceived(client, data)]:
                assert data == name.encode()
                answer = b"" if name == "a" else b"[OK]\r\n"
                rig.execute(AnswerAirCommand(client, answer))
                assert await rig.datagram(name) == answer
            case other:
                pytest.fail(f"{other}")
    rig.execute(CloseAirPort())
    await rig.udp_sendto("a", port, b"too late")
    await rig.quiet()


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
async def test_air_port_that_someone_else_has(rig: Rig, protocol: str) -> None:
    port = await (rig.tcp_listen("p") if protocol == "tcp" else rig.udp_open("p"))
    rig.execute(OpenAirPort("tcp" if protocol == "tcp" else "udp", port))
    assert await rig.events(1) == [AirPortOpened(False)]


async def test_air_port_can_be_opened_again_with_the_other_protocol(rig: Rig) -> None:
    port = await free_port(rig)
    rig.execute(OpenAirPort("tcp", port))
    rig.execute(OpenAirPort("udp", port))
    assert await rig.events(2) == [AirPortOpened(True)] * 2
    rig.tcp_refused(port)
