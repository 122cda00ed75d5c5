"""The edge of the air-command service: one TCP or UDP port, beside the socket table of the module."""

import itertools
import socket
from typing import Literal

import trio

from wizfi_emu.listening import listen_tcp, open_socket
from wizfi_emu.module.events import AirCommandReceived, AirPortOpened
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._host import BACKLOG, accept, close_socket, logger, report_port
from wizfi_emu.net._stream import TcpStream

# What one TCP segment carries; the service takes each segment for one request.
SEGMENT_BYTES = 1460
DATAGRAM_BYTES = 65536
# Requests whose answers may be under way. A command is answered within 10 s, or never.
REMEMBERED_SENDERS = 64
# How long a TCP client may be silent while another one waits for its turn.
IDLE_S = 60.0


class AirPort:
    """The service's port while it is open.

    TCP serves one client at a time, the next ones wait in the host's backlog; a silent one makes room for them. UDP
    answers go to the sender of the request. Requests are read whether or not the serial line has room, because their
    answers do not go there.
    """

    def __init__(self, context: NetContext) -> None:
        self._context = context
        self._clients = itertools.count(1)
        self._raw: socket.socket | None = None
        self._scope = trio.CancelScope()
        self._stream: TcpStream | None = None
        self._client = 0
        self._senders: dict[int, tuple[str, int]] = {}

    def open(self, protocol: Literal["tcp", "udp"], port: int) -> None:
        """Open the port, instead of one that was open; feed ``AirPortOpened``."""
        self.abort()
        host = self._context.addresses.listen_address
        try:
            if protocol == "tcp":
                self._raw = listen_tcp(host, port, BACKLOG)
            else:
                self._raw = open_socket(socket.SOCK_DGRAM, host, port)
        except OSError as error:
            report_port(protocol.upper(), host, port, error)
            self._context.feed(AirPortOpened(ok=False))
            return
        self._context.held.add(self)
        serve = self._serve_tcp if protocol == "tcp" else self._serve_udp
        self._scope = self._context.start(serve, self._raw)
        self._context.feed(AirPortOpened(ok=True))

    def answer(self, client: int, data: bytes) -> None:
        """Send an answer. A client that has left gets none."""
        if self._stream is not None and client == self._client:
            self._answer_tcp(self._stream, data)
        elif self._raw is not None and client in self._senders:
            try:
                self._raw.sendto(data, self._senders.pop(client))
            except OSError as error:
                logger.warning("the answer to an air command is lost: %s", error.strerror)

    def abort(self) -> None:
        self._scope.cancel()
        if self._stream is not None:
            self._stream.abort()
            self._stream = None
        if self._raw is not None:
            close_socket(self._raw)
            self._raw = None
        self._senders.clear()
        self._context.held.discard(self)

    @staticmethod
    def _answer_tcp(stream: TcpStream, data: bytes) -> None:
        try:
            taken = stream.send_now(data)
        except OSError:
            return  # The reader sees that the client is gone.
        if taken < len(data):
            logger.warning("an air-command client does not read its answers, connection closed")
            stream.shut_down()

    async def _serve_tcp(self, raw: socket.socket) -> None:
        while raw.fileno() != -1:
            await self._serve_client(raw, TcpStream(await accept(raw)))

    async def _serve_client(self, raw: socket.socket, stream: TcpStream) -> None:
        number = self._client = next(self._clients)
        self._stream = stream
        try:
            while data := await _receive(stream, raw):
                self._context.feed(AirCommandReceived(number, data))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # The client left without a word, or the service was closed.
        finally:
            stream.abort()
            if self._stream is stream:
                self._stream = None

    async def _serve_udp(self, raw: socket.socket) -> None:
        while raw.fileno() != -1:
            await trio.lowlevel.wait_readable(raw)
            try:
                data, sender = raw.recvfrom(DATAGRAM_BYTES)
            except OSError:
                continue  # Nothing there after all.
            number = next(self._clients)
            self._senders[number] = sender
            if len(self._senders) > REMEMBERED_SENDERS:
                del self._senders[next(iter(self._senders))]
            self._context.feed(AirCommandReceived(number, data))


async def _receive(stream: TcpStream, listener: socket.socket) -> bytes:
    """The next request; nothing when the client has left, or has been silent for long while another one waits."""
    with trio.move_on_after(IDLE_S):
        return await stream.receive_some(SEGMENT_BYTES)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_end_when_somebody_waits, listener, nursery.cancel_scope)
        try:
            return await stream.receive_some(SEGMENT_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""
        finally:
            nursery.cancel_scope.cancel()
    logger.warning("an air-command client is silent while another one waits, connection closed")
    return b""


async def _end_when_somebody_waits(listener: socket.socket, scope: trio.CancelScope) -> None:
    try:
        await trio.lowlevel.wait_readable(listener)
    except trio.ClosedResourceError:
        return  # The service ends, and the reader with it.
    scope.cancel()
