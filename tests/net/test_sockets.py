"""What only host sockets do. What the network in memory does too is in test_network_conformance."""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import trio
from trio.testing import MockClock

from tests.hostpeers import EventLog, HostPeers
from tests.net.edge import TOO_MUCH, VIRTUAL, Bench, SerialLine, open_descriptors, settle
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module.effects import CloseSocket, ConnectTcp, ListenTcp, OpenAirPort, OpenUdp, SendData
from wizfi_emu.module.events import (
    Event,
    Failure,
    SocketAccepted,
    SocketClosed,
    SocketFailed,
    SocketOpened,
    SocketReceived,
    SocketSent,
)
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._host import failure_of
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address

MEGABYTE = 1_000_000


class SocketBench(Bench):
    """A module's sockets with what surrounds them."""

    async def connect(self, sock: int = 1) -> int:
        """Connect the module to the peer "p"; gives the peer's port."""
        port = await self.peers.tcp_listen("l")
        self.network.execute(ConnectTcp(sock, VIRTUAL, port, 0))
        assert isinstance((await self.events())[0], SocketOpened)
        await self.peers.tcp_accept("p", "l")
        return port

    async def listen(self, sock: int = 1, port: int = 0) -> int:
        self.network.execute(ListenTcp(sock, port))
        match await self.events():
            case [SocketOpened(opened, opened_port)]:
                assert opened == sock
                return opened_port
            case other:
                pytest.fail(f"{other}")


@pytest.fixture
async def bench(nursery: trio.Nursery) -> AsyncIterator[SocketBench]:
    async with SocketBench.open(nursery) as made:
        yield made


# --- sending ----------------------------------------------------------------------------------------------------------


async def test_sending_is_answered_before_execute_returns(bench: SocketBench) -> None:
    await bench.connect()
    bench.network.execute(SendData(1, b"now"))
    assert bench.log.take_all() == [SocketSent(1)]


@pytest.mark.slow
async def test_ten_megabytes_to_the_peer(bench: SocketBench, nursery: trio.Nursery) -> None:
    await bench.connect()
    data = os.urandom(10 * MEGABYTE)
    received = bytearray()

    async def read() -> None:
        received.extend(await bench.peers.received("p", len(data)))

    async with trio.open_nursery() as reading:
        reading.start_soon(read)
        # Small and large ones, one at a time and several at once: the order must hold on the fast path and beside it.
        sizes = [1, 1461, 70_000, 3 * MEGABYTE, 10, 10, 2 * MEGABYTE, len(data)]
        start = 0
        for size in sizes:
            bench.network.execute(SendData(1, data[start : start + size]))
            start += size
        assert await bench.events(len(sizes)) == [SocketSent(1)] * len(sizes)
    assert received == data


@pytest.mark.slow
async def test_ten_megabytes_from_the_peer(bench: SocketBench, nursery: trio.Nursery) -> None:
    port = await bench.connect()
    data = os.urandom(10 * MEGABYTE)
    nursery.start_soon(bench.peers.send, "p", data)
    received = bytearray()
    while len(received) < len(data):
        match await bench.events():
            case [SocketReceived(1, piece, "192.168.12.60", peer_port)]:
                assert peer_port == port
                received += piece
            case other:
                pytest.fail(f"{other}")
    assert received == data


async def test_send_limit(bench: SocketBench, mock_clock: MockClock) -> None:
    await bench.connect()
    bench.network.execute(SendData(1, TOO_MUCH, limit_us=5_000_000))
    bench.network.execute(SendData(1, TOO_MUCH, limit_us=7_000_000))
    await settle()
    mock_clock.jump(4.9)
    await settle()
    assert bench.log.take_all() == []
    mock_clock.jump(0.2)
    assert await bench.events() == [SocketSent(1, Failure.TIMEOUT)]
    mock_clock.jump(2)
    assert await bench.events() == [SocketSent(1, Failure.TIMEOUT)]


@pytest.mark.slow
async def test_without_send_limit_it_waits_until_the_peer_reads(bench: SocketBench, mock_clock: MockClock) -> None:
    await bench.connect()
    bench.network.execute(SendData(1, TOO_MUCH))
    await settle()
    mock_clock.jump(100_000)
    await settle()
    assert bench.log.take_all() == []
    assert len(await bench.peers.received("p", len(TOO_MUCH))) == len(TOO_MUCH)
    assert await bench.events() == [SocketSent(1)]


async def test_sending_to_a_peer_that_broke_the_connection(bench: SocketBench) -> None:
    port = await bench.connect()
    await bench.peers.send("p", b"last")
    # The serial line is full, so that the module has not read yet when it learns of the reset by sending.
    bench.line.fill()
    bench.peers.break_off("p")
    bench.network.execute(SendData(1, b"x"))
    assert await bench.events() == [SocketSent(1, Failure.RESET)]
    bench.network.execute(SendData(1, b"y"))
    assert await bench.events() == [SocketSent(1, Failure.RESET)]
    bench.line.drain()
    assert await bench.events(2) == [SocketReceived(1, b"last", VIRTUAL, port), SocketClosed(1, Failure.RESET)]
    await settle()
    assert bench.log.take_all() == []


async def test_peer_leaves_while_data_waits(bench: SocketBench) -> None:
    await bench.connect()
    bench.network.execute(SendData(1, TOO_MUCH))
    await settle()
    bench.peers.break_off("p")
    assert set(await bench.events(2)) == {SocketSent(1, Failure.RESET), SocketClosed(1, Failure.RESET)}


# --- receiving --------------------------------------------------------------------------------------------------------


async def test_nothing_is_read_while_the_serial_line_is_full(bench: SocketBench) -> None:
    port = await bench.connect()
    bench.network.execute(OpenUdp(2, 0))
    match await bench.events():
        case [SocketOpened(2, udp_port)]:
            await bench.peers.udp_open("u")
        case other:
            pytest.fail(f"{other}")
    await settle()
    bench.line.fill()
    await bench.peers.send("p", b"stream")
    await bench.peers.udp_sendto("u", udp_port, b"datagram")
    bench.peers.close("p")
    await settle()
    assert bench.log.take_all() == []
    bench.line.drain()
    assert set(await bench.events(3)) == {
        SocketReceived(1, b"stream", VIRTUAL, port),
        SocketReceived(2, b"datagram", bench.peers.host, bench.peers.port("u")),
        SocketClosed(1),
    }


async def test_socket_closed_while_the_serial_line_is_full(bench: SocketBench) -> None:
    await bench.connect()
    await settle()
    bench.line.fill()
    await bench.peers.send("p", b"unread")
    await settle()
    bench.network.execute(CloseSocket(1))
    bench.line.drain()
    await bench.peers.expect_closed("p")
    await settle()
    assert bench.log.take_all() == []


async def test_orders_may_come_out_of_an_event(nursery: trio.Nursery) -> None:
    received: list[Event] = []

    def echo_and_close(event: Event) -> None:
        received.append(event)
        if isinstance(event, SocketReceived):
            network.execute(SendData(event.sock, event.data))
            network.execute(CloseSocket(event.sock))

    async def no_wait() -> None:
        pass

    async with HostPeers(own_host_address()) as peers:
        network = HostNetwork(NetContext(nursery, AddressMap(peers.host), echo_and_close, no_wait))
        network.execute(ListenTcp(1, 0))
        match received:
            case [SocketOpened(1, port)]:
                await peers.tcp_connect("c", port)
            case other:
                pytest.fail(f"{other}")
        await peers.send("c", b"echo")
        assert await peers.received("c", 5) == b"echo"
        peers.tcp_refused(port)
    assert [type(event) for event in received] == [SocketOpened, SocketAccepted, SocketReceived, SocketSent]


async def test_reset_may_come_out_of_an_event(nursery: trio.Nursery) -> None:
    received: list[Event] = []

    def reset_and_listen_again(event: Event) -> None:
        received.append(event)
        match event:
            case SocketReceived():
                network.reset()
                network.execute(ListenTcp(2, port))
            case _:
                pass

    async with HostPeers(own_host_address()) as peers:
        network = HostNetwork(
            NetContext(nursery, AddressMap(peers.host), reset_and_listen_again, SerialLine().wait_room)
        )
        network.execute(ListenTcp(1, 0))
        assert isinstance(received[0], SocketOpened)
        port = received[0].local_port
        await peers.tcp_connect("c", port)
        await peers.send("c", b"reset")
        await peers.expect_closed("c")
        await peers.tcp_connect("d", port)
        await settle()
        assert received[-2:] == [SocketOpened(2, port), SocketAccepted(2, peers.host, peers.port("d"))]


async def test_serial_line_that_is_closed_ends_the_reading(nursery: trio.Nursery) -> None:
    async def closed() -> None:
        raise trio.ClosedResourceError

    log = EventLog()
    async with HostPeers(own_host_address()) as peers:
        network = HostNetwork(NetContext(nursery, AddressMap(peers.host), log, closed))
        network.execute(ListenTcp(1, 0))
        network.execute(OpenUdp(2, 0))
        tcp, udp = log.take_all()
        assert isinstance(tcp, SocketOpened)
        assert isinstance(udp, SocketOpened)
        await peers.tcp_connect("c", tcp.local_port)
        await peers.send("c", b"unread")
        await peers.udp_open("u")
        await peers.udp_sendto("u", udp.local_port, b"unread")
        await settle()
        network.execute(CloseSocket(1))
        await peers.expect_closed("c")
    assert [type(event) for event in log.take_all()] == [SocketAccepted]


# --- opening ----------------------------------------------------------------------------------------------------------


async def test_connect_limit_and_time_scale(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    addresses = AddressMap("127.0.0.1", HostMap(rules=(Rule("10.0.0.0/8", "silent"),)))
    async with SocketBench.open(nursery, addresses, time_scale=2.0) as bench:
        bench.network.execute(ConnectTcp(1, "10.0.0.1", 5000, 0, connect_limit_us=5_000_000))
        bench.network.execute(ConnectTcp(2, "10.0.0.1", 5000, 0, connect_limit_us=0))
        await settle()
        mock_clock.jump(2.4)
        await settle()
        assert bench.log.take_all() == []
        mock_clock.jump(0.2)
        assert await bench.events() == [SocketFailed(1, Failure.TIMEOUT)]
        mock_clock.jump(1_000_000)
        await settle()
        assert bench.log.take_all() == []


async def test_sending_while_connecting(nursery: trio.Nursery) -> None:
    addresses = AddressMap("127.0.0.1", HostMap(rules=(Rule("10.0.0.0/8", "silent"),)))
    async with SocketBench.open(nursery, addresses) as bench:
        bench.network.execute(ConnectTcp(1, "10.0.0.1", 5000, 0))
        bench.network.execute(SendData(1, b"too early"))
        assert bench.log.take_all() == [SocketSent(1, Failure.CLOSED)]


async def test_client_is_not_connected_to_itself(bench: SocketBench) -> None:
    port = await bench.listen()
    bench.network.execute(CloseSocket(1))
    bench.network.execute(ConnectTcp(2, VIRTUAL, port, port))
    assert await bench.events() == [SocketFailed(2, Failure.REFUSED)]


async def test_connection_comes_from_the_module_s_host_address(bench: SocketBench) -> None:
    await bench.connect()
    assert bench.peers.raw("p").getpeername()[0] == bench.peers.host


async def test_ports_in_use_are_reported(bench: SocketBench, caplog: pytest.LogCaptureFixture) -> None:
    tcp_port = await bench.peers.tcp_listen("l")
    udp_port = await bench.peers.udp_open("u")
    target = await bench.peers.tcp_listen("target")
    host = bench.peers.host
    for effect, protocol, port in (
        (ListenTcp(1, tcp_port), "TCP", tcp_port),
        (OpenUdp(1, udp_port), "UDP", udp_port),
        (ConnectTcp(1, VIRTUAL, target, tcp_port), "TCP", tcp_port),
        (OpenAirPort("udp", udp_port), "UDP", udp_port),
    ):
        caplog.clear()
        bench.network.execute(effect)
        await bench.events()
        assert caplog.record_tuples == [
            (
                "wizfi_emu.net",
                logging.WARNING,
                (
                    f"cannot use {protocol} port {host}:{port}: Address already in use; "
                    "a peer on the module's port needs an address of its own (docs/worlds.md)"
                ),
            )
        ]


async def test_address_that_is_not_allowed_is_reported_once(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = AddressMap("127.0.0.1", HostMap(rules=(Rule("10.0.0.0/8", "pass"),), allow=("192.0.2.1",)))
    async with SocketBench.open(nursery, addresses) as bench:
        bench.network.execute(OpenUdp(1, 0))
        await bench.events()
        for _ in range(3):
            bench.network.execute(SendData(1, b"x", "10.0.0.1", 53))
        assert await bench.events(3) == [SocketSent(1, Failure.UNREACHABLE)] * 3
    assert caplog.messages == ["10.0.0.1 is outside 127.0.0.0/8 and the world does not allow it: unreachable"]


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (errno.EACCES, Failure.NOT_PERMITTED),
        (errno.EADDRINUSE, Failure.PORT_IN_USE),
        (errno.ECONNREFUSED, Failure.REFUSED),
        (errno.ENETUNREACH, Failure.UNREACHABLE),
        (errno.EPIPE, Failure.RESET),
    ],
)
def test_errors_have_a_meaning_for_the_machine(code: int, failure: Failure) -> None:
    assert failure_of(OSError(code, os.strerror(code))) is failure


class TwoNetworks(AddressMap):
    """Takes 127.0.0.1 and 127.0.0.3 for addresses outside of the machine, which tests must not reach."""

    def source_for(self, address: str) -> str:
        return "127.0.0.2" if address == "127.0.0.1" else super().source_for(address)

    def allows(self, address: str) -> bool:
        return address != "127.0.0.3"


async def test_datagrams_to_the_outside_leave_from_a_socket_of_their_own(nursery: trio.Nursery) -> None:
    host = own_host_address()
    async with SocketBench.open(
        nursery, TwoNetworks(host, HostMap(rules=(Rule("127.0.0.1", "pass"),), allow=("127.0.0.1",)))
    ) as bench:
        bench.network.execute(OpenUdp(1, 0))
        await bench.events()
        port = await bench.peers.udp_open("outside", host="127.0.0.1")
        await bench.peers.udp_open("stranger", host="127.0.0.3")
        for _ in range(2):
            bench.network.execute(SendData(1, b"question", "127.0.0.1", port))
            assert bench.log.take_all() == [SocketSent(1)]
            data, source = await bench.peers.raw("outside").recvfrom(100)
            assert (data, source[0]) == (b"question", "127.0.0.2")
            await bench.peers.raw("stranger").sendto(b"intrusion", source)
            await bench.peers.raw("outside").sendto(b"answer", source)
            assert await bench.events() == [SocketReceived(1, b"answer", "127.0.0.1", port)]
        before = open_descriptors()
        bench.network.execute(CloseSocket(1))
        assert open_descriptors() == before - 2


# --- closing ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_close_delivers_what_the_host_s_stack_has_not_taken(bench: SocketBench) -> None:
    await bench.connect()
    bench.network.execute(SendData(1, TOO_MUCH))
    bench.network.execute(SendData(1, b"end"))
    bench.network.execute(CloseSocket(1))
    assert (await bench.peers.received("p", len(TOO_MUCH) + 3))[-3:] == b"end"
    await bench.peers.expect_closed("p")
    assert bench.log.take_all() == []


async def test_close_does_not_wait_for_ever(bench: SocketBench, mock_clock: MockClock) -> None:
    await bench.connect()
    before = open_descriptors()
    bench.network.execute(SendData(1, TOO_MUCH))
    bench.network.execute(CloseSocket(1))
    await settle()
    assert open_descriptors() == before
    mock_clock.jump(3.1)
    await settle()
    assert open_descriptors() == before - 1


async def test_close_waits_for_the_peer_s_end(bench: SocketBench) -> None:
    await bench.connect()
    before = open_descriptors()
    bench.network.execute(CloseSocket(1))
    await bench.peers.expect_closed("p")
    # Data that nobody reads any more must not turn the close into a reset.
    await bench.peers.send("p", b"crossing")
    await settle()
    assert open_descriptors() == before
    bench.peers.close("p")
    await settle()
    assert open_descriptors() == before - 2


async def test_reset_leaves_no_task_and_no_descriptor() -> None:
    async with trio.open_nursery() as nursery, SocketBench.open(nursery) as bench:
        # What the event loop itself opens is not counted.
        await settle()
        idle_tasks = len(nursery.child_tasks)
        before = open_descriptors()
        await bench.connect(1)
        port = await bench.listen(2)
        bench.network.execute(ListenTcp(3, port))
        await bench.peers.tcp_connect("c", port)
        bench.network.execute(OpenUdp(4, 0))
        bench.network.execute(OpenAirPort("tcp", 0))
        bench.network.execute(SendData(1, TOO_MUCH))
        await bench.events(4)
        bench.network.execute(CloseSocket(2))
        await bench.peers.send("c", b"x")
        silent = await bench.peers.tcp_listen("silent")
        bench.network.execute(ConnectTcp(5, VIRTUAL, silent, 0))
        bench.network.reset()
        bench.peers.tcp_refused(port)
        for name in ("l", "p", "c", "silent"):
            bench.peers.close(name)
        await settle()
        assert open_descriptors() == before
        assert len(nursery.child_tasks) == idle_tasks
        assert bench.log.take_all() == []
        nursery.cancel_scope.cancel()


async def test_cancelling_the_nursery_closes_everything() -> None:
    before = open_descriptors()
    async with trio.open_nursery() as nursery, SocketBench.open(nursery) as bench:
        await bench.connect(1)
        port = await bench.listen(2)
        await bench.peers.tcp_connect("c", port)
        await bench.events()
        bench.network.execute(OpenUdp(3, 0))
        bench.network.execute(OpenAirPort("udp", 0))
        nursery.cancel_scope.cancel()
    assert open_descriptors() == before


# --- no descriptors left ----------------------------------------------------------------------------------------------


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.dup(0)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_sockets_fail_when_there_are_no_descriptors(bench: SocketBench) -> None:
    port = await bench.peers.tcp_listen("l")
    await settle()
    with no_more_descriptors():
        bench.network.execute(ListenTcp(1, 0))
        bench.network.execute(OpenUdp(2, 0))
        bench.network.execute(ConnectTcp(3, VIRTUAL, port, 0))
        events = await bench.events(3)
    assert events == [SocketFailed(sock, Failure.UNREACHABLE) for sock in (1, 2, 3)]


async def test_client_waits_until_there_are_descriptors(
    bench: SocketBench, mock_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    port = await bench.listen()
    with socket.socket() as client:
        client.bind((bench.peers.host, 0))
        with no_more_descriptors():
            client.connect((bench.peers.host, port))
            await settle()
        assert bench.log.take_all() == []
        assert caplog.messages == [f"cannot accept a client on port {port}: Too many open files"]
        mock_clock.jump(0.2)
        assert await bench.events() == [SocketAccepted(1, *client.getsockname())]
