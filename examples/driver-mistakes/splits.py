"""Splits the header of received data at its commas, and does not check what it gets."""

from __future__ import annotations

import sys
import time

import serial
from asking import ask


class Driver:
    """See the first line."""

    def __init__(self, device: str) -> None:
        self._port = serial.Serial(device, 115200, timeout=0.05)
        self._pending = b""

    def command(self, text: str) -> bool:
        """Send a command; whether the answer is [OK]."""
        self._port.write(text.encode() + b"\r")
        return self._wait_for(b"[OK]\r\n")

    def connect(self, peer: str) -> bool:
        """Open socket 0 to an address and port; whether it is connected."""
        self._port.write(f"AT+SCON=O,TCN,{peer},,0\r".encode())
        return self._wait_for(b"[CONNECT 0]\r\n")

    def send(self, data: bytes) -> bool:
        """Send data on socket 0; whether the module has taken it."""
        self._port.write(b"AT+SSEND=0,,,%d\r" % len(data))
        if not self._wait_for(b"[0,,,%d]\r\n" % len(data)):
            return False
        self._port.write(data)
        return self._wait_for(b"[OK]\r\n")

    def receive(self) -> bytes | None:
        """The next data of socket 0; None when none comes."""
        deadline = time.monotonic() + 5
        while not (read := self._pending + self._port.read(64)).strip():
            if time.monotonic() >= deadline:
                return None
        self._pending = b""
        fields = read.strip(b"\r\n{").split(b",")
        count = int(fields[3].split(b"}")[0])  # the mistake: are there four fields, and is the header whole?
        return fields[3].split(b"}")[1][:count]

    def _wait_for(self, wanted: bytes, limit_s: float = 5) -> bool:
        deadline = time.monotonic() + limit_s
        while wanted not in self._pending and b"[ERROR" not in self._pending:
            if time.monotonic() >= deadline:
                return False
            self._pending += self._port.read(self._port.in_waiting or 1)
        _, found, self._pending = self._pending.partition(wanted)
        return bool(found)


ask(Driver(sys.argv[1]), sys.argv[2])
