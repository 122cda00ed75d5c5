"""TCP peers on real sockets at the module's host address."""

import os
import socket
import ssl
from collections.abc import Callable

import trio

from wizfi_emu.actions.perform import RefusedError
from wizfi_emu.errors import UserError
from wizfi_emu.listening import open_socket
from wizfi_emu.module.effects import TlsIdentity
from wizfi_emu.net._stream import NO_LINGER
from wizfi_emu.scenario.model import BasePeer, ServingPeer
from wizfi_emu.scenario.peers.actor import Connection, Ending, TcpActor

BACKLOG = 16
READ_BYTES = 65536
SHOWN_NAME = "wizfi-emu scenario"


class HostConnection(Connection):
    """A connection on a real socket. ``tell`` is called when anything about it has changed."""

    closed = False

    def __init__(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream], tell: Callable[[], None]) -> None:
        self._stream = stream
        self._tell = tell
        self._outbox = bytearray()
        self._ending: Ending | None = None
        self._work = trio.Event()

    def send(self, data: bytes) -> None:
        self._outbox += data
        self._work.set()

    def end(self, how: Ending) -> None:
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


class HostTcpActor(TcpActor):
    """A TCP peer of this machine. ``tell`` is called when anything about it has changed."""

    refusal = "{name} is a client and does not listen"

    def __init__(self, name: str, peer: BasePeer, nursery: trio.Nursery, tell: Callable[[], None]) -> None:
        super().__init__(name, peer)
        self._nursery = nursery
        self._tell = tell
        self._host = ""
        self._listener: trio.socket.SocketType | None = None
        self._accepting = trio.CancelScope()
        self._context: ssl.SSLContext | None = None

    async def open(self, host: str) -> None:
        """Take the port. Raises UserError when it cannot be had."""
        self._host = host
        if not isinstance(self.peer, ServingPeer):
            return
        if self.peer.tls:
            self._context = await trio.to_thread.run_sync(_server_context)
        self._nursery.start_soon(self._stop_at_the_end)
        self._bind()
        if self.peer.listens:
            self.listen()

    async def _stop_at_the_end(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self.stop()

    def _bind(self) -> None:
        try:
            raw = open_socket(socket.SOCK_STREAM, self._host, self.port, reuse=True)
        except OSError as error:
            raise UserError(f"{self.name}: port {self.port} of {self._host}: {error.strerror}") from None
        self.port = raw.getsockname()[1]
        self._listener = trio.socket.from_stdlib_socket(raw)

    def listen(self) -> None:
        if not isinstance(self.peer, ServingPeer):
            self._refuse()
        self._nursery.start_soon(self._accept)

    async def _accept(self) -> None:
        with trio.CancelScope() as self._accepting:
            if self._listener is None:
                self._bind()
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
        connection = HostConnection(stream, self._tell)
        responder = self._accepted(connection)
        self._tell()
        await connection.run(lambda data: self._heard(data, connection, responder))

    def stop(self) -> None:
        self._accepting.cancel()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def connect(self, to: int) -> None:
        self.connecting, self.problem = True, ""
        self._nursery.start_soon(self._connect, to)

    async def _connect(self, to: int) -> None:
        client = trio.socket.socket()
        try:
            # From its own port, if it has one, so that the module always sees the same.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            await client.bind((self._host, self.peer.port))
            await client.connect((self._host, to))
        except OSError as error:
            client.close()
            self.problem = f"port {to} of the module: {os.strerror(error.errno or 0)}"
            self.connecting = False
            self._tell()
            return
        connection = self.connection = HostConnection(trio.SocketStream(client), self._tell)
        self.connecting = False
        self._tell()
        self.tell_of("is connected", b"")
        await connection.run(self._hear)

    def close(self, how: Ending) -> None:
        if how == "half_close" and self._context is not None:
            self._open_connection()
            raise RefusedError(f"{self.name}: a TLS connection cannot be half-closed")
        super().close(how)


def _server_context() -> ssl.SSLContext:
    from wizfi_emu.net.tls import make_identity, server_context

    return server_context(TlsIdentity(*make_identity(SHOWN_NAME)))
