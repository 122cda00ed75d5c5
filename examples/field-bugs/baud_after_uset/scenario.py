"""When the host goes on after the banner, its serial port has to be at the speed of the module."""

import os
import termios

from stage import Stage

OPTIONS = {"boot": "on-open"}
FINDING = "the module is at 57600 baud, the host is not"


def play(stage: Stage) -> None:
    """See above."""
    module = stage.module
    stage.start_host()
    module.expect(b"AT+MECHO=0\r\n[OK]\r\n")
    assert module.state.serial.baud == 57600
    assert speed(module.port) == termios.B57600, "the module is at 57600 baud, the host is not"


def speed(device: str) -> int:
    """The speed that the host has set. A pseudo-terminal carries bytes at any speed, so this has to be looked at."""
    descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY)
    try:
        return int(termios.tcgetattr(descriptor)[5])
    finally:
        os.close(descriptor)
