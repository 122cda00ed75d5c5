"""Peers in the network in memory: no descriptor, no task, no clock."""

from collections.abc import Callable, Iterable

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.module.events import Event
from wizfi_emu.scenario.model import BasePeer, ClientPeer, MqttPeer, ServingPeer
from wizfi_emu.scenario.peers.actor import BrokerActor, Connection, Ending, TcpActor, UdpActor
from wizfi_emu.scenario.peers.responders import Responder
from wizfi_emu.worlds.memory.broker import MemoryBroker
from wizfi_emu.worlds.memory.network import MemoryNetwork, PeerError
from wizfi_emu.worlds.memory.world import MemoryWorld

Feed = Callable[[Iterable[Event]], None]


class VirtualConnection(Connection):
    """A connection that the network in memory knows by a name."""

    def __init__(self, name: str, network: MemoryNetwork, feed: Feed, window_bytes: int | None) -> None:
        self._name = name
        self._network = network
        self._feed = feed
        self._window_bytes = window_bytes

    @property
    def closed(self) -> bool:
        try:
            self._network.expect_closed(self._name)
        except PeerError:
            return False
        return True

    def send(self, data: bytes) -> None:
        window = self._window_bytes or len(data)
        for start in range(0, len(data), window or 1):
            self._feed(self._network.send(self._name, data[start : start + window]))

    def end(self, how: Ending) -> None:
        end = self._network.break_off if how == "abort" else self._network.close
        self._feed(end(self._name))

    def received(self) -> bytes:
        return self._network.received(self._name)


class _Listener:
    """Where a peer listens, while it does."""

    def __init__(self, name: str, network: MemoryNetwork, feed: Feed) -> None:
        self.name = f"{name} listens"
        self.is_open = False
        self._network = network
        self._feed = feed

    def open(self, listen: Callable[[str, int], int], port: int) -> int:
        """Listen there, and give the port."""
        try:
            port = listen(self.name, port)
        except PeerError as error:
            raise RefusedError(str(error)) from None
        self.is_open = True
        return port

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self._feed(self._network.close(self.name))


class VirtualTcpActor(TcpActor):
    """A TCP peer in memory."""

    refusal = "{name} is already listening, or is not a server"

    def __init__(
        self, name: str, peer: BasePeer, network: MemoryNetwork, feed: Feed, window_bytes: int | None = None
    ) -> None:
        """``window_bytes``: what the module takes of a stream at once."""
        super().__init__(name, peer)
        self._network = network
        self._window_bytes = window_bytes
        self._feed = feed
        self._listener = _Listener(name, network, feed)
        self._connections = 0
        self._responder: Responder | None = None
        if isinstance(peer, ServingPeer):
            self.port = self.port or network.new_port()
            if peer.listens:
                self.listen()

    def listen(self) -> None:
        if isinstance(self.peer, ClientPeer) or self._listener.is_open:
            self._refuse()
        self.port = self._listener.open(self._network.tcp_listen, self.port)

    def stop(self) -> None:
        self._listener.close()

    def connect(self, to: int) -> None:
        name = self._next_name()
        try:
            events = self._network.tcp_connect(name, to)
        except PeerError as error:
            self.problem = str(error)
            return
        self.problem, self._responder = "", None
        self.connection = VirtualConnection(name, self._network, self._feed, self._window_bytes)
        self.tell_of("is connected", b"")
        self._feed(events)

    def close(self, how: Ending) -> None:
        """A half close is a close here: the module answers both in the same way."""
        super().close("close" if how == "half_close" else how)

    def pump(self) -> bool:
        """Take what has come and behave; whether anything has."""
        moved = False
        while self._listener.is_open and self._accept():
            moved = True
        connection = self.connection
        if isinstance(connection, VirtualConnection) and (data := connection.received()):
            moved = True
            if self._responder is None or connection.closed:
                self._hear(data)
            else:
                self._heard(data, connection, self._responder)
                if self._responder.closes:
                    self.connection = None
        return moved

    def _accept(self) -> bool:
        name = self._next_name()
        try:
            self._network.tcp_accept(name, self._listener.name)
        except PeerError:
            return False
        self._responder = self._accepted(VirtualConnection(name, self._network, self._feed, self._window_bytes))
        return True

    def _next_name(self) -> str:
        self._connections += 1
        return f"{self.name} {self._connections}"


class VirtualUdpActor(UdpActor):
    """A UDP peer in memory."""

    def __init__(self, name: str, peer: ServingPeer, network: MemoryNetwork, feed: Feed) -> None:
        super().__init__(name, peer)
        self._network = network
        self._feed = feed
        self._listener = _Listener(name, network, feed)
        self._module_port = 0
        self.port = self.port or network.new_port()
        if peer.listens:
            self.listen()

    def listen(self) -> None:
        if self._listener.is_open:
            raise RefusedError(f"{self.name} is already listening, or is not a server")
        self.port = self._listener.open(self._network.udp_open, self.port)

    def stop(self) -> None:
        self._listener.close()

    def send(self, data: bytes, to: int) -> None:
        port = to or self._module_port
        if not port or not self._listener.is_open:
            raise self._unknown_sender()

        def say() -> None:
            if self._listener.is_open:
                self.tell_of("says", data)
                self._feed(self._network.udp_sendto(self._listener.name, port, data))

        self.later(say)

    def heard_from(self, port: int) -> None:
        """The module sends from this port."""
        self._module_port = port

    def pump(self) -> bool:
        """Take what has come and behave; whether anything has."""
        datagrams = self._network.datagrams(self._listener.name) if self._listener.is_open else []
        for data in datagrams:
            self._heard(data)
        return bool(datagrams)


class VirtualBroker(BrokerActor):
    """An MQTT broker in memory."""

    def __init__(self, name: str, peer: MqttPeer, world: MemoryWorld) -> None:
        super().__init__(name, peer.port)
        self._broker = MemoryBroker()
        self.port = world.add_broker(self._broker, peer.port)

    def pump(self) -> bool:
        """Take what the broker has logged; whether it has."""
        log = self._broker.take_log()
        self.got.add(log)
        return bool(log)


VirtualActor = VirtualTcpActor | VirtualUdpActor | VirtualBroker


def virtual_actor(
    name: str, peer: BasePeer, world: MemoryWorld, feed: Feed, window_bytes: int | None = None
) -> VirtualActor:
    """The peer at play."""
    if isinstance(peer, MqttPeer):
        return VirtualBroker(name, peer, world)
    if isinstance(peer, ServingPeer) and peer.protocol == "udp":
        return VirtualUdpActor(name, peer, world.network, feed)
    return VirtualTcpActor(name, peer, world.network, feed, window_bytes)
