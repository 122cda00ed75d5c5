"""The peers of the module: plain sockets at a host address of their own, blocking and with a limit."""

from __future__ import annotations

import select
import socket
import ssl
from types import TracebackType

import trustme

LIMIT_S = 60.0


class Peers:
    """Peers by name. Use it as a context; its end closes them all."""

    def __init__(self, host: str, module: str) -> None:
        """``host`` is the address of the peers, ``module`` the one of the module."""
        self.host = host
        self.module = module
        self._sockets: dict[str, socket.socket] = {}
        self._listening: dict[str, bool] = {}

    def __enter__(self) -> Peers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._sockets):
            self.close(name)

    def listen(self, name: str, port: int, *, tls: bool = False, backlog: int = 8) -> None:
        """Let a TCP peer listen, ``tls`` with a certificate that nobody knows."""
        listener = self._bind(name, socket.SOCK_STREAM, port)
        listener.listen(backlog)
        self._listening[name] = tls

    def accept(self, name: str, listener: str) -> int:
        """Name the next connection of a listening peer; gives the module's port."""
        connection, (_, port) = self._sockets[listener].accept()
        connection.settimeout(LIMIT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._listening[listener]:
            connection = _server_context().wrap_socket(connection, server_side=True)
        self._sockets[name] = connection
        return int(port)

    def connect(self, name: str, port: int, source_port: int = 0) -> None:
        """Connect to a TCP port of the module."""
        self._bind(name, socket.SOCK_STREAM, source_port).connect((self.module, port))

    def udp(self, name: str, port: int = 0) -> None:
        """Open a UDP peer."""
        self._bind(name, socket.SOCK_DGRAM, port)

    def port(self, name: str) -> int:
        """The port of a peer."""
        return int(self._sockets[name].getsockname()[1])

    def send(self, name: str, data: bytes, port: int = 0) -> None:
        """Send everything; over UDP to a port of the module."""
        peer = self._sockets[name]
        if peer.type == socket.SOCK_DGRAM:
            peer.sendto(data, (self.module, port))
        else:
            peer.sendall(data)

    def receive_more(self, name: str) -> bytes:
        """Take what has come on a connection besides, without waiting for it."""
        peer = self._sockets[name]
        return peer.recv(65536) if select.select([peer], [], [], 0)[0] else b""

    def receive(self, name: str, count: int) -> bytes:
        """Take so many bytes of a connection, fewer when it ends before."""
        got = b""
        while len(got) < count and (more := self._sockets[name].recv(count - len(got))):
            got += more
        return got

    def receive_from(self, name: str) -> tuple[bytes, int]:
        """Take one datagram, and the port of the module that it came from."""
        data, (_, port) = self._sockets[name].recvfrom(65536)
        return data, int(port)

    def is_udp(self, name: str) -> bool:
        """Whether the peer is a UDP one."""
        return self._sockets[name].type == socket.SOCK_DGRAM

    def close(self, name: str) -> None:
        """Close what a peer is."""
        self._sockets.pop(name).close()

    def expect_closed(self, name: str) -> None:
        """Fails unless the module ends the connection without sending more."""
        got = self.receive(name, 1)
        assert not got, f"{name}: {got!r} instead of the end"

    def expect_nothing_unread(self) -> None:
        """Fails when the module has sent what nobody has asked for."""
        for name, peer in self._sockets.items():
            if name in self._listening:
                continue
            peer.setblocking(False)
            try:
                got = peer.recv(65536)
            except (BlockingIOError, ssl.SSLWantReadError):
                continue
            assert not got, f"{name}: unread {got!r}"

    def _bind(self, name: str, kind: int, port: int) -> socket.socket:
        peer = socket.socket(socket.AF_INET, kind)
        self._sockets[name] = peer
        peer.settimeout(LIMIT_S)
        if kind == socket.SOCK_STREAM:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        peer.bind((self.host, port))
        return peer


def _server_context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("www.google.com").configure_cert(context)
    return context
