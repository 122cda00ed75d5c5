"""A serial port in memory, for tests: everything but the operating system."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from wizfi_emu.serial.base import BasePort
from wizfi_emu.serial.hostbuffer import HostEnd

FAKE_CAPACITY_BYTES = 4096
"""What is taken for a host that does not read, as an operating system would."""


class FakeSerialPort(BasePort):
    """A ``SerialPort`` with its host: the methods that begin with ``host_`` are the host's handle.

    The host reads everything at once into ``host_received``; ``host_pause`` makes it one that does not read.
    ``open_fake_serial`` opens one.
    """

    unsent = False

    def __init__(self, *, paced: bool) -> None:
        self.host_received = bytearray()
        self.attached = True
        self._reading = True
        self._unread = bytearray()
        self._input = bytearray()
        self._changed = trio.lowlevel.ParkingLot()
        super().__init__("fake", paced=paced)

    async def receive_some(self, max_bytes: int) -> bytes:
        await trio.lowlevel.checkpoint()
        while not self._input:
            self._buffer.check_open()
            await self._changed.park()
        self._buffer.check_open()
        data = bytes(self._input[:max_bytes])
        del self._input[:max_bytes]
        self.received_bytes += len(data)
        return data

    # --- the host ---------------------------------------------------------------------------------------------------

    def host_open(self) -> None:
        """Open the port, now connected if it was not."""
        self.attached = True
        self._host_opens()
        self._changed.unpark_all()

    def host_close(self) -> None:
        """Be no longer connected, as a TCP host that has left."""
        self.attached = False
        self._buffer.host_left()

    def host_pause(self) -> None:
        """Read nothing from now on."""
        self._reading = False

    def host_resume(self) -> None:
        """Read again."""
        self._reading = True
        self._take()

    def host_write(self, data: bytes) -> None:
        """Send bytes to the module."""
        self._input += data
        self._changed.unpark_all()

    async def host_read(self, count: int) -> bytes:
        """Wait until this many bytes have been received and take them out of ``host_received``."""
        while len(self.host_received) < count:
            await self._changed.park()
        data = bytes(self.host_received[:count])
        del self.host_received[:count]
        return data

    def _take(self) -> None:
        if self._reading:
            self.host_received += self._unread
            self._unread.clear()
        self._changed.unpark_all()

    # --- HostEnd ----------------------------------------------------------------------------------------------------

    def _host_end(self) -> HostEnd:
        return self

    def write_nowait(self, data: bytes | bytearray) -> int:
        if not self.attached:
            return 0
        taken = len(data) if self._reading else min(len(data), FAKE_CAPACITY_BYTES - len(self._unread))
        self._unread += data[:taken]
        self._take()
        return taken

    async def wait_writable(self) -> None:
        await trio.lowlevel.checkpoint()
        while not self.attached or len(self._unread) >= FAKE_CAPACITY_BYTES:
            await self._changed.park()

    def _release(self) -> None:
        self._changed.unpark_all()


@asynccontextmanager
async def open_fake_serial(*, nursery: trio.Nursery, paced: bool = False) -> AsyncIterator[FakeSerialPort]:
    """A ``FakeSerialPort``, closed when the context ends; not paced unless asked for. See ``open_serial``."""
    port = FakeSerialPort(paced=paced)
    nursery.start_soon(port.run)
    try:
        yield port
    finally:
        await port.aclose()
