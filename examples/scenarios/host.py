"""A host that joins a network, and begins again when the module has restarted."""

import sys

import serial

BANNER = b"WizFi250 Version"
COMMANDS = (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN")
TRIES = 3


class RestartedError(Exception):
    """The module has printed its banner."""


def ask(port: serial.Serial, command: bytes) -> None:
    """Send a command and wait for its OK."""
    port.write(command + b"\r")
    answer = b""
    while not answer.endswith((b"[OK]\r\n", b"[ERROR]\r\n")):
        line = port.readline()
        answer += line
        if BANNER in line:
            raise RestartedError
        if not line:
            raise TimeoutError(f"no answer to {command!r}: {answer!r}")
    if answer.endswith(b"[ERROR]\r\n"):
        raise RuntimeError(f"{command!r} is refused")


def main() -> int:
    with serial.Serial(sys.argv[1], 115200, timeout=10) as port:
        while BANNER not in port.readline():
            pass
        for attempt in range(TRIES):
            try:
                for command in COMMANDS:
                    ask(port, command)
            except RestartedError:
                print("the module has restarted, attempt", attempt + 1)
            else:
                print("joined")
                return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
