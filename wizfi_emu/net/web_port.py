"""The edge of the web server: the host's port 80 for the module's, and the name server beside it.

One connection is served at a time, from its first segment to the answer; the next ones wait in the host's backlog.
"""

import itertools
import socket

import trio

from wizfi_emu.listening import listen_tcp, open_socket
from wizfi_emu.module.events import WebDataReceived, WebServerOpened
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._host import accept, close_socket, local_port, logger, report_port
from wizfi_emu.net._stream import TcpStream
from wizfi_emu.web.dns import answer_query

WEB_PORT = 80
NAME_PORT = 53
# What one TCP segment carries. The module looks at the first one only, so a longer request is cut here as it is there.
SEGMENT_BYTES = 1460
# A browser opens several connections at once; those that do not fit would try again after a second.
BACKLOG = 16
# Browsers open connections in advance and leave them silent; such a one must not keep the next client waiting.
SILENCE_S = 3.0
# ... nor one that stops in the middle of its request, such as an upload. Long, for what goes over a slow network.
REST_S = 30.0
# How long a client may take to read the answer, and then to close its side.
SEND_S = 10.0
LINGER_S = 2.0
DATAGRAM_BYTES = 65536


class WebPort:
    """The web server's port while it is open."""

    def __init__(self, context: NetContext) -> None:
        self._context = context
        self._clients = itertools.count(1)
        self._raw: socket.socket | None = None
        self._names: socket.socket | None = None
        self._scopes: list[trio.CancelScope] = []
        self._connection: _Connection | None = None
        self._last_port = 0

    def open(self, address: str) -> None:
        """Listen and feed ``WebServerOpened``. ``address`` is what the name server answers."""
        self.abort()
        host = self._context.addresses.listen_address
        raw = self._listen(host)
        if raw is None:
            self._context.feed(WebServerOpened(host, 0))
            return
        self._raw = raw
        self._last_port = port = local_port(raw)
        self._context.held.add(self)
        self._scopes = [self._context.start(self._serve, raw)]
        self._open_name_server(host, address)
        # The one thing that a person with a browser has to know.
        logger.info("the module's web pages are at http://%s/", host if port == WEB_PORT else f"{host}:{port}")
        self._context.feed(WebServerOpened(host, port))

    def answer(self, client: int, data: bytes, last: bool) -> None:
        """Send on a connection, and close it with the ``last`` data. A client that has left gets nothing."""
        if self._connection is not None and self._connection.client == client:
            self._connection.send(data, last)

    def abort(self) -> None:
        """Close the port, its connection and the name server."""
        for scope in self._scopes:
            scope.cancel()
        self._scopes.clear()
        if self._connection is not None:
            self._connection.abort()
            self._connection = None
        for raw in (self._raw, self._names):
            if raw is not None:
                close_socket(raw)
        self._raw = self._names = None
        self._context.held.discard(self)

    def _listen(self, host: str) -> socket.socket | None:
        """Port 80 where the system allows it; otherwise a free one, and after a restart of the module the same."""
        for port in (WEB_PORT, self._last_port, 0):
            try:
                return listen_tcp(host, port, BACKLOG)
            except OSError as error:
                failure = error
        report_port("TCP", host, 0, failure)
        return None

    def _open_name_server(self, host: str, address: str) -> None:
        try:
            self._names = open_socket(socket.SOCK_DGRAM, host, NAME_PORT)
        except OSError as error:
            # Only for clients that use the module as their name server, which few hosts can.
            logger.debug("no name server at %s:%d: %s", host, NAME_PORT, error.strerror)
            return
        self._scopes.append(self._context.start(_answer_names, self._names, address))

    async def _serve(self, raw: socket.socket) -> None:
        while raw.fileno() != -1:
            client = await accept(raw)
            self._connection = _Connection(self._context, next(self._clients), TcpStream(client))
            await self._connection.serve()
            self._connection = None


class _Connection:
    """One client, from the accept to the end of the answer; its own end is seen through by another task."""

    def __init__(self, context: NetContext, client: int, stream: TcpStream) -> None:
        self.client = client
        self._context = context
        self._stream = stream
        self._unsent = bytearray()
        self._sending = False
        self._answered = False
        self._progress = trio.Event()
        context.held.add(self)

    async def serve(self) -> None:
        """Feed what comes until the machine has answered and the answer is on its way."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read)
            await self._write()
            nursery.cancel_scope.cancel()
        self._context.start(self._linger)

    def send(self, data: bytes, last: bool) -> None:
        """Send at once what the host's stack takes; the rest follows."""
        taken = 0
        if not (self._sending or self._unsent):
            try:
                taken = self._stream.send_now(data)
            except OSError:
                taken = len(data)  # The client has left: there is nobody to tell.
        self._unsent += data[taken:]
        self._answered = self._answered or last
        if self._answered and not (self._sending or self._unsent):
            self._stream.end()
        self._progress.set()

    def abort(self) -> None:
        self._stream.abort()
        self._context.held.discard(self)

    async def _read(self) -> None:
        data = b""
        try:
            with trio.move_on_after(SILENCE_S):
                data = await self._stream.receive_some(SEGMENT_BYTES)
            while data and not self._answered:
                self._context.feed(WebDataReceived(self.client, data))
                data = b""
                with trio.move_on_after(REST_S):
                    data = await self._stream.receive_some(SEGMENT_BYTES)
        except trio.BrokenResourceError:
            pass  # The client left without a word.
        except trio.ClosedResourceError:
            return
        if not self._answered:
            self._context.feed(WebDataReceived(self.client, b""))

    async def _write(self) -> None:
        while self._unsent or not self._answered:
            if not self._unsent:
                self._progress = trio.Event()
                await self._progress.wait()
                continue
            data, self._unsent = self._unsent, bytearray()
            self._sending = True
            try:
                with trio.move_on_after(SEND_S):
                    await self._stream.send_all(data)
            except trio.BrokenResourceError:
                pass  # The machine goes on with its answer all the same.
            except trio.ClosedResourceError:
                return
            finally:
                self._sending = False
        self._stream.end()

    async def _linger(self) -> None:
        """Read on until the client closes too: closing with unread data would destroy the answer on its way."""
        try:
            with trio.move_on_after(LINGER_S):
                while await self._stream.receive_some(SEGMENT_BYTES):
                    pass
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # These are ends too.
        finally:
            self.abort()


async def _answer_names(raw: socket.socket, address: str) -> None:
    while raw.fileno() != -1:
        await trio.lowlevel.wait_readable(raw)
        try:
            packet, sender = raw.recvfrom(DATAGRAM_BYTES)
            answer = answer_query(packet, address)
            if answer is not None:
                raw.sendto(answer, sender)
        except OSError:
            continue  # Nothing there after all, or the sender is gone.
