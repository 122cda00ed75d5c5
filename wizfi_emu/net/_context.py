"""What all sockets of one module share."""

import math
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol, TypeVarTuple, Unpack

import trio
from msgspec import Struct, field

from wizfi_emu.module.effects import SendData
from wizfi_emu.module.events import Event, Failure, SocketFailed
from wizfi_emu.net._host import logger
from wizfi_emu.net._stream import RECEIVE_BYTES, WaitRoom
from wizfi_emu.net.addresses import AddressMap, Blocked, Endpoint

Args = TypeVarTuple("Args")

Feed = Callable[[Event], None]
"""Takes one event. It may come back into the network with new effects before it returns."""

# A firmware that scans a network must not fill the log.
REPORTED_ADDRESSES = 64


class HostSide(NamedTuple):
    """The ends of a socket as the host has them; None is what is not there, or not yet."""

    local: Endpoint | None = None
    remote: Endpoint | None = None


class Abortable(Protocol):
    """Something that holds descriptors."""

    def abort(self) -> None:
        """Close everything now. No event follows."""


class ModuleSocket(Abortable, Protocol):
    """What one ``sock`` of the machine is: a connection or a UDP socket."""

    def send(self, effect: SendData) -> None:
        """Send, and feed one ``SocketSent`` now or later."""

    def close(self) -> None:
        """Close in order. No event follows."""

    def reset(self) -> None:
        """Drop it now, so that a peer sees the connection break. No event follows."""

    def host_side(self) -> HostSide:
        """Its ends on the host."""


class SharedPort(Abortable, Protocol):
    """A listening port that several socks use."""

    def release(self, sock: int) -> None:
        """One of its socks is gone. After the last one the port is closed."""

    def host_side(self) -> HostSide:
        """Where it listens on the host."""


class NetContext(Struct, eq=False):
    """The tasks, open sockets and shared state of one module's network.

    ``nursery`` runs the tasks; cancelling it closes every descriptor. ``feed`` takes the events; it may order something
    again. ``wait_room`` is awaited before data is read for the serial line. The machine's time limits become trio's
    time divided by ``time_scale``. At most ``receive_bytes`` of a stream are read at once.

    ``sockets`` are the connections and UDP sockets that the machine can name now, ``ports`` the listening ports by the
    socks that use them. ``held`` is everything that holds descriptors, also connections that the machine has closed
    and that still deliver their last data.
    """

    nursery: trio.Nursery
    addresses: AddressMap
    feed: Feed
    wait_room: WaitRoom
    time_scale: float = 1.0
    receive_bytes: int = RECEIVE_BYTES
    sockets: dict[int, ModuleSocket] = field(default_factory=dict)
    ports: dict[int, SharedPort] = field(default_factory=dict)
    held: set[Abortable] = field(default_factory=set)
    _scopes: set[trio.CancelScope] = field(default_factory=set)
    _reported: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nursery.start_soon(self._close_at_the_end)

    def start(self, run: Callable[[Unpack[Args]], Awaitable[None]], *args: *Args) -> trio.CancelScope:
        """Start a task that ends with the module, and give the scope that cancels it."""
        scope = trio.CancelScope()
        self._scopes.add(scope)
        self.nursery.start_soon(self._run, scope, run, args)
        return scope

    async def _close_at_the_end(self) -> None:
        # Not every descriptor has a task at every moment: a listening port has none while nobody waits for a client.
        try:
            await trio.sleep_forever()
        finally:
            self.abort()

    async def _run(
        self, scope: trio.CancelScope, run: Callable[[Unpack[Args]], Awaitable[None]], args: tuple[*Args]
    ) -> None:
        try:
            with scope:
                await run(*args)
        finally:
            self._scopes.discard(scope)

    def seconds(self, limit_us: int) -> float:
        """Give a limit of the machine in seconds of trio's clock; 0 is no limit."""
        return limit_us / 1e6 / self.time_scale if limit_us else math.inf

    def reach(self, address: str, port: int) -> Endpoint | Blocked:
        """Give the host endpoint of a virtual one; say once for each address that it may not be reached."""
        target = self.addresses.reach(address, port)
        known = address in self._reported or len(self._reported) >= REPORTED_ADDRESSES
        if target is Blocked.FORBIDDEN and not known:
            self._reported.add(address)
            logger.warning("%s is outside 127.0.0.0/8 and the world does not allow it: unreachable", address)
        return target

    def forget(self, sock: int) -> ModuleSocket | None:
        """Take a sock out of the lists, and give the open socket that it was."""
        port = self.ports.pop(sock, None)
        if port is not None:
            port.release(sock)
        return self.sockets.pop(sock, None)

    def fail(self, sock: int, failure: Failure) -> None:
        """Forget a socket that could not be opened, and tell the machine."""
        self.forget(sock)
        self.feed(SocketFailed(sock, failure))

    def abort(self) -> None:
        """Close every descriptor now and cancel every task. No event follows."""
        for scope in tuple(self._scopes):
            scope.cancel()
        for holder in tuple(self.held):
            holder.abort()
        self.held.clear()
        self.sockets.clear()
        self.ports.clear()
        self._reported.clear()
