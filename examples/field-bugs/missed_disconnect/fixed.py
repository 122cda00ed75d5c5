"""Notices the end of a connection whatever it waits for."""

import sys
import time

from line import Line, LineError

line = Line()
line.join()
line.connect()
connected = True


def answer(wanted: str) -> bool:
    """Whether the wanted line comes before an error."""
    global connected
    while not (found := line.wait_for(wanted, "[ERROR", "[DISCONNECT 0]")).startswith((wanted, "[ERROR")):
        connected = False
    return found == wanted


deadline = time.monotonic() + 6
while time.monotonic() < deadline:
    if not connected:
        line.connect()
        connected = True
    line.send("AT+SSEND=0,,,5")
    if answer("[0,,,5]"):
        time.sleep(0.5)  # reads its sensor
        line.port.write(b"21.5\n")
        if answer("[OK]"):
            sys.exit(0)
    try:
        connected = connected and line.read_line(limit_s=0.5) != "[DISCONNECT 0]"
    except LineError:
        pass  # nothing has happened
sys.exit("the value was not sent")
