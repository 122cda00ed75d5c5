"""The host's end of the serial line, where the steps are the host."""

import os
from collections.abc import Callable

import trio

from wizfi_emu.actions.perform import RefusedError
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
        try:
            write_baud(self._fd, baud)
        except OSError as error:
            raise RefusedError(f"{baud} bit/s: {error.strerror}") from None

    async def run(self) -> None:
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
