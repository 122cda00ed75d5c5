"""Waits for the answer and for the connection, in either order."""

import sys

from line import PEER, Line

line = Line()
line.join()
line.send(f"AT+SCON=O,TCN,{PEER},,1")
came = {line.wait_for("[OK]", "[CONNECT 0]"), line.wait_for("[OK]", "[CONNECT 0]")}
if came != {"[OK]", "[CONNECT 0]"}:
    sys.exit(f"no connection: {came}")
greeting = line.read_bytes(5)
sys.exit(0 if greeting == b"READY" else f"the greeting was {greeting!r}")
