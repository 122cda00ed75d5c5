"""The host's end of the serial line: the device that the steps open, or a look at what a host program does."""

from __future__ import annotations

import os
from collections.abc import Callable

import trio

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.serial.port import SerialPort
from wizfi_emu.serial.termios2 import write_baud
from wizfi_emu.streams import Stream

READ_BYTES = 65536


class Terminal:
    """The serial device, open as a host has it."""

    def __init__(self, device: str, received: Stream, tell: Callable[[], None]) -> None:
        self._fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._received = received
        self._tell = tell
        self._unsent = bytearray()
        self._work = trio.Event()

    def send(self, data: bytes) -> None:
        """Write, as fast as the device takes it."""
        self._unsent += data
        self._work.set()

    def set_baud(self, baud: int) -> None:
        """Set the rate of the port."""
        try:
            write_baud(self._fd, baud)
        except OSError as error:
            raise RefusedError(f"{baud} bit/s: {error.strerror}") from None

    async def run(self) -> None:
        """Read and write until cancelled."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                while True:
                    await trio.lowlevel.wait_readable(self._fd)
                    try:
                        data = os.read(self._fd, READ_BYTES)
                    except BlockingIOError:
                        continue
                    self._received.add(data)
                    self._tell()
        finally:
            trio.lowlevel.notify_closing(self._fd)
            os.close(self._fd)

    async def _write(self) -> None:
        while True:
            await self._work.wait()
            self._work = trio.Event()
            while self._unsent:
                try:
                    taken = os.write(self._fd, self._unsent)
                except BlockingIOError:
                    await trio.lowlevel.wait_writable(self._fd)
                else:
                    del self._unsent[:taken]


class Tap(SerialPort):
    """A ``SerialPort`` that notes what passes through another one."""

    def __init__(self, port: SerialPort, to_host: Stream, from_host: Stream, tell: Callable[[], None]) -> None:
        self._port = port
        self._to_host = to_host
        self._from_host = from_host
        self._tell = tell

    async def receive_some(self, max_bytes: int) -> bytes:
        data = await self._port.receive_some(max_bytes)
        self._from_host.add(data)
        self._tell()
        return data

    def send_nowait(self, data: bytes) -> None:
        self._to_host.add(data)
        self._tell()
        self._port.send_nowait(data)

    @property
    def name(self) -> str:
        return self._port.name

    @property
    def received_bytes(self) -> int:
        return self._port.received_bytes

    @property
    def sent_bytes(self) -> int:
        return self._port.sent_bytes

    @property
    def dropped_bytes(self) -> int:
        return self._port.dropped_bytes

    @property
    def host_baud(self) -> int | None:
        return self._port.host_baud

    def discard_unsent(self) -> None:
        self._port.discard_unsent()

    async def wait_room(self) -> None:
        await self._port.wait_room()

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        self._port.configure(baud, parity, data_bits, stop_bits, flow)

    async def wait_opened(self) -> None:
        await self._port.wait_opened()

    async def aclose(self) -> None:
        await self._port.aclose()
