"""Reads until [OK] is there, and forgets what has come behind it in the same read."""

from __future__ import annotations

import re
import sys
import time

import serial
from asking import ask

HEADER = re.compile(rb"\{0,[\d.]+,\d+,(\d+)\}")


class Driver:
    """See the first line."""

    def __init__(self, device: str) -> None:
        self._port = serial.Serial(device, 115200, timeout=0.05)

    def command(self, text: str) -> bool:
        """Send a command; whether the answer is [OK]."""
        self._port.write(text.encode() + b"\r")
        return self._wait_for(b"[OK]") is not None

    def connect(self, peer: str) -> bool:
        """Open socket 0 to an address and port; whether it is connected."""
        self._port.write(f"AT+SCON=O,TCN,{peer},,0\r".encode())
        return self._wait_for(b"[CONNECT 0]\r\n") is not None

    def send(self, data: bytes) -> bool:
        """Send data on socket 0; whether the module has taken it."""
        self._port.write(b"AT+SSEND=0,,,%d\r" % len(data))
        if self._wait_for(b"[0,,,%d]\r\n" % len(data)) is None:
            return False
        self._port.write(data)
        return self._wait_for(b"[OK]") is not None

    def receive(self) -> bytes | None:
        """The next data of socket 0; None when none comes."""
        read = self._wait_for(b"}")
        header = HEADER.search(read or b"")
        if read is None or header is None:
            return None
        data = read[header.end() :]
        return data + self._port.read(int(header[1]) - len(data))

    def _wait_for(self, wanted: bytes, limit_s: float = 5) -> bytes | None:
        read = b""
        deadline = time.monotonic() + limit_s
        while wanted not in read and b"[ERROR" not in read:
            if time.monotonic() >= deadline:
                return None
            read += self._port.read(self._port.in_waiting or 1)
        return read if wanted in read else None  # the mistake: of this, nobody looks at what follows [OK]


ask(Driver(sys.argv[1]), sys.argv[2])
