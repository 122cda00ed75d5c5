"""Takes any line for the prompt, with the echo on."""

import time

from line import Line

line = Line()
line.join()
line.command("AT+MECHO=1")
line.connect()
time.sleep(0.1)
line.send("AT+SSEND=0,,,5,10000")
line.read_line()
line.port.write(b"hello")
line.wait_for("[OK]")
