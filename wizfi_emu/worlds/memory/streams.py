"""What the network in memory is made of: connections, and the complaint about a peer's expectation."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
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
    unsent: deque[fx.SendData] = field(default_factory=deque)
    stalled: bool = False
    peer_left: bool = False
    failure: ev.Failure | None = None
    module_left: bool = False
    module_broke: bool = False

    def receive(self, data: bytes) -> list[ev.Event]:
        if self.module_left:
            return []
        if self.sock is None:
            self.early += data
            return []
        return [ev.SocketReceived(self.sock, data, *self.shown)]

    def leave(self, failure: ev.Failure | None) -> list[ev.Event]:
        """The peer closes (None) or breaks the connection."""
        self.peer_left, self.failure = True, failure
        return [] if self.sock is None or self.module_left else [ev.SocketClosed(self.sock, failure)]

    def begin(self, sock: int) -> list[ev.Event]:
        """The module takes the connection over: what came before it did."""
        self.sock = sock
        early, self.early = bytes(self.early), bytearray()
        events = self.receive(early) if early else []
        return events + self.leave(self.failure) if self.peer_left else events

    def end(self) -> None:
        """The module closes in order; what it gave to be sent still arrives."""
        self.resume()
        self.module_left = True

    def resume(self) -> list[ev.Event]:
        self.stalled = False
        sent = tuple(self.unsent)
        self.unsent.clear()
        for effect in sent:
            self.to_peer += effect.data
        return [ev.SocketSent(effect.sock) for effect in sent]
