"""What the hosts of this folder do: join, connect, ask three times. How they read is up to each."""

from __future__ import annotations

import sys
from typing import Protocol


class Driver(Protocol):
    """The part of a driver that these hosts have of their own."""

    def command(self, text: str) -> bool:
        """Send a command; whether the answer is [OK]."""

    def connect(self, peer: str) -> bool:
        """Open socket 0 to an address and port; whether it is connected."""

    def send(self, data: bytes) -> bool:
        """Send data on socket 0; whether the module has taken it."""

    def receive(self) -> bytes | None:
        """The next data of socket 0; None when none comes."""


def ask(driver: Driver, server_port: str) -> None:
    """Ask the server three times, and end the program."""
    for command in ("AT+MECHO=0", "AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WNET=1", "AT+WJOIN"):
        if not driver.command(command):
            sys.exit(f"{command} is refused")
    if not driver.connect(f"192.168.12.1,{server_port}"):
        sys.exit("no connection")
    for _ in range(3):
        if not driver.send(b"ping"):
            sys.exit("not sent")
        answer = driver.receive()
        if answer != b"pong":
            sys.exit(f"the answer is {answer!r}")
