"""The plain byte bridge that the way of a command is compared with: the least that trio behind a terminal does.

Prints its device. Whatever it reads it answers with a fixed number of bytes.

usage: bridge.py BYTES
"""

from __future__ import annotations

import os
import sys
import tty

import trio


async def main(count: int) -> None:
    """Answer for ever."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    print(os.ttyname(slave), flush=True)
    answer = bytes(count)
    while True:
        await trio.lowlevel.wait_readable(master)
        os.read(master, 65536)
        os.write(master, answer)


if __name__ == "__main__":
    trio.run(main, int(sys.argv[1]))
