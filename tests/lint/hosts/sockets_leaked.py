"""Opens a connection for each value, and closes none."""

from line import PEER, Line

line = Line()
line.join()
for number in range(3):
    line.send(f"AT+SCON=O,TCN,{PEER},,0")
    line.wait_for(f"[CONNECT {number}]")
    line.send(f"AT+SSEND={number},,,1")
    line.wait_for(f"[{number},,,1]")
    line.port.write(b"!")
    line.wait_for("[OK]")
