"""Sends its data when the prompt has come."""

import time

from line import Line

line = Line()
line.join()
line.connect()
line.wait_for("{0,")  # the peer's question
time.sleep(0.3)  # the answer is being made
line.send("AT+SSEND=0,,,10")
if line.wait_for("[0,,,10]", "[ERROR") == "[0,,,10]":
    line.port.write(b"AT+WLEAVE\r")
    line.wait_for("[OK]", "[ERROR")
line.command("AT")
