"""Joins the demo network over a serial line, and talks to a peer's echo: ``python3 join.py PORT [PEER-PORT]``."""

from __future__ import annotations

import sys

import serial

port = serial.serial_for_url(sys.argv[1], 115200, timeout=30)
peer_port = sys.argv[2] if len(sys.argv) > 2 else "5000"
for command in ("AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WJOIN"):
    port.write(f"{command}\r".encode())
    answer = port.read_until(b"[OK]\r\n")
    assert answer.endswith(b"[OK]\r\n"), answer
port.write(f"AT+SCON=O,TCN,192.168.12.1,{peer_port},,1\r".encode())
answer = port.read_until(b"[CONNECT 0]\r\n")
assert answer.endswith(b"[CONNECT 0]\r\n"), answer
port.write(b"hello")
assert port.read(5) == b"hello"
print("joined, and heard the echo")
