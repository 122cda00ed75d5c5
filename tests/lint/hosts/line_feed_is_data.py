"""Ends every command with CR and LF."""

from line import Line

line = Line()
line.join()
line.connect()
line.send("AT+SSEND=0,,,5", end="\r\n")
line.wait_for("[0,,,5]")
line.port.write(b"hello")
line.wait_for("[OK]")
