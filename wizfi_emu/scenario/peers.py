"""Peers on real sockets at the module's host address."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.scenario.model import BasePeer, ServingPeer
from wizfi_emu.scenario.responders import Responder, responder_of
from wizfi_emu.scenario.rig import ProblemError, Stream

BACKLOG = 16
READ_BYTES = 65536
NO_LINGER = struct.pack("ii", 1, 0)
SHOWN_NAME = "wizfi-emu scenario"

Ending = Literal["close", "abort", "half_close"]


class _Connection:
    """One connection. ``tell`` is called when anything about it has changed."""

    def __init__(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream], tell: Callable[[], None]) -> None:
        self.closed = False
        self._stream = stream
        self._tell = tell
        self._outbox = bytearray()
        self._ending: Ending | None = None
        self._work = trio.Event()

    def send(self, data: bytes) -> None:
        """Send later."""
        self._outbox += data
        self._work.set()

    def end(self, how: Ending) -> None:
        """End it when everything is sent; a reset comes at once."""
        if how == "abort":
            tcp = self._stream if isinstance(self._stream, trio.SocketStream) else self._stream.transport_stream
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            tcp.socket.close()
        else:
            self._ending = how
        self._work.set()

    async def run(self, receive: Callable[[bytes], None]) -> None:
        """Serve it until both sides are done."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write)
                while data := await self._stream.receive_some(READ_BYTES):
                    receive(bytes(data))
                    self._tell()
                self.closed = True
                self.end("close")
        except* (trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError):
            self.closed = True
        finally:
            self._tell()
            await trio.aclose_forcefully(self._stream)

    async def _write(self) -> None:
        while True:
            while self._outbox:
                data = bytes(self._outbox)
                self._outbox.clear()
                await self._stream.send_all(data)
            if self._ending == "half_close" and isinstance(self._stream, trio.SocketStream):
                await self._stream.send_eof()
                return
            if self._ending is not None:
                await self._stream.aclose()
                return
            await self._work.wait()
            self._work = trio.Event()


class TcpActor:
    """See ``Actor``."""

    def __init__(self, name: str, peer: BasePeer, nursery: trio.Nursery, tell: Callable[[], None]) -> None:
        self.got = Stream()
        self.accepted = 0
        self.connecting = False
        self.problem = ""
        self._name = name
        self._peer = peer
        self._nursery = nursery
        self._tell = tell
        self._host = ""
        self._module = ""
        self._listener: trio.socket.SocketType | None = None
        self._accepting = trio.CancelScope()
        self._connection: _Connection | None = None
        self._context: ssl.SSLContext | None = None
        self.port = peer.port

    async def open(self, host: str) -> None:
        """Take the port. Raises UserError when it cannot be had."""
        self._host = host
        if not isinstance(self._peer, ServingPeer):
            return
        if self._peer.tls:
            self._context = await trio.to_thread.run_sync(_server_context)
        self._nursery.start_soon(self._stop_at_the_end)
        await self._bind()
        if self._peer.listens:
            self.listen()

    async def _stop_at_the_end(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.stop()

    async def _bind(self) -> None:
        listener = trio.socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            await listener.bind((self._host, self.port))
        except OSError as error:
            listener.close()
            raise UserError(f"{self._name}: port {self.port} of {self._host}: {error.strerror}") from None
        self.port = listener.getsockname()[1]
        self._listener = listener

    @property
    def closed(self) -> bool:
        """See ``Actor``."""
        return self._connection is not None and self._connection.closed

    def listen(self) -> None:
        """See ``Actor``."""
        if not isinstance(self._peer, ServingPeer):
            raise ProblemError(f"{self._name} does not listen, it connects")
        self._nursery.start_soon(self._accept)

    async def _accept(self) -> None:
        with trio.CancelScope() as self._accepting:
            if self._listener is None:
                await self._bind()
            assert self._listener is not None
            self._listener.listen(BACKLOG)
            while True:
                accepted, _ = await self._listener.accept()
                self._nursery.start_soon(self._serve, trio.SocketStream(accepted))

    async def _serve(self, tcp: trio.SocketStream) -> None:
        stream: trio.SocketStream | trio.SSLStream[trio.SocketStream] = tcp
        if self._context is not None:
            stream = trio.SSLStream(tcp, self._context, server_side=True, https_compatible=True)
            try:
                await stream.do_handshake()
            except trio.BrokenResourceError:
                await trio.aclose_forcefully(stream)
                return
        assert isinstance(self._peer, ServingPeer)
        responder = responder_of(self._peer)
        connection = self._connection = _Connection(stream, self._tell)
        self.accepted += 1
        connection.send(responder.greet())
        self._tell()

        def receive(data: bytes) -> None:
            self.got.add(data)
            connection.send(responder.receive(data))
            if responder.closes:
                connection.end("close")

        await connection.run(receive)

    def stop(self) -> None:
        """See ``Actor``."""
        self._accepting.cancel()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def connect(self, to: int) -> None:
        """See ``Actor``."""
        self.connecting, self.problem = True, ""
        self._nursery.start_soon(self._connect, to)

    async def _connect(self, to: int) -> None:
        client = trio.socket.socket()
        try:
            # From its own port, if it has one, so that the module always sees the same.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            await client.bind((self._host, self._peer.port))
            await client.connect((self._host, to))
        except OSError as error:
            client.close()
            self.problem = f"port {to} of the module: {os.strerror(error.errno or 0)}"
            self.connecting = False
            self._tell()
            return
        connection = self._connection = _Connection(trio.SocketStream(client), self._tell)
        self.connecting = False
        self._tell()
        await connection.run(self.got.add)

    def send(self, data: bytes, to: int) -> None:
        """See ``Actor``."""
        self._open_connection().send(data)

    def close(self, how: Ending) -> None:
        """See ``Actor``."""
        connection = self._open_connection()
        if how == "half_close" and self._context is not None:
            raise ProblemError(f"{self._name}: a secure connection has no half close")
        if how != "half_close":
            self._connection = None
        connection.end(how)

    def _open_connection(self) -> _Connection:
        if self._connection is None or self._connection.closed:
            raise ProblemError(f"{self._name} has no connection")
        return self._connection


class UdpActor:
    """See ``Actor``."""

    accepted = 0
    closed = False
    connecting = False
    problem = ""

    def __init__(self, name: str, peer: ServingPeer, nursery: trio.Nursery, tell: Callable[[], None]) -> None:
        self.got = Stream()
        self.port = peer.port
        self._name = name
        self._peer = peer
        self._nursery = nursery
        self._tell = tell
        self._host = ""
        self._responder: Responder = responder_of(peer)
        self._socket: socket.socket | None = None
        self._sender: tuple[str, int] | None = None

    async def open(self, host: str) -> None:
        """Take the port. Raises UserError when it cannot be had."""
        self._host = host
        if self._peer.listens:
            self.listen()
        await trio.lowlevel.checkpoint()

    def listen(self) -> None:
        """See ``Actor``."""
        opened = socket.socket(type=socket.SOCK_DGRAM)
        opened.setblocking(False)
        try:
            opened.bind((self._host, self.port))
        except OSError as error:
            opened.close()
            raise UserError(f"{self._name}: port {self.port} of {self._host}: {error.strerror}") from None
        self.port = opened.getsockname()[1]
        self._socket = opened
        self._nursery.start_soon(self._receive, opened)

    async def _receive(self, opened: socket.socket) -> None:
        with opened:
            while opened.fileno() >= 0:
                try:
                    await trio.lowlevel.wait_readable(opened)
                    data, self._sender = opened.recvfrom(READ_BYTES)
                except (OSError, trio.ClosedResourceError):
                    continue  # closed, or what was sent before has found nobody
                self.got.add(data)
                answer = self._responder.receive(data)
                if answer:
                    self.send(answer, 0)
                self._tell()

    def stop(self) -> None:
        """See ``Actor``."""
        if self._socket is not None:
            trio.lowlevel.notify_closing(self._socket)
            self._socket.close()
            self._socket = None

    def connect(self, to: int) -> None:
        """See ``Actor``."""
        raise ProblemError(f"{self._name}: UDP has no connections")

    def close(self, how: Ending) -> None:
        """See ``Actor``."""
        raise ProblemError(f"{self._name}: UDP has no connections")

    def send(self, data: bytes, to: int) -> None:
        """See ``Actor``."""
        target = (self._host, to) if to else self._sender
        if self._socket is None or target is None:
            raise ProblemError(f"{self._name}: no datagram received yet; set `to`")
        try:
            self._socket.sendto(data, target)
        except OSError as error:
            raise ProblemError(f"{self._name}: {error.strerror}") from None


def _server_context() -> ssl.SSLContext:
    from wizfi_emu.net.tls import make_identity

    certificate, key = make_identity(SHOWN_NAME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "identity.pem"
        path.write_bytes(certificate + key)
        context.load_cert_chain(path)
    return context
