"""The hosts of the examples, twice against one module: as one leaves it, the next one finds it."""

from __future__ import annotations

import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import need
from wizfi_emu.testing.running import RunningModule

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"
LIMIT_S = 60


class Echo(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self) -> None:
        while data := self.request.recv(4096):
            self.request.sendall(data)


@pytest.fixture
def _echo(wizfi: RunningModule) -> Iterator[None]:
    with socketserver.ThreadingTCPServer((wizfi.address, 5000), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("_echo")
@pytest.mark.parametrize(
    ("build", "command", "says"),
    [
        ("c-host", "c-host/build/host {port} 192.168.12.1 5000", "came back: hello from C"),
        ("", "{python} python-host/session.py {port} 5000", "came back: True"),
        ("arduino-sketch", "arduino-sketch/build/sketch {port} 6", "came back"),
        ("arduino-library", "arduino-library/build/library {port} 2", "joined as 192.168.12.10"),
    ],
    ids=["c-host", "python-host", "arduino-sketch", "arduino-library"],
)
def test_a_second_run_is_as_good_as_the_first(wizfi: RunningModule, build: str, command: str, says: str) -> None:
    if build:
        need("make", "gcc", "g++")
        subprocess.run(["make", "-s", "-C", EXAMPLES / build], check=True, timeout=LIMIT_S)
    words = [word.format(port=wizfi.port, python=sys.executable) for word in command.split()]
    for _ in range(2):
        result = subprocess.run(words, cwd=EXAMPLES, capture_output=True, text=True, check=False, timeout=LIMIT_S)
        assert says in result.stdout, (result.stdout, result.stderr)
