"""Serves three readings to who connects, on a module of its own. usage: meter.py DEVICE"""

from __future__ import annotations

import sys
import time

import serial

COMMANDS = (
    "AT+MECHO=0",
    "AT+WSET=0,WizFiDemoAP",
    "AT+WSEC=0,,12345678",
    "AT+WNET=1",
    "AT+WJOIN",
    "AT+SCON=O,TSN,,,5000,1",
)
PERIOD_S = 600

with serial.Serial(sys.argv[1], 115200, timeout=30) as port:

    def wait_for(text: str) -> None:
        """Read up to a text; without it this is the end."""
        if not port.read_until(text.encode()).endswith(text.encode()):
            sys.exit(f"no {text!r}")

    for command in COMMANDS:
        port.write(command.encode() + b"\r")
        wait_for("[OK]\r\n")
    wait_for("[CONNECT 0]\r\n")  # and then the line is the connection
    for reading in (20, 21, 22):
        time.sleep(PERIOD_S if len(sys.argv) < 3 else float(sys.argv[2]))
        port.write(f"{reading} degrees\n".encode())
    wait_for("[DISCONNECT 0]\r\n")
