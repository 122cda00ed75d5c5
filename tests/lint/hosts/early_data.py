"""Sends command and data in one go."""

from line import Line

line = Line()
line.join()
line.connect()
line.port.write(b"AT+SSEND=0,,,5\rhello")
line.wait_for("[OK]")
