"""A module at a serial device of this machine, opened for this program alone."""

import fcntl
import termios
import time

import serial

from wizfi_emu.errors import UserError

READ_BYTES = 4096
WRITE_LIMIT_S = 10.0
"""A device that takes nothing for so long, because of its flow control, counts as gone."""


_REASONS = {
    "exclusively lock": "another program has it open",
    "busy": "another program has it open",
    "No such file": "there is no such device",
    "Permission denied": "no permission to open it; the group of serial devices is often dialout",
    "Inappropriate ioctl": "no serial device",
    "Connection refused": "nobody listens there",
}


class DeviceLine:
    """The line of `play`, over pyserial: a device path, or what else ``serial_for_url`` takes, such as socket://."""

    def __init__(self, device: str, baud: int, *, flow: bool = False) -> None:
        """Raises UserError for a device that is not there, no serial device, or in use."""
        self.name = device
        try:
            self._port = serial.serial_for_url(
                device, baudrate=baud, rtscts=flow, exclusive=True, write_timeout=WRITE_LIMIT_S, timeout=0
            )
        except (serial.SerialException, ValueError, OSError) as error:
            raise UserError(f"{device}: {_reason(error)}") from None
        descriptor = getattr(self._port, "fd", None)
        if isinstance(descriptor, int):
            # The lock is for programs that ask for it, the mode for all others but root's.
            fcntl.ioctl(descriptor, termios.TIOCEXCL)

    @property
    def now_us(self) -> int:
        return time.monotonic_ns() // 1000

    def send(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialException as error:
            raise UserError(f"{self.name}: {_reason(error)}") from None

    def receive(self, until_us: int) -> bytes:
        try:
            self._port.timeout = max(0.0, (until_us - self.now_us) / 1e6)
            first = self._port.read(1)
            return bytes(first + self._port.read(min(self._port.in_waiting, READ_BYTES)) if first else first)
        except (serial.SerialException, OSError) as error:
            raise UserError(f"{self.name}: {_reason(error)}") from None

    def close(self) -> None:
        self._port.close()


def _reason(error: Exception) -> str:
    """What pyserial says, in words of ours where it quotes the system."""
    text = str(error)
    known = (said for part, said in _REASONS.items() if part in text)
    return next(known, getattr(error, "strerror", None) or text)
