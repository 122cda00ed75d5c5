"""Looks for headers in each read alone."""

import re
import sys
import time

from line import Line

line = Line()
line.join()
line.connect()
received = b""
missing = 0
deadline = time.monotonic() + 4
while len(received) < 20000 and time.monotonic() < deadline:
    data = line.read_some()
    while data:
        if missing == 0:
            header = re.search(rb"\{0,[\d.]+,\d+,(\d+)\}", data)
            if header is None:
                break
            missing = int(header[1])
            data = data[header.end() :]
        received += data[:missing]
        data, missing = data[missing:], missing - len(data[:missing])
sys.exit(0 if received == b"0123456789" * 2000 else f"{len(received)} bytes of 20000")
