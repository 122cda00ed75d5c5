"""One UDP socket of the module."""

import socket

import trio

from wizfi_emu.listening import open_socket
from wizfi_emu.module.effects import SendData
from wizfi_emu.module.events import Failure, SocketReceived, SocketSent
from wizfi_emu.net._context import HostSide, NetContext
from wizfi_emu.net._host import close_socket, failure_of
from wizfi_emu.net.addresses import Blocked, Endpoint

DATAGRAM_BYTES = 65536


class UdpSocket:
    """A bound UDP socket. Datagrams from anyone are received.

    What goes to an address outside 127.0.0.0/8, where a world allows that, leaves from a second socket, which is made
    when it is needed: a socket bound to a loopback address cannot send there.
    """

    def __init__(self, context: NetContext, sock: int, raw: socket.socket) -> None:
        self._context = context
        self._sock = sock
        self._inside = raw
        self._outside: socket.socket | None = None
        self._own = Endpoint(*raw.getsockname())
        self._sent = SocketSent(sock)
        self._scopes = [context.start(self._receive, raw)]
        context.sockets[sock] = self
        context.held.add(self)

    @property
    def local_port(self) -> int:
        return self._own.port

    def send(self, effect: SendData) -> None:
        """Send one datagram; the answer comes at once. Nobody tells whether the datagram arrives."""
        target = self._context.reach(effect.address, effect.port)
        failure = None
        if target in (Blocked.NOWHERE, Blocked.FORBIDDEN):
            failure = Failure.UNREACHABLE
        # A remote address can be the host's own: what would come straight back is lost, as there is nobody else.
        elif isinstance(target, Endpoint) and target != self._own:
            failure = self._send_to(target, effect.data)
        self._context.feed(self._sent if failure is None else SocketSent(self._sock, failure))

    def host_side(self) -> HostSide:
        return HostSide(self._own)

    def abort(self) -> None:
        for scope in self._scopes:
            scope.cancel()
        close_socket(self._inside)
        if self._outside is not None:
            close_socket(self._outside)
        self._context.held.discard(self)

    close = reset = abort  # there is no connection that could end in order

    def _send_to(self, target: Endpoint, data: bytes) -> Failure | None:
        try:
            self._socket_for(target).sendto(data, target)
        except (BlockingIOError, ConnectionError):
            pass  # The host's queue is full, or an earlier datagram found nobody: a network loses datagrams.
        except OSError as error:
            return failure_of(error)
        return None

    def _socket_for(self, target: Endpoint) -> socket.socket:
        source = self._context.addresses.source_for(target.address)
        if source == self._own.address:
            return self._inside
        if self._outside is None:
            self._outside = open_socket(socket.SOCK_DGRAM, source, 0)
            self._scopes.append(self._context.start(self._receive, self._outside))
        return self._outside

    async def _receive(self, raw: socket.socket) -> None:
        context = self._context
        while raw.fileno() != -1:
            try:
                await trio.lowlevel.wait_readable(raw)
                await context.wait_room()
            except trio.ClosedResourceError:
                return  # The socket was closed, or the serial line.
            try:
                data, peer = raw.recvfrom(DATAGRAM_BYTES)
            except OSError:
                continue  # Nothing there after all, or the answer to a datagram that found nobody.
            if raw is self._outside and not context.addresses.allows(peer[0]):
                continue  # A stranger; the loopback network has none.
            address, port = context.addresses.virtual_endpoint(*peer)
            context.feed(SocketReceived(self._sock, data, address, port))


def open_udp(context: NetContext, sock: int, port: int) -> UdpSocket:
    """Bind a UDP socket to the address at which the module listens. Raises OSError."""
    return UdpSocket(context, sock, open_socket(socket.SOCK_DGRAM, context.addresses.listen_address, port))
