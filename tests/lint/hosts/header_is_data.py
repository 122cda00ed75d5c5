"""Sends back what it has read, whatever it is."""

import time

from line import Line

line = Line()
line.join()
line.connect()
line.send("AT+SSEND=0,,,1")
line.wait_for("[0,,,1]")
line.port.write(b"?")
line.wait_for("[OK]")
time.sleep(0.2)
data = (line.read_some() + line.port.read(64)).strip()
line.send(f"AT+SSEND=0,,,{len(data)}")
line.wait_for(f"[0,,,{len(data)}]")
line.port.write(data)
time.sleep(0.2)
