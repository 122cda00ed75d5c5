"""Tries again at once."""

from line import Line, LineError

line = Line()
line.join()
while True:
    try:
        line.connect()
        break
    except LineError:
        pass
line.wait_for("[DISCONNECT 0]", limit_s=60)
