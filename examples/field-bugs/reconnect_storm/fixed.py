"""Waits between two attempts, twice as long each time."""

import time

from line import Line, LineError

line = Line()
line.join()
pause_s = 0.5
while True:
    try:
        line.connect()
        break
    except LineError:
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, 60)
line.wait_for("[DISCONNECT 0]", limit_s=60)
