"""Begins again when the module has booted."""

from line import Line

line = Line()
line.wait_for("WizFi250 Version")
answer = ""
while answer != "[OK]":
    line.command("AT+WNET=0,10.0.0.2,255.0.0.0,10.0.0.1")
    line.send("AT+MPROF=S")
    answer = line.wait_for("[OK]", "[ERROR", "WizFi250 Version")
