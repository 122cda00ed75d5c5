"""Keeps what it has not understood yet."""

import re
import sys
import time

from line import Line

line = Line()
line.join()
line.connect()
received = b""
pending = b""
deadline = time.monotonic() + 6
while len(received) < 20000 and time.monotonic() < deadline:
    pending += line.read_some()
    while header := re.match(rb"(?:\r\n)*\{0,[\d.]+,\d+,(\d+)\}", pending):
        end = header.end() + int(header[1])
        if len(pending) < end:
            break
        received += pending[header.end() : end]
        pending = pending[end:]
sys.exit(0 if received == b"0123456789" * 2000 else f"{len(received)} bytes of 20000")
