"""Sends the escape and the next command in one go."""

from line import Line

line = Line()
line.join()
line.connect(data_mode=True)
line.port.write(b"21.5 degrees\n")
line.send("+++AT+SMGMT=ALL")
