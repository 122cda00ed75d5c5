"""Goes on sending when the peer has closed."""

import time

from line import Line

line = Line()
line.join()
line.connect()
for data in (b"bye", b"one", b"two"):
    line.send("AT+SSEND=0,,,3")
    if line.wait_for("[0,,,3]", "[ERROR") == "[0,,,3]":
        line.port.write(data)
        line.wait_for("[OK]", "[ERROR")
    time.sleep(0.5)
