"""Waits for the end of data mode."""

from line import Line

line = Line()
line.join()
line.connect(data_mode=True)
line.port.write(b"21.5 degrees\n")
line.send("+++", end="")
line.wait_for("[OK]")
line.command("AT+SMGMT=ALL")
