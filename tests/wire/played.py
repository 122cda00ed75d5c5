"""Sessions in the form of ``tests/vectors`` over the serial device, with peers on real sockets."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import pytest

from tests.vectors.player import PeerAction, Player, Step
from tests.wire.emulator import Terminal, running
from tests.wire.peers import Peers
from wizfi_emu.module.events import Event
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.worlds.memory.network import PeerError

PATIENCE_S = 30.0
LOOK_US = 100_000


class SerialPeers:
    """Peers as the player wants them. What they do reaches the module by itself, so no events follow."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self.expected_bytes = 0

    def port(self, name: str) -> int:
        return self._peers.port(name)

    def expect_closed(self, name: str) -> None:
        self._peers.expect_closed(name)

    def received(self, name: str) -> bytes:
        if self._peers.is_udp(name):
            return self._peers.receive_from(name)[0]
        return self._peers.receive(name, self.expected_bytes) + self._peers.receive_more(name)

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

    bench: SerialBench

    def _check_peer(self, number: int, expected: PeerAction) -> None:
        self.bench.network.expected_bytes = len(expected["hex"]) // 2
        super()._check_peer(number, expected)

    def _read_until_silent(self, step: Step) -> bytes:
        expected = step.get("expect", "")
        deadline_s = time.monotonic() + PATIENCE_S
        got = super()._read_until_silent(step)
        while not self._matches(expected, got) and time.monotonic() < deadline_s and not step.get("full_wait"):
            self.bench.run(LOOK_US)
            got += self.bench.read()
        return got


MAC = "00:08:DC:00:00:00"
"""Of the modules that were recorded."""


def play_over_the_device(steps: list[Step], firmware: str, world: str = "demo") -> list[str]:
    """Play a session on a program of its own; what did not come as expected, one text each."""
    host = own_host_address()
    options = ("--firmware", firmware, "--world", world, "--host-address", host, "--mac", MAC)
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal, Peers(host, host) as peers:
        terminal.synchronize()
        return SerialPlayer(bench=SerialBench(terminal, peers)).play(steps)
