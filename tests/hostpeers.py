"""Peers of the module on real sockets of this machine, with the same actions as those of ``MemoryNetwork``."""

from __future__ import annotations

import socket
from types import TracebackType

import trio

from wizfi_emu.module.events import Event
from wizfi_emu.worlds.memory.streams import PeerError

ACTION_LIMIT_S = 30
BACKLOG = 8


class EventLog:
    """Collects what an edge feeds: give the log itself as its ``feed``."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._arrived = trio.Event()

    def __call__(self, event: Event) -> None:
        """Take one event."""
        self._events.append(event)
        self._arrived.set()

    async def take(self, count: int = 1) -> list[Event]:
        """Wait for so many events and take them. The caller limits the time."""
        while len(self._events) < count:
            self._arrived = trio.Event()
            await self._arrived.wait()
        taken, self._events = self._events[:count], self._events[count:]
        return taken

    def take_all(self) -> list[Event]:
        """Take what has come."""
        taken, self._events = self._events, []
        return taken


class HostPeers:
    """Peers by name, at one host address. Use it as an async context; its end closes them all."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self._sockets: dict[str, trio.socket.SocketType] = {}

    async def __aenter__(self) -> HostPeers:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for peer in self._sockets.values():
            peer.close()

    def port(self, name: str) -> int:
        """Give the port of a peer."""
        port: int = self._sockets[name].getsockname()[1]
        return port

    def raw(self, name: str) -> trio.socket.SocketType:
        """Give the socket of a peer."""
        return self._sockets[name]

    async def tcp_listen(self, name: str, port: int = 0, *, host: str = "") -> int:
        """Let a peer listen, and give its port."""
        peer = await self._bind(trio.socket.SOCK_STREAM, host or self.host, port)
        peer.listen(BACKLOG)
        self._sockets[name] = peer
        return self.port(name)

    async def tcp_accept(self, name: str, listener: str) -> None:
        """Name the next connection of a listening peer."""
        with trio.fail_after(ACTION_LIMIT_S):
            self._sockets[name], _ = await self._sockets[listener].accept()

    async def tcp_connect(self, name: str, port: int) -> None:
        """Connect to the module. Raises PeerError when it is refused."""
        peer = await self._bind(trio.socket.SOCK_STREAM, self.host, 0)
        try:
            with trio.fail_after(ACTION_LIMIT_S):
                await peer.connect((self.host, port))
        except (OSError, trio.TooSlowError) as error:
            peer.close()
            raise PeerError(f"port {port}: {error}") from error
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sockets[name] = peer

    def tcp_refused(self, port: int) -> None:
        """Raises PeerError when a connect to the module is not refused. Looks now, without letting any task run."""
        with socket.socket() as probe:
            # A refusal comes from the kernel at once; the limit is for what must not happen.
            probe.settimeout(ACTION_LIMIT_S)
            try:
                probe.connect((self.host, port))
            except ConnectionRefusedError:
                return
        raise PeerError(f"port {port}: not refused")

    async def udp_open(self, name: str, port: int = 0, *, host: str = "") -> int:
        """Open a UDP peer, and give its port."""
        self._sockets[name] = await self._bind(trio.socket.SOCK_DGRAM, host or self.host, port)
        return self.port(name)

    async def udp_sendto(self, name: str, port: int, data: bytes) -> None:
        """Send a datagram to a port of the module."""
        await self._sockets[name].sendto(data, (self.host, port))

    async def send(self, name: str, data: bytes) -> None:
        """Send everything on a peer's connection."""
        with memoryview(data) as rest:
            sent = 0
            while sent < len(rest):
                sent += await self._sockets[name].send(rest[sent:])

    def close(self, name: str) -> None:
        """Close what a peer is."""
        self._sockets.pop(name).close()

    def break_off(self, name: str) -> None:
        """Reset a peer's connection."""
        no_linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self._sockets[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        self.close(name)

    async def received(self, name: str, count: int) -> bytes:
        """Take so many bytes that a peer receives, or fewer when the module closes before."""
        data = bytearray()
        with trio.fail_after(ACTION_LIMIT_S):
            while len(data) < count and (more := await self._sockets[name].recv(count - len(data))):
                data += more
        return bytes(data)

    async def datagram(self, name: str) -> bytes:
        """Take the next datagram of a UDP peer."""
        with trio.fail_after(ACTION_LIMIT_S):
            return await self._sockets[name].recv(65536)

    async def expect_closed(self, name: str) -> None:
        """Wait until the module closes a peer's connection. Raises PeerError when it sends data or does not."""
        try:
            data = await self.received(name, 1)
        except ConnectionResetError:
            return
        except trio.TooSlowError:
            raise PeerError(f"{name}: still open") from None
        if data:
            raise PeerError(f"{name}: {data!r} instead of the end")

    @staticmethod
    async def _bind(kind: int, host: str, port: int) -> trio.socket.SocketType:
        peer = trio.socket.socket(trio.socket.AF_INET, kind)
        if kind == trio.socket.SOCK_STREAM and port:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        await peer.bind((host, port))
        return peer
