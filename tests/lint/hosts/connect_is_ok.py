"""Takes [CONNECT x] for the answer."""

from line import PEER, Line

line = Line()
line.join()
line.send(f"AT+SCON=O,TCN,{PEER},,0")
line.wait_for("[CONNECT 0]")
line.command("AT+SMGMT=?")
