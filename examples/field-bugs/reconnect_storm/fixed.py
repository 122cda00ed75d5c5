"""Waits between two attempts, twice as long each time, and joins again when the module has lost its network."""

from line import Line, LineError

line = Line()


def attempt() -> None:
    """Join if the module is on no network, and connect. Raises LineError."""
    line.send("AT+WSTAT")
    status = line.wait_for("STA/", "Down/", "[ERROR")
    line.wait_for("[OK]")
    if not status.startswith("STA/"):
        line.join()
    line.command("AT+SMGMT=ALL")  # what a failed attempt has left open
    line.connect()


pause_s = 0.5
while True:
    try:
        attempt()
        break
    except LineError:
        line.rest(pause_s)
        pause_s = min(2 * pause_s, 15)
line.wait_for("[DISCONNECT 0]", limit_s=60)
