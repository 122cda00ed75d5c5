"""The SPI line of a virtual module as its host sees it: transfers on one Unix socket, DATA_READY on another.

On hardware, replace `Line` by what has the same two methods on the board, such as spidev and a GPIO; the rest stays.
"""

from __future__ import annotations

import select
import socket
import time
from typing import Protocol

NULL, ESCAPE = 0xF0, 0xF1
XON, XOFF = 3, 4
BURST_BYTES = 100
"""Less than the 128 bytes that the module still takes after its XOFF."""


class SpiLine(Protocol):
    """The wires."""

    def transfer(self, mosi: bytes) -> bytes:
        """Clock bytes out; gives as many that come back."""

    def ready(self, timeout_s: float) -> bool:
        """DATA_READY. Waits for it to be high, so long at most."""


class Line:
    """The line at a path, that of ``wizfi-emu run --spi unix:PATH``."""

    def __init__(self, path: str) -> None:
        self._line, self._pin = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self._line.connect(path)
        self._pin.connect(f"{path}.ready")
        self._level = self._pin.recv(1)  # the present level comes first

    def transfer(self, mosi: bytes) -> bytes:
        self._line.sendall(mosi)
        miso = b""
        while len(miso) < len(mosi):
            more = self._line.recv(len(mosi) - len(miso))
            if not more:
                raise ConnectionError("the module is gone")
            miso += more
        return miso

    def ready(self, timeout_s: float) -> bool:
        while select.select([self._pin], [], [], 0 if self._level == b"1" else timeout_s)[0]:
            changes = self._pin.recv(64)
            if not changes:
                raise ConnectionError("the module is gone")
            self._level, timeout_s = changes[-1:], 0
        return self._level == b"1"

    def close(self) -> None:
        self._line.close()
        self._pin.close()


class WizFiSpi:
    """Bytes to and from the module, without escapes and codes."""

    def __init__(self, line: SpiLine) -> None:
        self._line = line
        self._escaped = self._stopped = False
        self._received = bytearray()

    def write(self, data: bytes) -> None:
        """Send; what comes back meanwhile is kept."""
        wire = data.replace(b"\xf1", b"\xf1\x01").replace(b"\xf0", b"\xf1\x00")
        for start in range(0, len(wire), BURST_BYTES):
            self._exchange(wire[start : start + BURST_BYTES])
            while self._stopped:
                # The module may stand still until its output is read.
                self._line.ready(0.01)
                self._exchange(b"\xf0")

    def read(self, timeout_s: float = 0.0) -> bytes:
        """Wait for bytes, so long at most; none when none came."""
        wait_s = 0.0 if self._received else timeout_s
        while self._line.ready(wait_s):
            self._exchange(b"\xf0")
            wait_s = 0.0
        data = bytes(self._received)
        self._received.clear()
        return data

    def read_until(self, end: bytes, timeout_s: float = 10.0) -> bytes:
        """What comes up to a text. Raises TimeoutError when it does not come."""
        got, until_s = b"", time.monotonic() + timeout_s
        while end not in got:
            if time.monotonic() > until_s:
                raise TimeoutError(f"expected {end!r}, got {got!r}")
            got += self.read(0.1)
        return got

    def _exchange(self, mosi: bytes) -> None:
        for byte in self._line.transfer(mosi):
            if byte == ESCAPE:
                self._escaped = True
            elif byte != NULL:
                self._take(byte)

    def _take(self, byte: int) -> None:
        if not self._escaped:
            self._received.append(byte)
            return
        self._escaped = False
        if byte < 2:
            self._received.append(NULL + byte)
        elif byte in (XON, XOFF):
            self._stopped = byte == XOFF
