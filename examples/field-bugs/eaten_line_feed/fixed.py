"""Ends AT+SSEND with CR alone."""

from line import Line

line = Line()
line.join()
line.connect()
line.send("AT+SSEND=0,,,5", end="\r")
line.wait_for("[0,,,5]")
line.port.write(b"hello")
line.wait_for("[OK]")
