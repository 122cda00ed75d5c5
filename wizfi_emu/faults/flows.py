"""The sockets of a module as faults see them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from wizfi_emu.agenda import Action
from wizfi_emu.faults.live import Live, of_kind
from wizfi_emu.faults.model import SocketFault

S = TypeVar("S", bound=SocketFault)

UNKNOWN_PORT = -1
"""Of a peer whose port nobody has told; it could be any."""


@dataclass(slots=True)
class Lane:
    """One direction of a flow: what waits in it, in order.

    ``line_us``: when a narrow link has carried what was given to it. ``last_us``: when the last of what waits is due.
    ``held``: what a black hole has swallowed. ``held_datagram``: a datagram that waits for the next one to overtake it.
    """

    waiting: deque[Action] = field(default_factory=deque)
    line_us: int = 0
    last_us: int = 0
    held: deque[Action] = field(default_factory=deque)
    held_bytes: int = 0
    queued_bytes: int = 0
    held_datagram: Action | None = None


@dataclass(slots=True, eq=False)
class Flow:
    """One host socket of the machine.

    ``address`` and ``port`` are the peer's, empty and 0 while there is none. ``answers`` says for each transmission
    under way whether the machine waits for its end. ``aborted``: the host's socket is gone. ``peer_eof``: the peer has
    ended its side. ``blackholed``: a cut has become a black hole. ``affected``: whether a fault
    affects this one, once decided.
    """

    sock: int
    is_tcp: bool
    address: str = ""
    port: int = 0
    local_port: int = 0
    connected: bool = False
    closing: bool = False
    aborted: bool = False
    peer_eof: bool = False
    blackholed: bool = False
    out: Lane = field(default_factory=Lane)
    into: Lane = field(default_factory=Lane)
    answers: deque[bool] = field(default_factory=deque)
    affected: dict[Live, bool] = field(default_factory=dict)
    passed_bytes: dict[Live, int] = field(default_factory=dict)

    def affected_by(self, active: Sequence[Live], kind: type[S]) -> list[tuple[Live, S]]:
        """The faults of one kind that hit this socket; whether they do is decided once."""
        return [(live, fault) for live, fault in self.fits(active, kind) if self._is_affected(live)]

    def fits(self, active: Sequence[Live], kind: type[S]) -> list[tuple[Live, S]]:
        """The faults of one kind that could hit this socket."""
        return [(live, fault) for live, fault in of_kind(active, kind) if self._is_meant(fault)]

    def _is_meant(self, fault: SocketFault) -> bool:
        is_port = self.port == UNKNOWN_PORT or fault.port in (0, self.port, self.local_port)
        return is_port and fault.address in ("", self.address)

    def _is_affected(self, live: Live) -> bool:
        if live not in self.affected:
            self.affected[live] = live.applies()
        return self.affected[live]
