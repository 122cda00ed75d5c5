"""Runs a module with an SPI line, a peer that sends back what it gets, and a host: ``python3 run.py HOST ...``."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import tempfile
import threading


class Echo(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        """Send back what comes, until the module closes."""
        while data := self.request.recv(4096):
            self.request.sendall(data)


def main(*host: str) -> int:
    high, middle, low = os.urandom(3)
    address = f"127.{1 + high % 254}.{middle}.{1 + low % 254}"  # nobody else's, so that all ports are free
    with tempfile.TemporaryDirectory() as folder, socketserver.ThreadingTCPServer((address, 0), Echo) as peer:
        peer.daemon_threads = True
        threading.Thread(target=peer.serve_forever, daemon=True).start()
        options = ["--flash", ":memory:", "--host-address", address, "--spi", f"unix:{folder}/spi", "-q"]
        with subprocess.Popen(["wizfi-emu", "run", *options], stdout=subprocess.PIPE) as module:
            try:
                assert module.stdout is not None
                module.stdout.readline()  # the serial device: now both lines are there
                return subprocess.run(
                    [*host, f"{folder}/spi", "192.168.12.1", str(peer.server_address[1])], timeout=60, check=False
                ).returncode
            finally:
                module.terminate()
                peer.shutdown()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
