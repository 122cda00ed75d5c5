"""Sends its settings without looking at the answers."""

from line import Line

line = Line()
for command in ("AT+MECHO=0", "AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WNET=1"):
    line.send(command)
for _ in range(4):
    line.wait_for("[OK]")
