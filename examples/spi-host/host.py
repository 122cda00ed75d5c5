"""A host on the module's SPI line: joins the demo world, connects to ADDRESS PORT, says hello, waits for the answer.

usage: python3 host.py PATH ADDRESS PORT
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "clients"))

from wizfi_spi import Line, WizFiSpi  # it lies in the folder of the clients

HELLO = b"hello over SPI \xf0\xf1\n"


def main(path: str, address: str, port: str) -> None:
    line = Line(path)
    spi = WizFiSpi(line)

    def command(text: str, answer: bytes = b"[OK]\r\n") -> None:
        spi.write(text.encode() + b"\r")
        spi.read_until(answer)

    command("AT+MECHO=0")
    command("AT+WSET=0,WizFiDemoAP")
    command("AT+WSEC=0,,12345678")
    command("AT+WNET=1")
    command("AT+WJOIN")
    command(f"AT+SCON=O,TCN,{address},{port},,0", b"[CONNECT 0]\r\n")
    command(f"AT+SSEND=0,,,{len(HELLO)}", b"]\r\n")
    spi.write(HELLO)
    spi.read_until(HELLO)
    print("came back: hello over SPI, with the bytes F0 and F1")
    line.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
