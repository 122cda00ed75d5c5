"""Goes on at once behind a reset."""

from line import Line

line = Line()
line.command("AT+MRESET")
line.send("AT+MECHO=0")
line.wait_for("WizFi250 Version")
