"""The network's edge with what surrounds it: peers on host sockets, a log of its events, a serial line."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import trio
from trio.testing import wait_all_tasks_blocked

from tests.hostpeers import EventLog, HostPeers
from wizfi_emu.module.events import Event
from wizfi_emu.net._context import NetContext
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address

VIRTUAL = "192.168.12.60"
# More than the host's stack takes on a connection whose peer does not read (some 6 MB).
TOO_MUCH = bytes(32_000_000)


class SerialLine:
    """The room of the serial line: reading from the network waits while it is full."""

    def __init__(self) -> None:
        self._room = trio.Event()
        self._room.set()
        self.closed = False

    def fill(self) -> None:
        self._room = trio.Event()

    def drain(self) -> None:
        self._room.set()

    async def wait_room(self) -> None:
        await self._room.wait()
        if self.closed:
            raise trio.ClosedResourceError


@dataclass
class Bench:
    """A module's network with what surrounds it."""

    network: HostNetwork
    peers: HostPeers
    log: EventLog
    line: SerialLine

    @classmethod
    @asynccontextmanager
    async def open(
        cls, nursery: trio.Nursery, addresses: AddressMap | None = None, time_scale: float = 1.0
    ) -> AsyncIterator[Self]:
        addresses = addresses or AddressMap(own_host_address())
        log, line = EventLog(), SerialLine()
        async with HostPeers(addresses.host_address) as peers:
            network = HostNetwork(NetContext(nursery, addresses, log, line.wait_room, time_scale))
            yield cls(network, peers, log, line)

    async def events(self, count: int = 1) -> list[Event]:
        with trio.fail_after(30):
            return await self.log.take(count)

    async def nothing_more(self) -> None:
        await settle()
        assert self.log.take_all() == []


async def settle() -> None:
    """Let every task run until it waits for time, a peer or an order. The kernel has a moment for what is under way."""
    await wait_all_tasks_blocked(0.01)


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
