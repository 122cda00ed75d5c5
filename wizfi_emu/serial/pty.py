"""The serial port behind a pseudo-terminal."""

import fcntl
import logging
import os
import termios
from pathlib import Path

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.serial.base import BasePort
from wizfi_emu.serial.hostbuffer import HostEnd
from wizfi_emu.serial.symlink import DeviceLink

READ_BYTES = 4096
"""What a terminal gives at once, at most. Python gets memory for as many bytes as it is asked for, and shrinks it."""

log = logging.getLogger(__name__)

SHORT_READ_BYTES = 256
"""A read below this is an answer or a command line, not bulk data: look for more only with the next call."""

WATCH_BYTES = 4096
"""Read of a watch at once. What is behind it is read the next time; a few opens together count as one."""


class PtyEnd:
    """The way to whoever has the slave open. The slave's input holds about 12 kB for a host that does not read."""

    attached = True
    unsent = False

    def __init__(self, master: int, name: str) -> None:
        self.name = name
        self._master = master

    def write_nowait(self, data: bytes | bytearray) -> int:
        try:
            return os.write(self._master, data)
        except BlockingIOError:
            return 0

    async def wait_writable(self) -> None:
        await trio.lowlevel.wait_writable(self._master)


class PtyPort(BasePort):
    """A ``SerialPort`` that hosts open as a terminal device, and may close and open again.

    One descriptor of the slave stays open here, so the terminal outlives its hosts: neither end ever sees a hang-up and
    bytes in flight wait for the next host. The terminal is raw from the beginning; a host that sets nothing up sees
    exact bytes, one that changes the settings leaves them changed.

    ``link`` names a symbolic link to the device, see ``DeviceLink``. With ``watch_open`` an open that comes before
    ``wait_opened`` is called counts too, and with ``watch_every`` each later one does. Raises ``UserError`` when
    one of them cannot be had.
    """

    def __init__(
        self, *, paced: bool, link: Path | None = None, watch_open: bool = False, watch_every: bool = False
    ) -> None:
        try:
            self._master, self._slave = os.openpty()
        except OSError as error:
            raise UserError(f"cannot open a pseudo-terminal: {error.strerror}") from None
        self._watch: int | None = None
        self._watch_every = watch_every
        self._link: DeviceLink | None = None
        try:
            make_raw(self._slave)
            os.set_blocking(self._master, False)
            super().__init__(os.ttyname(self._slave), paced=paced)
            if watch_open or watch_every:
                self._watch = self._open_watch()
            if link is not None:
                # Last: whoever sees the link may open the device.
                self._link = DeviceLink(link, self.name)
        except BaseException:
            self._release()
            raise

    def _host_end(self) -> HostEnd:
        return PtyEnd(self._master, self.name)

    @property
    def host_baud(self) -> int | None:
        from wizfi_emu.serial.termios2 import read_baud  # few ask

        # The host's settings are those of the terminal, whose other descriptor is here.
        return read_baud(self._slave)

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        super().configure(baud, parity, data_bits, stop_bits, flow)
        if parity != "N" or data_bits != 8:
            log.warning(
                "%s: a pseudo-terminal carries 8 bits without parity, whatever the module (%d%s) and its host are set "
                "to; --serial tty:DEVICE is a real line",
                self.name,
                data_bits,
                parity,
            )

    async def receive_some(self, max_bytes: int) -> bytes:
        self._buffer.check_open()
        # A host's exclusive mode normally ends with the last close of the device. Here that never comes, and the mode
        # would lock out the host's next start.
        fcntl.ioctl(self._slave, termios.TIOCNXCL)
        while True:
            await trio.lowlevel.wait_readable(self._master)
            try:
                data = os.read(self._master, min(max_bytes, READ_BYTES))
            except BlockingIOError:
                continue
            if len(data) >= SHORT_READ_BYTES:
                data = self._drain(data, max_bytes)
            self.received_bytes += len(data)
            return data

    def _drain(self, data: bytes, max_bytes: int) -> bytes:
        """Add what else is there: a turn of the event loop costs as much as a read."""
        parts = [data]
        left = max_bytes - len(data)
        while left:
            try:
                data = os.read(self._master, min(left, READ_BYTES))
            except BlockingIOError:
                break
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    async def wait_open(self, after: int = 0) -> int:
        self._buffer.check_open()
        while self.opens <= after:
            # The machine's own descriptor does not count, it is older than the watch.
            if self._watch is None:
                self._watch = self._open_watch()
            await trio.lowlevel.wait_readable(self._watch)
            os.read(self._watch, WATCH_BYTES)
            if not self._watch_every:
                self._close_watch()  # a user has few of them
            self._host_opens()
        return await super().wait_open(after)

    def _open_watch(self) -> int:
        from wizfi_emu.serial.inotify import watch_open  # few need it

        return watch_open(self.name)

    def _close_watch(self) -> None:
        if self._watch is not None:
            close_descriptor(self._watch)
            self._watch = None

    def _release(self) -> None:
        if self._link is not None:
            self._link.remove()
        self._close_watch()
        close_descriptor(self._master)
        os.close(self._slave)


def close_descriptor(descriptor: int) -> None:
    """Close; tasks that wait for it get ``trio.ClosedResourceError``."""
    trio.lowlevel.notify_closing(descriptor)
    os.close(descriptor)


def make_raw(terminal: int) -> None:
    """Pass all bytes unchanged and at once, without echo: what cfmakeraw(3) sets, at 115200 bit/s for those who ask."""
    iflag, oflag, cflag, lflag, _, _, characters = termios.tcgetattr(terminal)
    iflag &= ~(
        termios.IGNBRK
        | termios.BRKINT
        | termios.PARMRK
        | termios.ISTRIP
        | termios.INLCR
        | termios.IGNCR
        | termios.ICRNL
        | termios.IXON
    )
    oflag &= ~termios.OPOST
    cflag = cflag & ~(termios.CSIZE | termios.PARENB) | termios.CS8 | termios.CREAD | termios.CLOCAL
    lflag &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    characters[termios.VMIN] = 1
    characters[termios.VTIME] = 0
    speed = termios.B115200
    termios.tcsetattr(terminal, termios.TCSANOW, [iflag, oflag, cflag, lflag, speed, speed, characters])
