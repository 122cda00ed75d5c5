"""A peer at play: what all of them have and do, whatever network they are in."""

from collections.abc import Callable
from typing import ClassVar, Literal, NoReturn, Protocol

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.scenario.model import BasePeer, ServingPeer
from wizfi_emu.scenario.peers.responders import Responder, responder_of
from wizfi_emu.streams import Stream

Ending = Literal["close", "abort", "half_close"]

Told = Literal["gets", "says", "is connected", "close", "abort", "half_close"]
"""What is told of a peer: bytes that it gets or says, or what becomes of its connection."""


class Actor:
    """A peer. Nothing here waits; what cannot be done raises `RefusedError`.

    ``got`` is what it has received, ``accepted`` how often the module has connected. ``connecting``: a connection to
    the module is still being made; it has failed when there is a ``problem`` then.
    """

    refusal: ClassVar[str]
    """Why it cannot do what it cannot do; ``{name}`` stands for it."""

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self.got = Stream()
        self.accepted = 0
        self.connecting = False
        self.problem = ""
        self.tell_of: Callable[[Told, bytes], None] = _nothing
        """Told what it gets and does, when it does."""
        self.later: Callable[[Callable[[], None]], None] = _at_once
        """Lets what it says and does come after its delay, in order."""

    @property
    def closed(self) -> bool:
        """Whether the module has ended the connection."""
        return False

    def send(self, data: bytes, to: int) -> None:
        """Send on the connection; a UDP peer to a port of the module, 0 for who has sent last."""
        self._refuse()

    def connect(self, to: int) -> None:
        """Begin to connect to a port of the module."""
        self._refuse()

    def listen(self) -> None:
        """Wait for the module."""
        self._refuse()

    def stop(self) -> None:
        """Wait no longer."""
        self._refuse()

    def close(self, how: Ending) -> None:
        """End the connection, after what was sent."""
        self._refuse()

    def _hear(self, data: bytes) -> None:
        self.got.add(data)
        self.tell_of("gets", data)

    def _refuse(self) -> NoReturn:
        raise RefusedError(self.refusal.format(name=self.name))


class BrokerActor(Actor):
    """An MQTT broker; what it "gets" is its log."""

    refusal = "{name}: an MQTT broker cannot be scripted"


class Connection(Protocol):
    """One connection of a peer with the module. ``closed``: the module has ended it."""

    @property
    def closed(self) -> bool:
        """Whether the module has ended it."""

    def send(self, data: bytes) -> None:
        """Send, now or soon."""

    def end(self, how: Ending) -> None:
        """End it when everything is sent; a reset comes at once."""


class TcpActor(Actor):
    """A TCP peer. What it says and does on the last connection is up to the steps, on each up to its responder."""

    def __init__(self, name: str, peer: BasePeer) -> None:
        super().__init__(name, peer.port)
        self.peer = peer
        self.connection: Connection | None = None

    @property
    def closed(self) -> bool:
        return self.connection is not None and self.connection.closed

    def send(self, data: bytes, to: int) -> None:
        self._say(self._open_connection(), data)

    def close(self, how: Ending) -> None:
        connection = self._open_connection()
        if how != "half_close":
            self.connection = None
        self._end(connection, how)

    def _say(self, connection: Connection, data: bytes) -> None:
        def say() -> None:
            if not connection.closed:
                self.tell_of("says", data)
                connection.send(data)

        if data:
            self.later(say)

    def _end(self, connection: Connection, how: Ending) -> None:
        def end() -> None:
            if not connection.closed:
                self.tell_of(how, b"")
                connection.end(how)

        self.later(end)

    def _open_connection(self) -> Connection:
        if self.connection is None or self.connection.closed:
            raise RefusedError(f"{self.name} has no connection")
        return self.connection

    def _accepted(self, connection: Connection) -> Responder:
        """The module has connected: this answers it."""
        assert isinstance(self.peer, ServingPeer)
        responder = responder_of(self.peer)
        self.connection = connection
        self.accepted += 1
        self.tell_of("is connected", b"")
        self._say(connection, responder.greet())
        return responder

    def _heard(self, data: bytes, connection: Connection, responder: Responder) -> None:
        self._hear(data)
        self._say(connection, responder.receive(data))
        if responder.closes:
            self._end(connection, "close")


class UdpActor(Actor):
    """A UDP peer."""

    refusal = "{name}: UDP has no connections"

    def __init__(self, name: str, peer: ServingPeer) -> None:
        super().__init__(name, peer.port)
        self._responder = responder_of(peer)

    def _heard(self, data: bytes) -> None:
        self._hear(data)
        answer = self._responder.receive(data)
        if answer:
            self.send(answer, 0)

    def _unknown_sender(self) -> RefusedError:
        return RefusedError(f"{self.name}: no datagram received yet; set `to`")


def _nothing(_what: Told, _data: bytes) -> None:
    """Nobody wants to know."""


def _at_once(action: Callable[[], None]) -> None:
    action()
