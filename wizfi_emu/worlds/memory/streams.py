"""What the network in memory is made of: connections, time limits, and the complaint about a peer's expectation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from wizfi_emu.module.effects import SendData
from wizfi_emu.module.events import Event, Failure, SocketClosed, SocketReceived, SocketSent
from wizfi_emu.net.addresses import Endpoint

BACKLOG = 6
"""Clients that the host's stack completes for a server that serves another one: its backlog of 5, and one more."""

Handshake = Literal["succeeds", "fails", "silent"]
"""What a peer does when the module's side of a connection is secure."""


class PeerError(AssertionError):
    """Something that a peer did or expected did not work."""


@dataclass(slots=True, eq=False)
class MemoryStream:
    """One TCP connection. ``sock`` is None while it waits to be accepted by the module."""

    peer: Endpoint
    shown: Endpoint
    handshake: Handshake
    sock: int | None = None
    local_port: int = 0
    to_peer: bytearray = field(default_factory=bytearray)
    early: bytearray = field(default_factory=bytearray)
    unsent: deque[SendData] = field(default_factory=deque)
    stalled: bool = False
    peer_left: bool = False
    failure: Failure | None = None
    module_left: bool = False
    module_broke: bool = False

    def receive(self, data: bytes) -> list[Event]:
        """Data from the peer, for the module."""
        if self.module_left:
            return []
        if self.sock is None:
            self.early += data
            return []
        return [SocketReceived(self.sock, data, *self.shown)]

    def leave(self, failure: Failure | None) -> list[Event]:
        """The peer closes (None) or breaks the connection."""
        self.peer_left, self.failure = True, failure
        return [] if self.sock is None or self.module_left else [SocketClosed(self.sock, failure)]

    def begin(self, sock: int) -> list[Event]:
        """The module takes the connection over: what came before it did."""
        self.sock = sock
        early, self.early = bytes(self.early), bytearray()
        events = self.receive(early) if early else []
        return events + self.leave(self.failure) if self.peer_left else events

    def end(self) -> None:
        """The module closes in order; what it gave to be sent still arrives."""
        self.resume()
        self.module_left = True

    def resume(self) -> list[Event]:
        """The peer reads again."""
        self.stalled = False
        sent = tuple(self.unsent)
        self.unsent.clear()
        for effect in sent:
            self.to_peer += effect.data
        return [SocketSent(effect.sock) for effect in sent]


class _Timer(NamedTuple):
    due_us: int
    sock: int
    act: Callable[[], list[Event]]


class Timers:
    """What happens later if nothing else happens before."""

    def __init__(self) -> None:
        self.now_us = 0
        self._timers: list[_Timer] = []

    @property
    def wakeup_us(self) -> int | None:
        """When the first one is due."""
        return min((timer.due_us for timer in self._timers), default=None)

    def start(self, limit_us: int, sock: int, act: Callable[[], list[Event]]) -> None:
        """Act for a socket after a limit; never if it is 0."""
        if limit_us:
            self._timers.append(_Timer(self.now_us + limit_us, sock, act))

    def cancel(self, sock: int) -> None:
        """Drop what was to happen to a socket."""
        self._timers = [timer for timer in self._timers if timer.sock != sock]

    def clear(self) -> None:
        """Drop everything."""
        self._timers.clear()

    def reached(self, now_us: int) -> list[Event]:
        """Do what is due by now, in order."""
        self.now_us = max(self.now_us, now_us)
        due = sorted((timer for timer in self._timers if timer.due_us <= now_us), key=lambda timer: timer.due_us)
        self._timers = [timer for timer in self._timers if timer.due_us > now_us]
        return [event for timer in due for event in timer.act()]
