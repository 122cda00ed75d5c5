"""A network in memory: what ``HostNetwork`` does with host sockets, without sockets, tasks or a clock.

Every method returns the events that follow from it at once. What takes time (an address that never answers, a peer that
does not read) comes later, from ``time_reached`` when ``wakeup_us`` has come. The module cannot reach itself here; it
reaches other modules through a ``Neighbourhood``.
"""

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, TypeVar, assert_never

from wizfi_emu.agenda import Agenda
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import AddressMap, Blocked, Endpoint
from wizfi_emu.worlds.memory.air_port import MemoryAirPort
from wizfi_emu.worlds.memory.streams import BACKLOG, Handshake, MemoryStream, PeerError
from wizfi_emu.worlds.memory.web_port import MemoryWebPort

__all__ = ["MemoryNetwork", "PeerError"]

FIRST_PEER_PORT = 40000
FIRST_MODULE_PORT = 49152
DATAGRAM_LIMIT_BYTES = 65507


@dataclass(slots=True)
class _PeerListener:
    handshake: Handshake
    pending: deque[MemoryStream] = field(default_factory=deque)


@dataclass(slots=True)
class _PeerUdp:
    endpoint: Endpoint
    datagrams: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _ModuleListener:
    users: set[int] = field(default_factory=set)
    waiting: dict[int, fx.ListenTcp] = field(default_factory=dict)
    backlog: deque[MemoryStream] = field(default_factory=deque)


class Neighbourhood(Protocol):
    """The modules around this one."""

    def connect(self, client: str, stream: MemoryStream, target: Endpoint) -> bool:
        """Connect a stream of the module at the host address ``client`` to another module; whether it is connected."""

    def deliver(self, sender: Endpoint, target: Endpoint, data: bytes) -> None:
        """Send a datagram to another module."""


PeerKind = TypeVar("PeerKind", MemoryStream, _PeerListener, _PeerUdp)


class MemoryNetwork:
    """One module's network, and the peers in it, which are known by names.

    Peers sit at the module's host address unless another ``host`` is given. ``handshake`` says what a peer does when
    the module's side is secure.
    """

    def __init__(self, addresses: AddressMap | None = None, others: Neighbourhood | None = None) -> None:
        self._addresses = addresses or AddressMap()
        self._others = others
        self._host = self._addresses.host_address
        self.web = MemoryWebPort()
        self._now_us = 0
        self._agenda = Agenda()
        self._overdue: list[ev.Event] = []
        self._peer_ports = itertools.count(FIRST_PEER_PORT)
        self._module_ports = itertools.count(FIRST_MODULE_PORT)
        self._streams: dict[int, MemoryStream] = {}
        self._udp: dict[int, int] = {}
        self._listeners: dict[int, _ModuleListener] = {}
        self._air = MemoryAirPort()
        self._peers: dict[str, MemoryStream | _PeerListener | _PeerUdp] = {}
        self._endpoints: dict[str, Endpoint] = {}

    # --- the module's side ------------------------------------------------------------------------------------------

    @property
    def wakeup_us(self) -> int | None:
        return self._agenda.next_us

    def time_reached(self, now_us: int) -> list[ev.Event]:
        self._now_us = max(self._now_us, now_us)
        self._agenda.run(now_us)
        events, self._overdue = self._overdue, []
        return events

    def execute(self, effect: fx.NetworkEffect, now_us: int = 0) -> list[ev.Event]:
        self._now_us = max(self._now_us, now_us)
        match effect:
            case fx.SendData():
                return self._send(effect)
            case fx.ConnectTcp():
                return self._connect(effect)
            case fx.ListenTcp():
                return self._listen(effect)
            case fx.OpenUdp():
                return self._open_udp(effect)
            case fx.CloseSocket(sock):
                self._forget(sock)
                return []
            case fx.MakeIdentity(request, common_name):
                return [ev.IdentityMade(request, *(_pem(kind, common_name) for kind in ("CERTIFICATE", "PRIVATE KEY")))]
            case fx.OpenAirPort(protocol, port):
                ok = not self._taken(protocol, port) or self._air.listens(protocol, port)
                if ok:
                    self._air.open(effect)
                return [ev.AirPortOpened(ok)]
            case fx.AnswerAirCommand():
                receiver = self._air.answer(effect)
                if receiver is not None:
                    self._deliver(receiver, effect.data)
                return []
            case fx.CloseAirPort():
                self._air.close()
                return []
            case fx.StartWebServer():
                return self.web.open(self._host)
            case fx.AnswerWebClient():
                return self.web.answer(effect)
            case fx.StopWebServer():
                self.web.close()
                return []
            case _:
                assert_never(effect)

    def reset_connection(self, sock: int) -> None:
        """Break a connection so that the peer sees it, and forget it. No event follows."""
        stream = self._streams.get(sock)
        if stream is not None:
            stream.module_broke = True
        self._forget(sock)

    def reset(self) -> None:
        for sock in {*self._streams, *self._udp, *(sock for port in self._listeners.values() for sock in port.users)}:
            self._forget(sock)
        self._air.close()
        self.web.close()
        self._agenda.clear()
        self._addresses.forget()

    def _connect(self, effect: fx.ConnectTcp) -> list[ev.Event]:
        target = self._addresses.reach(effect.address, effect.port)
        if target is Blocked.SILENT:
            self._later(effect.connect_limit_us, effect.sock, partial(self._fail, effect.sock, ev.Failure.TIMEOUT))
            return []
        if isinstance(target, Blocked):
            return self._fail(effect.sock, ev.Failure.REFUSED if target is Blocked.REFUSED else ev.Failure.UNREACHABLE)
        local_port = effect.local_port
        in_use = self._taken("tcp", local_port) or any(
            (stream.local_port, stream.peer) == (local_port, target) for stream in self._streams.values()
        )
        if local_port and in_use and not effect.port_optional:
            return self._fail(effect.sock, ev.Failure.PORT_IN_USE)
        listener = self._peer_at("tcp", target)
        peer = listener if isinstance(listener, _PeerListener) else None
        if peer is None and self._others is None:
            return self._fail(effect.sock, ev.Failure.REFUSED)
        if not local_port or in_use:
            local_port = next(self._module_ports)
        shown, handshake = Endpoint(effect.address, effect.port), peer.handshake if peer else "succeeds"
        stream = MemoryStream(target, shown, handshake, local_port=local_port)
        if peer is not None:
            peer.pending.append(stream)
        elif self._others is None or not self._others.connect(self._host, stream, target):
            return self._fail(effect.sock, ev.Failure.REFUSED)
        opened = ev.SocketOpened(effect.sock, local_port)
        return self._begin(effect.sock, stream, opened, effect.handshake_limit_us if effect.tls else None)

    def _listen(self, effect: fx.ListenTcp) -> list[ev.Event]:
        port = effect.port or next(self._module_ports)
        listener = self._listeners.get(port)
        if listener is None:
            if self._taken("tcp", port):
                return self._fail(effect.sock, ev.Failure.PORT_IN_USE)
            listener = self._listeners[port] = _ModuleListener()
        listener.users.add(effect.sock)
        listener.waiting[effect.sock] = effect
        return [ev.SocketOpened(effect.sock, port), *self._serve(listener)]

    def _serve(self, listener: _ModuleListener) -> list[ev.Event]:
        events: list[ev.Event] = []
        while listener.waiting and listener.backlog:
            sock = next(iter(listener.waiting))
            effect = listener.waiting.pop(sock)
            stream = listener.backlog.popleft()
            accepted = ev.SocketAccepted(sock, *stream.shown)
            events += self._begin(sock, stream, accepted, effect.handshake_limit_us if effect.tls else None)
        return events

    def _begin(
        self, sock: int, stream: MemoryStream, event: ev.Event, handshake_limit_us: int | None
    ) -> list[ev.Event]:
        self._streams[sock] = stream
        if handshake_limit_us is not None and stream.handshake != "succeeds":
            if stream.handshake == "fails":
                return self._fail(sock, ev.Failure.HANDSHAKE)
            self._later(handshake_limit_us, sock, partial(self._fail, sock, ev.Failure.TIMEOUT))
            return []
        return [event, *stream.begin(sock)]

    def _open_udp(self, effect: fx.OpenUdp) -> list[ev.Event]:
        port = effect.local_port or next(self._module_ports)
        if self._taken("udp", port):
            return self._fail(effect.sock, ev.Failure.PORT_IN_USE)
        self._udp[effect.sock] = port
        return [ev.SocketOpened(effect.sock, port)]

    def _send(self, effect: fx.SendData) -> list[ev.Event]:
        if effect.sock in self._udp:
            return [ev.SocketSent(effect.sock, self._send_datagram(effect))]
        stream = self._streams.get(effect.sock)
        if stream is None or stream.sock is None:
            return [ev.SocketSent(effect.sock, ev.Failure.CLOSED)]
        if not stream.stalled:
            stream.to_peer += effect.data
            return [ev.SocketSent(effect.sock)]
        stream.unsent.append(effect)
        self._later(effect.limit_us, effect.sock, partial(self._give_up, stream, effect))
        return []

    @staticmethod
    def _give_up(stream: MemoryStream, effect: fx.SendData) -> list[ev.Event]:
        if effect not in stream.unsent:
            return []
        stream.unsent.remove(effect)
        return [ev.SocketSent(effect.sock, ev.Failure.TIMEOUT)]

    def _send_datagram(self, effect: fx.SendData) -> ev.Failure | None:
        target = self._addresses.reach(effect.address, effect.port)
        if isinstance(target, Endpoint):
            if len(effect.data) > DATAGRAM_LIMIT_BYTES:
                return ev.Failure.NOT_PERMITTED
            self._deliver(target, effect.data)
            if self._others is not None:
                self._others.deliver(Endpoint(self._host, self._udp[effect.sock]), target, effect.data)
        return ev.Failure.UNREACHABLE if target in (Blocked.NOWHERE, Blocked.FORBIDDEN) else None

    def _fail(self, sock: int, failure: ev.Failure) -> list[ev.Event]:
        self._forget(sock)
        return [ev.SocketFailed(sock, failure)]

    def _forget(self, sock: int) -> None:
        self._agenda.drop(sock)
        self._udp.pop(sock, None)
        stream = self._streams.pop(sock, None)
        if stream is not None:
            stream.end()
        for port, listener in tuple(self._listeners.items()):
            listener.waiting.pop(sock, None)
            listener.users.discard(sock)
            if not listener.users:
                for waiting in self._listeners.pop(port).backlog:
                    waiting.end()

    def _later(self, limit_us: int, sock: int, act: Callable[[], list[ev.Event]]) -> None:
        """Act for a socket after a limit, unless it is closed before; never if the limit is 0."""
        if limit_us:
            self._agenda.add(self._now_us + limit_us, lambda: self._overdue.extend(act()), owner=sock)

    # --- the peers' side --------------------------------------------------------------------------------------------

    def port(self, name: str) -> int:
        return self._endpoints[name].port

    def new_port(self) -> int:
        """A port that no peer has."""
        return next(self._peer_ports)

    def tcp_listen(self, name: str, port: int = 0, *, host: str = "", handshake: Handshake = "succeeds") -> int:
        """Let a peer listen, and give its port. Raises PeerError when the port is taken."""
        endpoint = self._place("tcp", name, port, host)
        self._peers[name] = _PeerListener(handshake)
        return endpoint.port

    def tcp_accept(self, name: str, listener: str) -> None:
        """Name the next connection of a listening peer. Raises PeerError when there is none."""
        listening = self._get(listener, _PeerListener)
        if not listening.pending:
            raise PeerError(f"{listener}: nobody has connected")
        self._peers[name] = listening.pending.popleft()
        self._endpoints[name] = self._endpoints[listener]

    def tcp_connect(self, name: str, port: int, *, handshake: Handshake = "succeeds") -> list[ev.Event]:
        """Connect to the module. Raises PeerError when it does not listen or too many wait."""
        peer = Endpoint(self._host, next(self._peer_ports))
        stream, events = self.offer(peer, port, handshake)
        self._peers[name], self._endpoints[name] = stream, peer
        return events

    def offer(
        self, client: Endpoint, port: int, handshake: Handshake = "succeeds"
    ) -> tuple[MemoryStream, list[ev.Event]]:
        """A connection from an endpoint of the host. Raises PeerError when the module does not take it."""
        stream = MemoryStream(client, self._addresses.virtual_endpoint(*client), handshake, local_port=port)
        listener = self._listeners.get(port)
        if listener is not None:
            if len(listener.backlog) == BACKLOG:
                raise PeerError(f"port {port}: no answer")
            listener.backlog.append(stream)
            return stream, self._serve(listener)
        if self._air.listens("tcp", port):
            return stream, self._air.connect(stream)
        raise PeerError(f"port {port}: refused")

    def tcp_refused(self, port: int) -> None:
        """Raises PeerError when a connect to the module would not be refused."""
        if port in self._listeners or self._air.listens("tcp", port):
            raise PeerError(f"port {port}: not refused")

    def udp_open(self, name: str, port: int = 0, *, host: str = "") -> int:
        """Open a UDP peer, and give its port. Raises PeerError when the port is taken."""
        endpoint = self._place("udp", name, port, host)
        self._peers[name] = _PeerUdp(endpoint)
        return endpoint.port

    def udp_sendto(self, name: str, port: int, data: bytes) -> list[ev.Event]:
        """Send a datagram to a port of the module; without anyone there it is lost."""
        return self.receive_datagram(self._get(name, _PeerUdp).endpoint, port, data)

    def receive_datagram(self, sender: Endpoint, port: int, data: bytes) -> list[ev.Event]:
        """A datagram from an endpoint of the host; without anyone there it is lost."""
        if self._air.listens("udp", port):
            return self._air.receive_datagram(sender, data)
        shown = self._addresses.virtual_endpoint(*sender)
        return [ev.SocketReceived(sock, data, *shown) for sock, bound in self._udp.items() if bound == port]

    def send(self, name: str, data: bytes) -> list[ev.Event]:
        stream = self._get(name, MemoryStream)
        return self._air.receive(stream, data) if self._air.serves(stream) else stream.receive(data)

    def close(self, name: str) -> list[ev.Event]:
        peer = self._peers.pop(name)
        self._endpoints.pop(name)
        match peer:
            case MemoryStream():
                return self._air.leave(peer) if self._air.serves(peer) else peer.leave(None)
            case _PeerListener():
                return [event for stream in peer.pending for event in stream.leave(ev.Failure.RESET)]
            case _PeerUdp():
                return []
            case _:
                assert_never(peer)

    def break_off(self, name: str) -> list[ev.Event]:
        self._endpoints.pop(name)
        stream = self._get(name, MemoryStream)
        del self._peers[name]
        return stream.leave(ev.Failure.RESET)

    def stall(self, name: str) -> None:
        """Let a peer read nothing more: what the module sends waits."""
        self._get(name, MemoryStream).stalled = True

    def resume(self, name: str) -> list[ev.Event]:
        return self._get(name, MemoryStream).resume()

    def expect_closed(self, name: str) -> None:
        """Raises PeerError when the module has not closed a peer's connection."""
        if not self._get(name, MemoryStream).module_left:
            raise PeerError(f"{name}: still open")

    def expect_reset(self, name: str) -> None:
        """Raises PeerError when the module's side has not reset a peer's connection."""
        if not self._get(name, MemoryStream).module_broke:
            raise PeerError(f"{name}: not reset")

    def received(self, name: str) -> bytes:
        """Take what a peer has received since the last time; datagrams are joined."""
        peer = self._peers[name]
        if isinstance(peer, _PeerUdp):
            return b"".join(self.datagrams(name))
        stream = self._get(name, MemoryStream)
        data, stream.to_peer = bytes(stream.to_peer), bytearray()
        return data

    def datagrams(self, name: str) -> list[bytes]:
        """Take the datagrams that a peer has received since the last time."""
        peer = self._get(name, _PeerUdp)
        datagrams, peer.datagrams = peer.datagrams, []
        return datagrams

    # --- both -------------------------------------------------------------------------------------------------------

    def _get(self, name: str, kind: type[PeerKind]) -> PeerKind:
        peer = self._peers[name]
        if not isinstance(peer, kind):
            raise PeerError(f"{name}: not a {kind.__name__}")
        return peer

    def _place(self, protocol: str, name: str, port: int, host: str) -> Endpoint:
        endpoint = Endpoint(host or self._host, port or next(self._peer_ports))
        if self._peer_at(protocol, endpoint) or (endpoint.address == self._host and self._taken(protocol, port)):
            raise PeerError(f"{name}: {endpoint.address}:{port} is taken")
        self._endpoints[name] = endpoint
        return endpoint

    def _peer_at(self, protocol: str, endpoint: Endpoint) -> _PeerListener | _PeerUdp | None:
        for name, place in self._endpoints.items():
            peer = self._peers[name]
            if place == endpoint and isinstance(peer, _PeerListener if protocol == "tcp" else _PeerUdp):
                return peer
        return None

    def _taken(self, protocol: str, port: int) -> bool:
        """Whether a port of the module's host address is in use."""
        ours = self._listeners if protocol == "tcp" else self._udp.values()
        there = self._peer_at(protocol, Endpoint(self._host, port))
        return port in ours or self._air.listens(protocol, port) or there is not None

    def _deliver(self, target: Endpoint, data: bytes) -> None:
        peer = self._peer_at("udp", target)
        if isinstance(peer, _PeerUdp):
            peer.datagrams.append(data)


def _pem(kind: str, text: str) -> bytes:
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n".encode()
