"""A host on a module's SPI line, for tests under trio."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import trio

from wizfi_emu.spi.port import SpiPort


async def connect(address: str) -> trio.SocketStream:
    scheme, _, place = address.partition(":")
    if scheme == "unix":
        sock = trio.socket.socket(socket.AF_UNIX)
        await sock.connect(place)
        return trio.SocketStream(sock)
    host, _, port = place.removeprefix("//").rpartition(":")
    return await trio.open_tcp_stream(host, int(port))


class SpiHost:
    """Both channels of one line. ``levels`` is what has come of DATA_READY."""

    def __init__(self, transfers: trio.SocketStream, ready: socket.socket) -> None:
        self.transfers = transfers
        self.ready = ready
        self.levels = b""

    @classmethod
    @asynccontextmanager
    async def on(cls, port: SpiPort) -> AsyncIterator[SpiHost]:
        async with cls.at(port.address, port.ready_address) as host:
            yield host

    @classmethod
    @asynccontextmanager
    async def at(cls, address: str, ready_address: str) -> AsyncIterator[SpiHost]:
        async with await connect(ready_address) as watching, await connect(address) as transfers:
            # A descriptor of its own, so that it can be looked at without waiting.
            with socket.socket(fileno=os.dup(watching.socket.fileno())) as ready:
                ready.setblocking(False)
                host = cls(transfers, ready)
                host.levels = await host.read_ready(1)
                yield host

    async def read_ready(self, most: int = 65536) -> bytes:
        """Wait for changes of DATA_READY."""
        await trio.lowlevel.wait_readable(self.ready)
        return self.ready.recv(most)

    async def transfer(self, mosi: bytes) -> bytes:
        """Clock bytes, and look at DATA_READY."""
        await self.transfers.send_all(mosi)
        miso = b""
        while len(miso) < len(mosi):
            more = await self.transfers.receive_some(len(mosi) - len(miso))
            assert more, "the line is closed"
            miso += more
        with suppress(BlockingIOError):
            while more := self.ready.recv(65536):
                self.levels += more
        return miso

    @property
    def data_ready(self) -> bool:
        return self.levels.endswith(b"1")

    async def command(self, line: bytes, end: bytes = b"[OK]\r\n") -> bytes:
        """The vendor's library: a byte at a time, then F0 while DATA_READY is high."""
        got = b""
        for byte in line:
            got += await self.transfer(bytes((byte,)))
        with trio.fail_after(30):
            while self.data_ready or end not in got.replace(b"\xf0", b""):
                if self.data_ready:
                    got += await self.transfer(b"\xf0")
                else:
                    self.levels += await self.read_ready()
        return got.replace(b"\xf0", b"")
