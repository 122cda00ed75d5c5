"""Takes the first line in brackets for the answer, and what follows for data."""

import sys

from line import PEER, Line

line = Line()
line.join()
line.send(f"AT+SCON=O,TCN,{PEER},,1")
if line.wait_for("[") != "[CONNECT 0]":
    line.wait_for("[CONNECT 0]")
greeting = line.read_bytes(5)
sys.exit(0 if greeting == b"READY" else f"the greeting was {greeting!r}")
