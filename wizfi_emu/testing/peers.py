"""Peers of a running module for tests: an echo, a server that answers, a web server, a client, a broker.

They are those of scenarios, on sockets at the module's host address; the module finds them at any address of its
network, on ``port``. What a test calls waits until it is done, and what a peer gets is in the excerpt of a failed test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from msgspec.structs import replace

from wizfi_emu.scenario.model import (
    Answer,
    BasePeer,
    ClientPeer,
    DiscardPeer,
    EchoPeer,
    HttpPeer,
    MqttPeer,
    ServerPeer,
)
from wizfi_emu.streams import Search

if TYPE_CHECKING:
    from wizfi_emu.run.device import Device
    from wizfi_emu.scenario.peers.host import HostActor

EXPECT_S = 5.0
Transport = Literal["tcp", "udp"]
ResultT = TypeVar("ResultT")


class PlayingModule(Protocol):
    """What peers need of the module in whose network they are."""

    def run_sync(self, function: Callable[[Device], ResultT]) -> ResultT:
        """Call a function in the module's thread."""

    def wait_for(self, ready: Callable[[], bool], timeout: float) -> bool:
        """Wait until this is so; whether it was in time."""

    def failure(self, text: str) -> AssertionError:
        """What to raise when something did not come."""

    def open_peer(self, name: str, peer: BasePeer) -> HostActor:
        """Let a peer play at the module's host address."""


class Peer:
    """A peer at play. What is impossible raises ``RefusedError``, such as to send without a connection."""

    def __init__(self, module: PlayingModule, actor: HostActor) -> None:
        self._module = module
        self._actor = actor
        self._read = 0

    @property
    def port(self) -> int:
        """Where it is; 0 for a client."""
        return self._actor.port

    @property
    def got(self) -> bytes:
        """Everything that it has received."""
        return self._do(lambda: self._actor.got.part(0))

    @property
    def accepted(self) -> int:
        """How often the module has connected."""
        return self._actor.accepted

    @property
    def closed(self) -> bool:
        """Whether the module has ended the connection."""
        return self._actor.closed

    def expect(self, data: bytes, timeout: float = EXPECT_S) -> bytes:
        """Wait until the peer has got this; gives everything since the last expectation up to its end.

        Raises ``ExpectationError`` after ``timeout`` seconds.
        """
        search = Search(self._actor.got, self._read, data)
        if not self._module.wait_for(search.found, timeout):
            came = self._actor.got.part(self._read)
            raise self._module.failure(f"{self._actor.name} did not get {data!r} within {timeout:g} s; it got {came!r}")
        start, self._read = self._read, search.end or 0
        return self._do(lambda: self._actor.got.part(start, self._read))

    def expect_accepted(self, count: int = 1, timeout: float = EXPECT_S) -> None:
        """Wait until the module has connected so many times. Raises ``ExpectationError``."""
        if not self._module.wait_for(lambda: self._actor.accepted >= count, timeout):
            text = f"the module has connected to {self._actor.name} {self._actor.accepted} times within {timeout:g} s"
            raise self._module.failure(f"{text}, not {count}")

    def expect_closed(self, timeout: float = EXPECT_S) -> None:
        """Wait until the module has ended the connection. Raises ``ExpectationError``."""
        if not self._module.wait_for(lambda: self._actor.closed, timeout):
            raise self._module.failure(f"the module did not end the connection to {self._actor.name} in {timeout:g} s")

    def send(self, data: bytes, to: int = 0) -> None:
        """Send on the last connection; a UDP peer to a port of the module, 0 for who has sent last."""
        self._do(lambda: self._actor.send(data, to))

    def close(self) -> None:
        """End the connection, after what was sent."""
        self._do(lambda: self._actor.close("close"))

    def abort(self) -> None:
        """Reset the connection."""
        self._do(lambda: self._actor.close("abort"))

    def half_close(self) -> None:
        """Send no more, and go on to receive."""
        self._do(lambda: self._actor.close("half_close"))

    def listen(self) -> None:
        """Wait for the module, after `stop`, or for a peer that was made with ``listens=False``."""
        self._do(self._actor.listen)

    def stop(self) -> None:
        """Wait for the module no longer: connects are refused."""
        self._do(self._actor.stop)

    def connect(self, to: int, timeout: float = EXPECT_S) -> None:
        """Connect to a port of the module, as a client. Raises ``ExpectationError`` when that does not work."""
        self._do(lambda: self._actor.connect(to))
        self._module.wait_for(lambda: not self._actor.connecting, timeout)
        if self._actor.connecting or self._actor.problem:
            problem = self._actor.problem or f"no answer within {timeout:g} s"
            raise self._module.failure(f"{self._actor.name} could not connect: {problem}")

    def _do(self, act: Callable[[], ResultT]) -> ResultT:
        return self._module.run_sync(lambda _device: act())


class Peers:
    """Makes the peers of a module; they end with it."""

    def __init__(self, module: PlayingModule) -> None:
        self._module = module
        self._counts: dict[str, int] = {}

    def echo(self, *, protocol: Transport = "tcp", tls: bool = False, delay_ms: int = 0, port: int = 0) -> Peer:
        """Sends back what it gets."""
        return self._make("echo", EchoPeer(protocol=protocol, tls=tls, delay_ms=delay_ms, port=port))

    def discard(self, *, protocol: Transport = "tcp", tls: bool = False, delay_ms: int = 0, port: int = 0) -> Peer:
        """Reads, and says nothing."""
        return self._make("discard", DiscardPeer(protocol=protocol, tls=tls, delay_ms=delay_ms, port=port))

    def server(
        self,
        *,
        greeting: str = "",
        answers: Mapping[str, str] | None = None,
        protocol: Transport = "tcp",
        tls: bool = False,
        listens: bool = True,
        delay_ms: int = 0,
        port: int = 0,
    ) -> Peer:
        """Says what it is told to: its greeting, an answer to each text that comes, and what the test sends."""
        peer = ServerPeer(
            greeting=greeting,
            answers=tuple(Answer(to, text) for to, text in (answers or {}).items()),
            protocol=protocol,
            tls=tls,
            listens=listens,
            delay_ms=delay_ms,
            port=port,
        )
        return self._make("server", peer)

    def http(self, pages: Mapping[str, str] | None = None, *, tls: bool = False, port: int = 0) -> Peer:
        """A web server: paths with their contents."""
        peer = HttpPeer(tls=tls, port=port)
        return self._make("http", peer if pages is None else replace(peer, pages=dict(pages)))

    def client(self, *, port: int = 0, delay_ms: int = 0) -> Peer:
        """Connects to the module: ``client.connect(5000)``."""
        return self._make("client", ClientPeer(port=port, delay_ms=delay_ms))

    def mqtt(self, *, port: int = 0) -> Peer:
        """An MQTT broker, Mosquitto, which has to be installed. What it "gets" is its log."""
        return self._make("mqtt", MqttPeer(port=port))

    def _make(self, kind: str, peer: BasePeer) -> Peer:
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return Peer(self._module, self._module.open_peer(kind if count == 1 else f"{kind}-{count}", peer))
