"""Saves its settings each time that it has a value."""

import time

from line import Line

line = Line()
for _ in range(10):
    line.command("AT+MPROF=S")
    time.sleep(2)
