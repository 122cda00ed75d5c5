"""Asks for its address each time."""

from line import Line

line = Line()
line.join()
line.connect()
while line.wait_for("{0,", "[DISCONNECT 0]", limit_s=60).startswith("{"):  # the server asks
    line.send("AT+WSTAT")
    answer = f"{line.wait_for('STA/').split('/')[2]:15}".encode()
    line.wait_for("[OK]")
    line.send("AT+SSEND=0,,,15")
    line.wait_for("[0,,,15]")
    line.port.write(answer)
    line.wait_for("[OK]")
