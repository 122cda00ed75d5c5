"""What only host sockets do. What the network in memory does too is in test_network_conformance."""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

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
from wizfi_emu.net._host import failure_of
from wizfi_emu.net.addresses import AddressMap, HostMap, Rule
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.hostpeers import EventLog, HostPeers, own_host_address

VIRTUAL = "192.168.12.60"
MEGABYTE = 1_000_000
# More than the host's stack takes on a connection whose peer does not read (some 6 MB).
TOO_MUCH = bytes(32 * MEGABYTE)


class SerialLine:
    """The room of the serial line: reading from the network waits while it is full."""

    def __init__(self) -> None:
        self._room = trio.Event()
        self._room.set()

    def fill(self) -> None:
        self._room = trio.Event()

    def drain(self) -> None:
        self._room.set()

    async def wait_room(self) -> None:
        await self._room.wait()


@dataclass
class Bench:
    """A module's network with what surrounds it."""

    network: HostNetwork
    peers: HostPeers
    log: EventLog
    line: SerialLine

    async def events(self, count: int = 1) -> list[Event]:
        with trio.fail_after(10):
            return await self.log.take(count)

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
async def bench(nursery: trio.Nursery) -> AsyncIterator[Bench]:
    async with open_bench(nursery) as made:
        yield made


class open_bench:  # noqa: N801  (a context manager, used as a function)
    def __init__(self, nursery: trio.Nursery, host_map: HostMap | None = None, time_scale: float = 1.0) -> None:
        host = own_host_address()
        log, line = EventLog(), SerialLine()
        network = HostNetwork(nursery, AddressMap(host, host_map), log, line.wait_room, time_scale)
        self.bench = Bench(network, HostPeers(host), log, line)

    async def __aenter__(self) -> Bench:
        return self.bench

    async def __aexit__(self, *error: object) -> None:
        await self.bench.peers.__aexit__(None, None, None)
