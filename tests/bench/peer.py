"""A TCP peer: prints its port and serves one client.

For every line that it reads, a source sends so many bytes, a sink receives them, and an echo sends back so many that it
receives; then it prints when that was done and the checksum of the bytes.

usage: peer.py source|sink|echo BYTES
"""

from __future__ import annotations

import hashlib
import random
import socket
import sys
import time
from contextlib import suppress

BLOCK_BYTES = 1 << 20


def payload(count: int) -> bytes:
    """Bytes of all values, the same in every run."""
    block = random.Random(count).randbytes(min(count, BLOCK_BYTES))
    return (block * (count // len(block) + 1))[:count]


def receive(client: socket.socket, into: memoryview) -> memoryview:
    """Fill a buffer, and give what of it is filled when the client leaves early."""
    have = 0
    while have < len(into) and (taken := client.recv_into(into[have:])):
        have += taken
    return into[:have]


def echo(client: socket.socket, into: memoryview) -> memoryview:
    """Send back what comes, until that is a buffer full or the client has seen enough."""
    have = 0
    with suppress(ConnectionError):
        while have < len(into) and (taken := client.recv_into(into[have:])):
            client.sendall(into[have : have + taken])
            have += taken
    return into[:have]


def main(role: str, count: int) -> None:
    """Serve one client."""
    # A sink receives into memory that is there already: to get it would be part of the measurement.
    data = memoryview(bytearray(payload(count)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
    with client:
        for _ in sys.stdin:
            if role == "source":
                client.sendall(data)
                moved = data
            else:
                moved = (echo if role == "echo" else receive)(client, data)
            print(time.monotonic(), hashlib.sha256(moved).hexdigest(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
