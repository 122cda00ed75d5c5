"""What the examples share: a peer on this machine that sends back what it gets."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import pytest

from wizfi_emu.testing.running import RunningModule

ECHO_PORT = 5000
"""Each module of the plugin has a loopback address of its own, so that all its ports are free."""


class Echo(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Send back what comes, until the module closes."""
        while data := self.request.recv(4096):
            self.request.sendall(data)


@pytest.fixture
def echo_peer(wizfi: RunningModule) -> Iterator[tuple[str, int]]:
    """The address of the echo peer, as the module's firmware sees it."""
    with socketserver.ThreadingTCPServer((wizfi.address, ECHO_PORT), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield "192.168.12.1", ECHO_PORT
        server.shutdown()
        thread.join()
