"""Plays recorded sessions, against the machine in virtual time or against another bench.

The format is that of the recordings: steps with bytes to send, bytes to expect until the line is silent for a while,
and what peers on the network do and see.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypedDict, cast

from wizfi_emu.air.load import load_world
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module.events import Event
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.worlds.memory.network import PeerError

RECORDINGS = Path(__file__).parent
PLACEHOLDER = re.compile(r"\{\{(ANY|PORT|PEERIP|MAC|PEER:[A-Za-z0-9_]+)\}\}")
MAC = re.compile(rb"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}")
MILLISECOND_US = 1000
SETTLE_US = 150 * MILLISECOND_US
DEFAULT_WAIT_MS = 250


class PeerAction(TypedDict, total=False):
    op: str
    name: str
    port: int
    hex: str
    ms: int
    may_fail: bool
    mac: bool
    text: str


class Step(TypedDict, total=False):
    boot: bool
    net: list[PeerAction]
    send: str
    net_after: list[PeerAction]
    expect: str
    wait_ms: int
    net_expect: list[PeerAction]
    net_end: list[PeerAction]
    full_wait: bool


class Vector(TypedDict):
    id: str
    group: str
    steps: list[Step]


def read_vectors(name: str) -> list[Vector]:
    with (RECORDINGS / name).open(encoding="utf-8") as lines:
        return [cast(Vector, json.loads(line)) for line in lines if line.strip()]


class PlayedNetwork(Protocol):
    """The peers by their names; see `MemoryNetwork`. Its events are for ``PlayedBench.feed``."""

    def port(self, name: str) -> int: ...
    def received(self, name: str) -> bytes: ...
    def tcp_listen(self, name: str, port: int) -> int: ...
    def tcp_accept(self, name: str, listener: str) -> None: ...
    def tcp_connect(self, name: str, port: int) -> list[Event]: ...
    def tcp_refused(self, port: int) -> None: ...
    def udp_open(self, name: str, port: int = 0) -> int: ...
    def udp_sendto(self, name: str, port: int, data: bytes) -> list[Event]: ...
    def send(self, name: str, data: bytes) -> list[Event]: ...
    def close(self, name: str) -> list[Event]: ...
    def expect_closed(self, name: str) -> None: ...


class PlayedBench(Protocol):
    """A module that has booted, its line and its network; see `VirtualModule`."""

    @property
    def network(self) -> PlayedNetwork: ...
    def send(self, data: bytes) -> object: ...
    def read(self) -> bytes: ...
    def run(self, duration_us: int) -> object: ...
    def feed(self, *events: Event) -> object: ...


class Player:
    """One session on a fresh module."""

    def __init__(
        self, split: Callable[[bytes], Iterator[bytes]] | None = None, bench: PlayedBench | None = None
    ) -> None:
        """``split`` cuts what is sent into the pieces that reach the module."""
        self.bench = bench or VirtualModule(load_firmware("1.0.5.2"), load_world("demo"))
        self._split = split or (lambda data: iter((data,)))
        self.problems: list[str] = []

    def play(self, steps: list[Step]) -> list[str]:
        """Play the steps; what did not come as recorded, one text each."""
        bench = self.bench
        bench.run(SETTLE_US)
        boot = bench.read()
        for number, step in enumerate(steps):
            self._act(number, step.get("net", []))
            if step.get("boot"):
                got = boot
            else:
                data = PLACEHOLDER.sub(self._peer_port, step.get("send", "")).encode("latin-1")
                for piece in self._split(data):
                    bench.send(piece)
                self._act(number, step.get("net_after", []))
                got = self._read_until_silent(step)
            if not self._matches(step.get("expect", ""), got):
                self._problem(number, "serial", step.get("send", ""), step.get("expect", ""), got.decode("latin-1"))
            for expected in step.get("net_expect", []):
                self._check_peer(number, expected)
            self._act(number, step.get("net_end", []))
        return self.problems

    def _read_until_silent(self, step: Step) -> bytes:
        """Bytes until ``wait_ms`` of silence, or until what is expected is there and 120 ms stayed silent."""
        bench = self.bench
        got = bench.read()
        wait_us = step.get("wait_ms", DEFAULT_WAIT_MS) * MILLISECOND_US
        silent_us = 0
        while silent_us < wait_us:
            bench.run(MILLISECOND_US * 10)
            more = bench.read()
            silent_us = 0 if more else silent_us + 10 * MILLISECOND_US
            got += more
            short = step.get("expect") and not step.get("full_wait")
            if short and silent_us >= 120 * MILLISECOND_US and self._matches(step.get("expect", ""), got):
                break
        return got

    def _matches(self, expected: str, got: bytes) -> bool:
        pattern = b""
        position = 0
        for found in PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[position : found.start()].encode("latin-1"))
            position = found.end()
            match found.group(1):
                case "ANY":
                    pattern += rb".*?"
                case "PORT":
                    pattern += rb"\d{1,5}"
                case "PEERIP":
                    pattern += rb"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
                case "MAC":
                    pattern += MAC.pattern
                case peer:
                    pattern += str(self.bench.network.port(peer.removeprefix("PEER:"))).encode()
        pattern += re.escape(expected[position:].encode("latin-1"))
        return re.fullmatch(pattern, got, re.DOTALL) is not None

    def _peer_port(self, found: re.Match[str]) -> str:
        return str(self.bench.network.port(found.group(1).removeprefix("PEER:")))

    def _check_peer(self, number: int, expected: PeerAction) -> None:
        self.bench.run(400 * MILLISECOND_US)
        want, got = bytes.fromhex(expected["hex"]), self.bench.network.received(expected["name"])
        if expected.get("mac"):
            want, got = MAC.sub(b"MAC", want), MAC.sub(b"MAC", got)
        if want != got:
            self._problem(number, f"peer {expected['name']}", "", want.decode("latin-1"), got.decode("latin-1"))

    def _act(self, number: int, actions: list[PeerAction]) -> None:
        for action in actions:
            try:
                self._do(action)
            except PeerError as error:
                self._problem(number, "network", action["op"], "", str(error))

    def _do(self, action: PeerAction) -> None:
        bench, network = self.bench, self.bench.network
        match action["op"]:
            case "sleep":
                bench.run(action["ms"] * MILLISECOND_US)
            case "tcp_listen":
                network.tcp_listen(action["name"], action["port"])
            case "tcp_accept":
                network.tcp_accept(action["name"], cast(str, action.get("from")))
            case "tcp_connect":
                try:
                    bench.feed(*network.tcp_connect(action["name"], action["port"]))
                except PeerError:
                    if not action.get("may_fail"):
                        raise
            case "tcp_refused":
                network.tcp_refused(action["port"])
            case "send":
                bench.feed(*network.send(action["name"], bytes.fromhex(action["hex"])))
            case "udp_open":
                network.udp_open(action["name"], action.get("port", 0))
            case "udp_sendto":
                bench.feed(*network.udp_sendto(action["name"], action["port"], bytes.fromhex(action["hex"])))
            case "close":
                bench.feed(*network.close(action["name"]))
            case "expect_closed":
                network.expect_closed(action["name"])
            case other:
                raise PeerError(f"unknown action {other}")

    def _problem(self, number: int, what: str, sent: str, want: str, got: str) -> None:
        self.problems.append(
            f"step {number} ({what}) sent {sent[:200]!r}\n  want {want[:1000]!r}\n  got  {got[:1000]!r}"
        )
