"""Does not wait behind +++."""

import time

from line import Line

line = Line()
line.join()
line.connect(data_mode=True)
line.send("+++", end="")
time.sleep(0.2)
line.send("AT+SMGMT=ALL")
time.sleep(1)
