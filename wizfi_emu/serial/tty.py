"""The serial port at a real UART, such as a USB serial adapter whose other end is a microcontroller.

The line is this program's alone, raw, and follows AT+USET: rate and framing change when the last byte at the old ones
has left. RTS and CTS are crossed as between two devices: this program's RTS is the host's CTS. With flow control the
system's driver obeys CTS; RTS is taken away while the module's receive buffer is full.
"""

import fcntl
import logging
import os
import struct
import termios
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.serial.base import BasePort
from wizfi_emu.serial.hostbuffer import HostEnd
from wizfi_emu.serial.pty import close_descriptor, make_raw
from wizfi_emu.serial.termios2 import LineSettings, read_settings, write_settings

REOPEN_PAUSE_S = 1.0
"""Between two tries to open a device that has gone: an adapter that is plugged in again is used within a second."""

log = logging.getLogger(__name__)


class TtyPort(BasePort):
    """A ``SerialPort`` at a serial device of this machine, opened for this program alone.

    A wire cannot tell who is at its other end, so its host counts as there as soon as the device is. A device that goes
    (an adapter that is unplugged) is opened again when it is back; what is sent meanwhile is lost, as on a line that
    nobody hears. Raises ``UserError`` for a path that is no serial device, cannot be opened or is in use.
    """

    unsent = False

    def __init__(self, path: Path, *, paced: bool) -> None:
        self._path = path
        self._settings = LineSettings(115200, "N", 8, two_stop_bits=False, flow=False)
        self._unset = False
        self._stopped = False
        self._hinted: LineSettings | None = None
        self._gone = False
        self._work = trio.lowlevel.ParkingLot()
        self._line_changed = trio.lowlevel.ParkingLot()
        super().__init__(f"tty:{path}", paced=paced)
        try:
            self._terminal: int | None = open_terminal(path, self._settings)
        except OSError as error:
            raise UserError(f"--serial tty:{path}: {error.strerror}") from None
        self._host_opens()

    async def receive_some(self, max_bytes: int) -> bytes:
        await trio.lowlevel.checkpoint()
        while True:
            self._buffer.check_open()
            if not self.attached or self._terminal is None:
                await self._line_changed.park()
                continue
            try:
                await trio.lowlevel.wait_readable(self._terminal)
                data = os.read(self._terminal, max_bytes)
            except (BlockingIOError, trio.ClosedResourceError):
                continue  # the port is closed, or the device has gone
            except OSError as error:
                self._lose(error.strerror)
                continue
            if data:
                self.received_bytes += len(data)
                return data
            self._lose("it has hung up")

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        super().configure(baud, parity, data_bits, stop_bits, flow)
        settings = LineSettings(baud, parity, data_bits, two_stop_bits=stop_bits in ("1.5", "2"), flow=flow == "HW")
        if settings != self._settings:
            self._settings = settings
            self._unset = True
            self._work.unpark_all()

    def stop_host(self, stopped: bool) -> None:
        self._stopped = stopped
        if self._terminal is not None:
            set_rts(self._terminal, not stopped)

    # --- HostEnd ----------------------------------------------------------------------------------------------------

    def _host_end(self) -> HostEnd:
        return self

    @property
    def attached(self) -> bool:
        return not self._gone

    def write_nowait(self, data: bytes | bytearray) -> int:
        if self._gone or self._unset or self._terminal is None:
            return 0
        try:
            return os.write(self._terminal, data)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._lose(error.strerror)
            return 0

    async def wait_writable(self) -> None:
        while True:
            if self._gone or self._unset or self._terminal is None:
                await self._line_changed.park()
                continue
            with suppress(trio.ClosedResourceError):  # the device has gone, and may come back
                await trio.lowlevel.wait_writable(self._terminal)
                return

    # --- the device -------------------------------------------------------------------------------------------------

    def _tasks(self) -> list[Callable[[], Awaitable[None]]]:
        return [*super()._tasks(), self._keep_line]

    async def _keep_line(self) -> None:
        """Bring the device back when it has gone, and the line to the settings that it should have."""
        while True:
            if self._gone:
                self._terminal = await self._reopen()
                self._gone = self._unset = False
                log.info("%s: the device is there again", self.name)
                self.stop_host(self._stopped)
                self._host_opens()
            elif self._unset:
                await self._set_up()
            else:
                await self._work.park()
                continue
            self._line_changed.unpark_all()
            self._buffer.wake()

    async def _set_up(self) -> None:
        settings, terminal = self._settings, self._terminal
        assert terminal is not None
        try:
            # In a thread: it waits until everything has left, which CTS may delay for ever.
            await trio.to_thread.run_sync(_change, terminal, settings, abandon_on_cancel=True)
            real = read_settings(terminal)
        except OSError as error:
            self._unset = False
            self._lose(error.strerror)
            return
        if real != settings and self._hinted != settings:
            self._hinted = settings
            log.warning("%s: the device cannot do %s, it is set to %s", self.name, show(settings), show(real))
        self._unset = settings != self._settings

    def _lose(self, reason: str | None) -> None:
        if not self._gone:
            self._gone = True
            log.warning("%s: %s; it is opened again when it is back", self.name, reason)
            self._buffer.host_left()
            self._work.unpark_all()

    async def _reopen(self) -> int:
        if self._terminal is not None:
            terminal, self._terminal = self._terminal, None
            close_descriptor(terminal)
        while True:
            await trio.sleep(REOPEN_PAUSE_S)
            with suppress(OSError, UserError):
                return open_terminal(self._path, self._settings)

    def _release(self) -> None:
        if self._terminal is not None:
            close_descriptor(self._terminal)
        self._line_changed.unpark_all()


def open_terminal(path: Path, settings: LineSettings) -> int:
    """Open a serial device raw and exclusively, with DTR and RTS on. Raises OSError, or UserError that says why."""
    terminal = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        if not os.isatty(terminal):
            raise UserError(f"--serial tty:{path}: not a serial device")
        try:
            # The lock is for programs that ask for it (pyserial does), the mode for all others but root's.
            fcntl.flock(terminal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"--serial tty:{path}: another program has it open") from None
        fcntl.ioctl(terminal, termios.TIOCEXCL)
        make_raw(terminal)
        _change(terminal, settings, drain=False)
        set_rts(terminal, True)
        return terminal
    except BaseException:
        os.close(terminal)
        raise


def _change(terminal: int, settings: LineSettings, drain: bool = True) -> None:
    write_settings(terminal, settings, drain=drain)


def set_rts(terminal: int, on: bool) -> None:
    """Switch RTS, which is the host's CTS. A device without the line has nothing to switch."""
    with suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCMBIS if on else termios.TIOCMBIC, struct.pack("i", termios.TIOCM_RTS))


def show(settings: LineSettings) -> str:
    """``115200 8N1``, and the flow control."""
    flow = " with RTS/CTS" if settings.flow else ""
    stop_bits = 2 if settings.two_stop_bits else 1
    return f"{settings.baud} {settings.data_bits}{settings.parity}{stop_bits}{flow}"
