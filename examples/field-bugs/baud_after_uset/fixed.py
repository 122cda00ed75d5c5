"""Changes its own speed behind the answer."""

from line import Line

line = Line()
line.command("AT+USET=57600,N,8,1,N")
line.port.baudrate = 57600
line.wait_for("WizFi250 Version")
line.command("AT+MECHO=0")
