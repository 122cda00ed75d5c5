"""Goes on with whatever comes."""

from line import Line

line = Line()
line.wait_for("WizFi250 Version")
line.command("AT+WNET=0,10.0.0.2,255.0.0.0,10.0.0.1")
line.send("AT+MPROF=S")
line.wait_for("AT+MPROF=S")  # the echo
line.read_line()
