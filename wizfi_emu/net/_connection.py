"""One TCP connection of the module, from its first packet to its last."""

import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import trio

from wizfi_emu.module.effects import SendData
from wizfi_emu.module.events import Event, Failure, SocketClosed, SocketReceived, SocketSent
from wizfi_emu.net._context import HostSide, NetContext
from wizfi_emu.net._host import OpenError, failure_of
from wizfi_emu.net._stream import TcpStream
from wizfi_emu.net.addresses import Endpoint

# How long the module's stack waits for the peer's part of an orderly close.
LINGER_US = 3_000_000


class Established(NamedTuple):
    """A connection that works: the TCP stream, the stream that carries data (TLS or the same), and what to tell."""

    tcp: TcpStream
    data: TcpStream | trio.SSLStream[TcpStream]
    event: Event


class _Pending(NamedTuple):
    data: memoryview
    deadline: float


class Connection:
    """A connection from the connect, or the accepted client, to the last byte after ``CloseSocket``.

    One task establishes it, reads it and, when the machine has closed it, sees the close through. A second one writes
    while there is data that the host's stack did not take at once. ``establish`` raises OpenError.
    """

    def __init__(
        self, context: NetContext, sock: int, peer: Endpoint, establish: Callable[[], Awaitable[Established]]
    ) -> None:
        self._context = context
        self._sock = sock
        self._peer = peer
        self._tcp: TcpStream | None = None
        self._data: trio.abc.Stream | None = None
        self._live = True
        self._ended = False
        self._failure: Failure | None = None
        self._queue: deque[_Pending] = deque()
        self._writing = False
        self._drained = trio.Event()
        self._closing = trio.Event()
        self._reading = trio.CancelScope()
        self._sent = SocketSent(sock)
        context.sockets[sock] = self
        context.held.add(self)
        self._scope = context.start(self._run, establish)

    def send(self, effect: SendData) -> None:
        """Send on the connection; the answer comes at once when the host's stack takes everything."""
        tcp = self._tcp
        if tcp is None or not self._live:
            self._context.feed(SocketSent(self._sock, Failure.CLOSED))
            return
        taken = 0
        if self._data is tcp and not self._queue:
            try:
                taken = tcp.send_now(effect.data)
            except OSError as error:
                self._send_failed(failure_of(error))
                return
            if taken == len(effect.data):
                self._context.feed(self._sent)
                return
        deadline = trio.current_time() + self._context.seconds(effect.limit_us)
        self._queue.append(_Pending(memoryview(effect.data)[taken:], deadline))
        if not self._writing:
            self._writing = True
            self._drained = trio.Event()
            self._context.start(self._write)

    def close(self) -> None:
        """Close in order: deliver what was given to ``send``, then FIN. A connection that is not open is dropped."""
        if self._tcp is None:
            self.abort()
            return
        self._live = False
        self._closing.set()
        self._reading.cancel()
        if self._data is self._tcp and not self._queue:
            self._tcp.end()

    def reset(self) -> None:
        if self._tcp is not None:
            self._tcp.reset_at_close()
        self.abort()

    def host_side(self) -> HostSide:
        """Its ends on the host, from the time when it is established."""
        if self._tcp is None:
            return HostSide()
        try:
            return HostSide(Endpoint(*self._tcp.raw.getsockname()), Endpoint(*self._tcp.raw.getpeername()))
        except OSError:
            return HostSide()  # It broke.

    def abort(self) -> None:
        self._live = False
        self._scope.cancel()
        if self._tcp is not None:
            self._tcp.abort()

    async def _run(self, establish: Callable[[], Awaitable[Established]]) -> None:
        try:
            try:
                self._tcp, self._data, opened = await establish()
            except OpenError as error:
                if self._live:
                    self._context.fail(self._sock, error.failure)
                return
            self._feed(opened)
            await self._read(self._tcp, self._data)
            await self._closing.wait()
            with trio.move_on_after(self._context.seconds(LINGER_US)):
                await self._linger(self._tcp, self._data)
        finally:
            if self._tcp is not None:
                self._tcp.abort()
            self._context.held.discard(self)

    async def _read(self, tcp: TcpStream, data: trio.abc.Stream) -> None:
        tcp.wait_room = self._context.wait_room
        address, port = self._peer
        with self._reading:
            try:
                while received := await data.receive_some(self._context.receive_bytes):
                    self._feed(SocketReceived(self._sock, bytes(received), address, port))
            except trio.BrokenResourceError as error:
                if not _is_bare_end(error):
                    self._failure = self._failure or _reason(error)
            except trio.ClosedResourceError:
                return
            self._ended = True
            self._feed(SocketClosed(self._sock, self._failure))
        tcp.wait_room = None

    async def _write(self) -> None:
        while self._queue:
            failure = await self._send_first()
            # Not taken out before: what comes meanwhile must not overtake it.
            self._queue.popleft()
            if failure is None:
                self._feed(self._sent)
            else:
                self._send_failed(failure)
        self._writing = False
        self._drained.set()

    async def _send_first(self) -> Failure | None:
        data, deadline = self._queue[0]
        assert self._tcp is not None
        assert self._data is not None
        try:
            with trio.CancelScope(deadline=deadline):
                await self._data.send_all(data)
                return None
        except trio.BrokenResourceError as error:
            return _reason(error)
        except trio.ClosedResourceError:
            return Failure.CLOSED
        if self._data is not self._tcp:
            # A record that is cut in the middle cannot be followed by another one.
            self._failure = Failure.TIMEOUT
            self._tcp.shut_down()
        return Failure.TIMEOUT

    def _send_failed(self, failure: Failure) -> None:
        # The reader tells the machine that the connection broke, after the data that arrived before.
        if failure is not Failure.TIMEOUT:
            self._failure = self._failure or failure
        self._feed(SocketSent(self._sock, failure))

    async def _linger(self, tcp: TcpStream, data: trio.abc.Stream) -> None:
        if self._writing:
            await self._drained.wait()
        try:
            if data is tcp:
                tcp.end()
            else:
                await data.aclose()
            while not self._ended and await tcp.receive_some():
                pass
        except (trio.BrokenResourceError, trio.ClosedResourceError, ssl.SSLError):
            pass  # The peer is gone, which is what this waits for.

    def _feed(self, event: Event) -> None:
        if self._live:
            self._context.feed(event)


def _is_bare_end(error: BaseException) -> bool:
    """Tell whether a TLS peer closed the connection without saying so inside TLS, as many do."""
    cause = error.__cause__
    return isinstance(cause, ssl.SSLError) and (
        isinstance(cause, ssl.SSLEOFError) or cause.reason == "UNEXPECTED_EOF_WHILE_READING"
    )


def _reason(error: BaseException) -> Failure:
    cause = error.__cause__
    # The numbers of TLS errors are not those of the operating system.
    if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError):
        return failure_of(cause)
    return Failure.RESET
