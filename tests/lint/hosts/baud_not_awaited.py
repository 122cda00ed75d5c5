"""Changes its rate, and goes on at once."""

from line import Line

line = Line()
line.command("AT+USET=57600,N,8,1,N")
line.port.baudrate = 57600
line.send("AT+MECHO=0")
line.wait_for("WizFi250 Version")
