"""Remembers its address from the join."""

from line import Line

line = Line()
for command in ("AT+MECHO=0", "AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WNET=1"):
    line.command(command)
line.send("AT+WJOIN")
address = line.wait_for("  IP Addr").split(":")[1].strip()
line.wait_for("[OK]")
line.connect()
while line.wait_for("{0,", "[DISCONNECT 0]", limit_s=60).startswith("{"):  # the server asks
    answer = f"{address:15}".encode()
    line.send("AT+SSEND=0,,,15")
    line.wait_for("[0,,,15]")
    line.port.write(answer)
    line.wait_for("[OK]")
