"""The sessions of ``tests/vectors/corrections.jsonl`` over the serial device, with peers on real sockets."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain

import pytest

from tests.vectors.player import Player, Step, Vector, read_vectors
from tests.wire.emulator import Terminal, running
from tests.wire.peers import Peers
from wizfi_emu.module.events import Event
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.worlds.memory.network import PeerError

pytestmark = pytest.mark.slow

AT_ONCE = 8
PATIENCE_S = 30.0
LOOK_US = 100_000


class SerialPeers:
    """Peers as the player wants them. What they do reaches the module by itself, so no events follow."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers

    def port(self, name: str) -> int:
        return self._peers.port(name)

    def expect_closed(self, name: str) -> None:
        self._peers.expect_closed(name)

    def received(self, name: str) -> bytes:
        if self._peers.is_udp(name):
            return self._peers.receive_from(name)[0]
        return self._peers.receive(name, 65536)

    def tcp_listen(self, name: str, port: int) -> int:
        self._peers.listen(name, port)
        return port

    def tcp_accept(self, name: str, listener: str) -> None:
        self._peers.accept(name, listener)

    def tcp_connect(self, name: str, port: int) -> list[Event]:
        try:
            self._peers.connect(name, port)
        except OSError as error:
            raise PeerError(str(error)) from None
        return []

    def tcp_refused(self, port: int) -> None:
        with socket.socket() as client, pytest.raises(ConnectionRefusedError):
            client.connect((self._peers.module, port))

    def udp_open(self, name: str, port: int = 0) -> int:
        self._peers.udp(name, port)
        return self._peers.port(name)

    def udp_sendto(self, name: str, port: int, data: bytes) -> list[Event]:
        self._peers.send(name, data, port)
        return []

    def send(self, name: str, data: bytes) -> list[Event]:
        self._peers.send(name, data)
        return []

    def close(self, name: str) -> list[Event]:
        self._peers.close(name)
        return []


class SerialBench:
    """The program behind its device; time is that of the wall."""

    def __init__(self, terminal: Terminal, peers: Peers) -> None:
        self.network = SerialPeers(peers)
        self._terminal = terminal

    def send(self, data: bytes) -> None:
        self._terminal.send(data)

    def run(self, duration_us: int) -> None:
        time.sleep(duration_us / 1e6)  # what is played says how long the line has to be silent

    def read(self) -> bytes:
        return self._terminal.read_some(0)

    def feed(self, *events: Event) -> None:
        assert not events


class SerialPlayer(Player):
    """Waits longer than a session says for what has to come, because the machine may be busy."""

    def _read_until_silent(self, step: Step) -> bytes:
        expected = step.get("expect", "")
        deadline_s = time.monotonic() + PATIENCE_S
        got = super()._read_until_silent(step)
        while not self._matches(expected, got) and time.monotonic() < deadline_s and not step.get("full_wait"):
            self.bench.run(LOOK_US)
            got += self.bench.read()
        return got


def problems_of(vector: Vector) -> list[str]:
    host = own_host_address()
    options = ("--firmware", "1.0.5.2", "--world", "demo", "--host-address", host)
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal, Peers(host, host) as peers:
        terminal.synchronize()
        problems = SerialPlayer(bench=SerialBench(terminal, peers)).play(vector["steps"])
    return [f"{vector['id']}: {problem}" for problem in problems]


def test_sessions_over_the_device() -> None:
    """Many at once, because they wait most of the time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(problems_of, read_vectors("corrections.jsonl"))
        assert "\n".join(chain.from_iterable(found)) == ""
