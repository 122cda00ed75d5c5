"""Keeps its own speed."""

from line import Line

line = Line()
line.command("AT+USET=57600,N,8,1,N")
line.wait_for("WizFi250 Version")
line.command("AT+MECHO=0")
