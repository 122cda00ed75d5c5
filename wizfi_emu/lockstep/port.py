"""A port of pyserial whose other end is a module in the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

import serial
from serial.serialutil import PortNotOpenError, SerialBase, SerialException, SerialTimeoutException

from wizfi_emu.lockstep.clock import CALL_US, Lockstep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import ReadableBuffer


class PortEnd(Protocol):
    """What a port is the host's end of; `HostEnd` is one."""

    received: bytearray
    """What has come, and the host has not read."""

    def open(self, baud: int) -> None:
        """The host opens the port."""

    def set_baud(self, baud: int) -> None:
        """The host sets its rate."""

    def set_lines(self, *, rts: bool, dtr: bool) -> None:
        """The host sets its lines."""

    @property
    def cts(self) -> bool:
        """Whether the module lets the host send."""

    def write(self, data: bytes) -> None:
        """The host sends."""

    @property
    def takes_more(self) -> bool:
        """Whether the host can write without waiting."""

    @property
    def unsent_bytes(self) -> int:
        """What the host has written and the module has not taken."""

    def discard(self) -> None:
        """Forget it."""

    def drain(self, lockstep: Lockstep) -> None:
        """Wait until the module has taken it."""


class Port(SerialBase):
    """Stands in for ``serial.Serial``. Settings, lines and ``read_until`` are pyserial's own code."""

    ends: ClassVar[Mapping[str, PortEnd]] = {}
    """What can be opened, by the names of ports."""

    _end: PortEnd | None = None
    _canceled_read = False
    _canceled_write = False

    def open(self) -> None:
        if self.port is None:
            raise SerialException("Port must be configured before it can be used.")
        if self.is_open:
            raise SerialException("Port is already open.")
        lockstep = Lockstep.current
        end = self.ends.get(self.port)
        if end is None or lockstep is None:
            raise SerialException(2, f"could not open port {self.port}: there is no such module in this lockstep")
        self._end, self._lockstep = end, lockstep
        self.is_open = True
        end.open(self.baudrate)
        lockstep.host_acted()

    def close(self) -> None:
        self.is_open = False
        self._end = None

    def _open_end(self) -> PortEnd:
        if self._end is None:
            raise PortNotOpenError
        return self._end

    def _reconfigure_port(self, force_update: bool = False) -> None:
        self._open_end().set_baud(self.baudrate)

    @property
    def has_data(self) -> bool:
        """Whether a read of one byte does not wait."""
        return bool(self._open_end().received)

    @property
    def takes_more(self) -> bool:
        """Whether a write does not wait."""
        return self._open_end().takes_more

    # --- from the module --------------------------------------------------------------------------------------------

    @property
    def in_waiting(self) -> int:
        end = self._open_end()
        self._lockstep.spend()
        return len(end.received)

    def read(self, size: int = 1) -> bytes:
        end, lockstep = self._open_end(), self._lockstep
        if size <= 0:
            lockstep.spend()
            return b""
        self._canceled_read = False
        if len(end.received) < size:
            # As pyserial on a POSIX system does it, ``inter_byte_timeout`` changes nothing.
            timeout = self.timeout
            until_us = None if timeout is None else lockstep.clock.now_us + max(CALL_US, round(timeout * 1e6))
            lockstep.wait(until_us, lambda: len(end.received) >= size or self._canceled_read or not self.is_open)
        else:
            lockstep.spend()
        data = bytes(end.received[:size])
        del end.received[:size]
        return data

    def reset_input_buffer(self) -> None:
        self._open_end().received.clear()
        self._lockstep.spend()

    def cancel_read(self) -> None:
        self._canceled_read = True

    # --- to the module ----------------------------------------------------------------------------------------------

    def write(self, b: ReadableBuffer, /) -> int | None:
        """Gives how many bytes it has taken: all, or the write timeout is over."""
        end, lockstep = self._open_end(), self._lockstep
        data = bytes(b)
        self._canceled_write = False
        if not end.takes_more:
            timeout = self.write_timeout
            until_us = None if timeout is None else lockstep.clock.now_us + round(timeout * 1e6)
            if not lockstep.wait(until_us, lambda: end.takes_more or self._canceled_write):
                raise SerialTimeoutException("Write timeout")
            if self._canceled_write:
                return 0
        end.write(data)
        lockstep.host_acted()
        lockstep.spend()
        return len(data)

    def flush(self) -> None:
        self._open_end().drain(self._lockstep)

    @property
    def out_waiting(self) -> int:
        end = self._open_end()
        self._lockstep.spend()
        return end.unsent_bytes

    def reset_output_buffer(self) -> None:
        self._open_end().discard()
        self._lockstep.spend()

    def cancel_write(self) -> None:
        self._canceled_write = True

    # --- lines ------------------------------------------------------------------------------------------------------

    def _update_rts_state(self) -> None:
        self._set_lines()

    def _update_dtr_state(self) -> None:
        self._set_lines()

    def _set_lines(self) -> None:
        self._open_end().set_lines(rts=bool(self.rts), dtr=bool(self.dtr))
        self._lockstep.host_acted()

    def _update_break_state(self) -> None:
        self._open_end()

    @property
    def cts(self) -> bool:
        return self._open_end().cts

    # The rest are those of a cable: somebody is there, and nobody calls.

    @property
    def dsr(self) -> bool:
        self._open_end()
        return True

    @property
    def ri(self) -> bool:
        self._open_end()
        return False

    @property
    def cd(self) -> bool:
        self._open_end()
        return True


def serial_class_for_url(url: str) -> tuple[str, type[SerialBase]]:
    """What pyserial asks: the port and the class of a ``wizfi://`` address, in a lockstep and without one."""
    if Lockstep.current is not None:
        return url, Port
    return url.removeprefix("wizfi://"), serial.Serial
