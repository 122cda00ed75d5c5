"""Sessions as data: what a host types, what the module prints, what peers on its network do.

A session file has a ``source``, where the session is written, and ``steps``. One step does at most one thing and then
checks at most one:

=============  =====================================================================================================
does
-------------  -----------------------------------------------------------------------------------------------------
at             the host sends this command and CR; its echo is the first line that the module prints
send           the host sends exactly these bytes
escape         true: the host sends ``+++`` and gets ``[OK]``, not before the escape time of a second is over
wait_ms        time passes, because the module itself waits for silence or for a timer
listen         a TCP peer listens: ``peer`` (its name), ``port``, ``tls``
accept         the next client of a listening peer gets a name: ``peer``, ``at``, ``from`` (the module's port, if it is
               to be a certain one)
connect        a TCP peer connects: ``peer``, ``to`` (port of the module), ``from`` (its own port, if it matters)
udp            a UDP peer opens: ``peer``, ``port``
peer_sends     ``peer``, ``data``, ``to`` (port of the module, UDP only)
peer_gets      ``peer``, ``data``, ``from`` (port of the module, UDP only); exactly these bytes
close          the peer of this name closes
peer_closed    the module has closed the connection of the peer of this name, without sending more
=============  =====================================================================================================
checks
-------------  -----------------------------------------------------------------------------------------------------
lines          the module prints these lines next, each ended by CR LF and with nothing between them; a line ``...``
               stands for any lines
expect         the module sends exactly these bytes, and then nothing for a while
=============  =====================================================================================================

At the end of a session nothing may be left, on the serial line or with a peer. Characters stand for the bytes of the
same number. ``first`` names a fragment whose steps come before, ``world`` the world, ``firmware`` the personality.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from wizfi_emu import userfiles

FRAGMENTS = Path(__file__).parent / "fragments"
CHECKS = ("lines", "expect")


class Listen(Struct, frozen=True, forbid_unknown_fields=True):
    """A TCP peer that listens."""

    peer: str
    port: int
    tls: bool = False


class Accept(Struct, frozen=True, forbid_unknown_fields=True):
    """A client that a TCP peer accepts."""

    peer: str
    at: str
    from_port: int = field(name="from", default=0)


class Connect(Struct, frozen=True, forbid_unknown_fields=True):
    """A TCP peer that connects to the module."""

    peer: str
    to: int
    from_port: int = field(name="from", default=0)


class Udp(Struct, frozen=True, forbid_unknown_fields=True):
    """A UDP peer."""

    peer: str
    port: int


class PeerSends(Struct, frozen=True, forbid_unknown_fields=True):
    """Data of a peer for the module."""

    peer: str
    data: str
    to: int = 0


class PeerGets(Struct, frozen=True, forbid_unknown_fields=True):
    """Data of the module for a peer."""

    peer: str
    data: str
    from_port: int = field(name="from", default=0)


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One step. Raises ValueError unless it does one thing, or checks one, or both."""

    at: str | None = None
    send: str | None = None
    escape: bool | None = None
    wait_ms: int | None = None
    listen: Listen | None = None
    accept: Accept | None = None
    connect: Connect | None = None
    udp: Udp | None = None
    peer_sends: PeerSends | None = None
    peer_gets: PeerGets | None = None
    close: str | None = None
    peer_closed: str | None = None
    lines: str | None = None
    expect: str | None = None

    def __post_init__(self) -> None:
        given = [key for key in self.__struct_fields__ if getattr(self, key) is not None]
        checks = [key for key in given if key in CHECKS]
        if not given or len(checks) > 1 or len(given) - len(checks) > 1:
            raise ValueError(f"expected one thing to do and one to check, got {', '.join(given) or 'neither'}")
        if self.lines == "":
            raise ValueError("lines: expected at least one; a blank line is written as a line end")

    def __str__(self) -> str:
        return ", ".join(
            f"{key}: {value!r}" for key in self.__struct_fields__ if (value := getattr(self, key)) is not None
        )


class Fragment(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that several sessions begin with."""

    source: str
    steps: tuple[Step, ...]


class Session(Struct, frozen=True, forbid_unknown_fields=True):
    """A session file. ``notes`` say where the guide contradicts itself, and what was chosen."""

    source: str
    steps: tuple[Step, ...]
    first: str = ""
    world: str = "guide"
    firmware: str = "guide"
    notes: tuple[str, ...] = ()

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps with those of the fragment."""
        return (read_fragment(self.first).steps if self.first else ()) + self.steps


def read_session(path: Path) -> Session:
    """Read a session file. Raises UserError for what does not fit."""
    return userfiles.read(path, Session)


def read_fragment(name: str) -> Fragment:
    """Read a fragment by its name. Raises UserError for what does not fit."""
    return userfiles.read(FRAGMENTS / f"{name}.yaml", Fragment)
