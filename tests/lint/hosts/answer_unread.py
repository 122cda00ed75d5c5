"""Sends its data whatever the answer was."""

import time

from line import Line

line = Line()
line.join()
line.send("AT+SSEND=3,,,5")
time.sleep(0.2)
line.port.write(b"hello")
time.sleep(0.2)
