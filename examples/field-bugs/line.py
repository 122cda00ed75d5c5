"""What the hosts of this folder share: a serial line read in lines, and commands that wait for their answer."""

from __future__ import annotations

import sys
import time

import serial

PEER = f"192.168.12.1,{sys.argv[2]}" if len(sys.argv) > 2 else ""
"""Address and port of the server, as the module sees it; not every host of this folder has one."""


class LineError(Exception):
    """What was waited for did not come."""


class Line:
    """The serial line to the module, which is the first argument of the program; the second is the server's port."""

    def __init__(self) -> None:
        self.port = serial.Serial(sys.argv[1], 115200, timeout=0.02)
        self._pending = bytearray()

    def send(self, text: str, end: str = "\r") -> None:
        """Send a command."""
        self.port.write((text + end).encode())

    def read_line(self, limit_s: float = 5) -> str:
        """The next line that is not empty. Raises LineError."""
        deadline = time.monotonic() + limit_s
        while not (line := self._take_line(deadline)):
            pass
        return line.decode("latin-1")

    def _take_line(self, deadline: float) -> bytes:
        while True:
            line, found, rest = bytes(self._pending).partition(b"\r\n")
            if found:
                self._pending[:] = rest
                return line
            if time.monotonic() >= deadline:
                raise LineError(f"nothing came, waiting at {bytes(self._pending)!r}")
            self._pending += self.port.read(self.port.in_waiting or 1)

    def read_bytes(self, count: int, limit_s: float = 5) -> bytes:
        """So many bytes, as they come. Raises LineError."""
        deadline = time.monotonic() + limit_s
        while len(self._pending) < count:
            if time.monotonic() >= deadline:
                raise LineError(f"{count} bytes did not come, only {bytes(self._pending)!r}")
            self._pending += self.port.read(self.port.in_waiting or 1)
        data = bytes(self._pending[:count])
        del self._pending[:count]
        return data

    def read_some(self) -> bytes:
        """What has come: up to 64 bytes, perhaps none."""
        if not self._pending:
            return self.port.read(64)
        return self.read_bytes(min(64, len(self._pending)))

    def wait_for(self, *wanted: str, limit_s: float = 5) -> str:
        """Skip lines up to one that begins with one of these. Raises LineError."""
        deadline = time.monotonic() + limit_s
        while not (line := self.read_line(max(0, deadline - time.monotonic()))).startswith(wanted):
            pass
        return line

    def command(self, text: str, limit_s: float = 5) -> bool:
        """Send a command; whether the answer is [OK]."""
        self.send(text)
        return self.wait_for("[OK]", "[ERROR", limit_s=limit_s) == "[OK]"

    def rest(self, pause_s: float) -> None:
        """Forget what comes until nothing has come for so long: late answers are those of old commands."""
        self._pending.clear()
        quiet_since = time.monotonic()
        while time.monotonic() < quiet_since + pause_s:
            if self.port.read(self.port.in_waiting or 1):
                quiet_since = time.monotonic()

    def join(self) -> None:
        """Join the network of the demo world. Raises LineError."""
        for command in ("AT+MECHO=0", "AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WNET=1", "AT+WJOIN"):
            if not self.command(command, limit_s=30):
                raise LineError(f"{command} was refused")

    def connect(self, data_mode: bool = False) -> None:
        """Open socket 0 to the peer. What the peer says before the answer is there is read later. Raises LineError."""
        command = f"AT+SCON=O,TCN,{PEER},,{data_mode:d}"
        self.send(command)
        awaited = {b"[OK]", b"[CONNECT 0]"}
        early = bytearray()
        refused = False
        while awaited:
            line = self._take_line(time.monotonic() + 5)
            if line.startswith(b"[ERROR"):
                raise LineError(f"no connection: {line.decode('latin-1')}")
            if line in awaited:
                awaited.remove(line)
            elif line == b"[DISCONNECT 0]" and b"[CONNECT 0]" in awaited:
                awaited.remove(b"[CONNECT 0]")
                refused = True
            elif line != command.encode():  # its echo, if there is one
                early += line + b"\r\n"
        self._pending[:0] = early
        if refused:
            raise LineError("no connection: [DISCONNECT 0]")
