"""Notices the end of a connection only when it waits for nothing."""

import sys
import time

from line import Line, LineError

line = Line()
line.join()
line.connect()
connected = True
deadline = time.monotonic() + 6
while time.monotonic() < deadline:
    if not connected:
        line.connect()
        connected = True
    line.send("AT+SSEND=0,,,5")
    if line.wait_for("[0,,,5]", "[ERROR") == "[0,,,5]":
        time.sleep(0.5)  # reads its sensor
        line.port.write(b"21.5\n")
        if line.wait_for("[OK]", "[ERROR") == "[OK]":
            sys.exit(0)
    try:
        connected = line.read_line(limit_s=0.5) != "[DISCONNECT 0]"
    except LineError:
        pass  # nothing has happened
sys.exit("the value was not sent")
