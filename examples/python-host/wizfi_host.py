"""A small driver for the WizFi250: commands, join, TCP connections."""

from __future__ import annotations

import re
import time
from types import TracebackType

import serial

HEADER = re.compile(rb"\{(\d),([\d.]+),(\d+),(\d+)\}")
EVENT = re.compile(rb"\[(CONNECT|DISCONNECT) (\d)\]|\[(Link-Down Event)\]")
ADDRESS = re.compile(r"IP Addr +: ([\d.]+)")
PROMPT = re.compile(rb"\[(\d),,,(\d+)\]")


class WizFiError(Exception):
    """The module refused, or did not answer."""


class WizFi:
    """One module on a serial port; use it as a context."""

    def __init__(self, device: str, baud: int = 115200) -> None:
        self._port = serial.Serial(device, baud, timeout=0.05)
        self._pending = bytearray()
        self.received: dict[int, bytearray] = {}
        """What came, of each open connection."""
        self.joined = False

    def __enter__(self) -> WizFi:
        self.command("AT+MECHO=0")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._port.close()

    def command(self, text: str, limit_s: float = 5) -> list[str]:
        """Send a command and give the lines of its answer. Raises WizFiError."""
        self._port.write(text.encode() + b"\r")
        return self._answer(text, limit_s)

    def join(self, ssid: str, key: str) -> str:
        """Join a network with DHCP and give the module's address."""
        for command in (f"AT+WSET=0,{ssid}", f"AT+WSEC=0,,{key}", "AT+WNET=1"):
            self.command(command)
        lines = self.command("AT+WJOIN", limit_s=30)
        if any(line.startswith("Already Associated") for line in lines):  # since an earlier run, and maybe elsewhere
            self.command("AT+WLEAVE")
            lines = self.command("AT+WJOIN", limit_s=30)
        self.joined = True
        found = next(filter(None, map(ADDRESS.search, lines)), None)
        if found is None:
            raise WizFiError("AT+WJOIN: no address came")
        return found[1]

    def connect(self, address: str, port: int, limit_s: float = 10) -> int:
        """Open a TCP connection and give its socket id. [CONNECT x] comes before or after [OK]."""
        before = set(self.received)
        self.command(f"AT+SCON=O,TCN,{address},{port},,0")
        deadline = time.monotonic() + limit_s
        while not (opened := set(self.received) - before):
            if self._line(deadline) is None:
                raise WizFiError(f"no connection to {address}:{port}")
        return opened.pop()

    def send(self, socket_id: int, data: bytes) -> None:
        """Send data; it goes out behind the prompt, and the command ends with CR alone."""
        self._port.write(f"AT+SSEND={socket_id},,,{len(data)}\r".encode())
        deadline = time.monotonic() + 5
        while (line := self._line(deadline)) is not None:
            if PROMPT.fullmatch(line):
                self._port.write(data)
                self._answer("AT+SSEND", limit_s=15)
                return
            if line.startswith(b"[ERROR"):
                raise WizFiError(f"AT+SSEND: {line.decode('latin-1')}")
        raise WizFiError("AT+SSEND: no prompt")

    def receive(self, socket_id: int, count: int, limit_s: float = 5) -> bytes:
        """Wait for so many bytes of a connection. Raises WizFiError."""
        deadline = time.monotonic() + limit_s
        while len(self.received.get(socket_id, b"")) < count:
            if self._line(deadline) is None or socket_id not in self.received:
                raise WizFiError(f"connection {socket_id}: {count} bytes did not come")
        data = bytes(self.received[socket_id][:count])
        del self.received[socket_id][:count]
        return data

    def wait(self, seconds: float) -> None:
        """Take what comes, for a time."""
        deadline = time.monotonic() + seconds
        while self._line(deadline) is not None:
            pass

    def _answer(self, text: str, limit_s: float) -> list[str]:
        lines: list[str] = []
        deadline = time.monotonic() + limit_s
        while (line := self._line(deadline)) is not None:
            if line == b"[OK]":
                return lines
            if line.startswith((b"[ERROR", b"[TCP Send Error")):
                raise WizFiError(f"{text}: {line.decode('latin-1')}")
            lines.append(line.decode("latin-1"))
        raise WizFiError(f"{text}: no answer within {limit_s:g} s")

    def _line(self, deadline: float) -> bytes | None:
        """The next line; b"" for a block of data, which is taken; None when the time is over."""
        while True:
            if (line := self._take()) is not None:
                return line
            if time.monotonic() >= deadline:
                return None
            self._pending += self._port.read(self._port.in_waiting or 1)

    def _take(self) -> bytes | None:
        while self._pending.startswith(b"\r\n"):
            del self._pending[:2]
        if self._pending.startswith(b"{"):
            header = HEADER.match(self._pending)
            if header is None:
                return None  # the rest of the header is still on its way
            end = header.end() + int(header[4])
            if len(self._pending) < end + 2:
                return None
            self.received.setdefault(int(header[1]), bytearray()).extend(self._pending[header.end() : end])
            del self._pending[: end + 2]
            return b""
        line, found, rest = bytes(self._pending).partition(b"\r\n")
        if not found:
            return None
        self._pending[:] = rest
        if event := EVENT.fullmatch(line):
            self._happened(event)
        return line

    def _happened(self, event: re.Match[bytes]) -> None:
        if event[1] == b"CONNECT":
            self.received[int(event[2])] = bytearray()
        elif event[1] == b"DISCONNECT":
            self.received.pop(int(event[2]), None)
        else:
            self.joined = False
