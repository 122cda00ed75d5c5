"""Sends its data right behind the command."""

import time

from line import Line

line = Line()
line.join()
line.connect()
line.wait_for("{0,")  # the peer's question
time.sleep(0.3)  # the answer is being made
line.send("AT+SSEND=0,,,10")
line.port.write(b"AT+WLEAVE\r")
line.wait_for("[OK]", "[ERROR")
line.command("AT")
