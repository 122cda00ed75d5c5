"""Waits for the end of data mode."""

import sys

from line import Line

line = Line()
line.join()
line.connect(data_mode=True)
line.port.write(b"21.5 degrees\n")
line.send("+++", end="")
if line.wait_for("[OK]", "[DISCONNECT 0]", "[Link-Down Event]") != "[OK]":
    sys.exit("the connection ended before the report was through")
line.command("AT+SMGMT=ALL")
