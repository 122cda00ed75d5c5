"""Networks in memory that reach each other: the modules of one air, each at a host address of its own.

Nothing is given to a module while another one is at work: what passes between them waits for `Lan.pump`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from wizfi_emu.module import events as ev
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.worlds.memory.network import MemoryNetwork
from wizfi_emu.worlds.memory.streams import MemoryStream, PeerError
from wizfi_emu.worlds.world import WorldContext

WINDOW_BYTES = 64 * 1024
"""What waits between two modules, each way. Behind it the sender's data is not taken."""

PIECE_BYTES = 8192
"""What a module is given of a connection at once."""

QUEUED_DATAGRAMS = 256
"""Datagrams on their way. More are lost, as on a network."""

FIRST_HOST = 1


@dataclass(slots=True)
class _End:
    """One module's end of a connection."""

    stream: MemoryStream
    context: WorldContext
    told: bool = False
    """Whether the other end knows that this module has closed."""

    @property
    def takes_data(self) -> bool:
        return self.stream.sock is None or self.context.network_room


class Lan:
    """What connects the networks of several modules."""

    def __init__(self) -> None:
        self._members: dict[str, tuple[MemoryNetwork, WorldContext]] = {}
        self._cables: list[tuple[_End, _End]] = []
        self._due: list[tuple[WorldContext, Callable[[], list[ev.Event]]]] = []

    def new_address(self) -> str:
        """The host address of the next module."""
        return f"127.0.0.{FIRST_HOST + len(self._members)}"

    def join(self, host: str, network: MemoryNetwork, context: WorldContext) -> None:
        """One more module."""
        self._members[host] = network, context

    def connect(self, client: str, stream: MemoryStream, target: Endpoint) -> bool:
        """Connect a module's stream to another module; whether that one takes the connection."""
        if target.address == client or target.address not in self._members:
            return False
        network, context = self._members[target.address]
        try:
            other, events = network.offer(Endpoint(client, stream.local_port), target.port)
        except PeerError:
            return False
        self._due.append((context, lambda: events))
        self._cables.append((_End(stream, self._members[client][1]), _End(other, context)))
        return True

    def deliver(self, sender: Endpoint, target: Endpoint, data: bytes) -> None:
        """Send a datagram to another module; without anyone there it is lost."""
        if target.address == sender.address or target.address not in self._members:
            return
        network, context = self._members[target.address]
        if len(self._due) < QUEUED_DATAGRAMS:
            self._due.append((context, lambda: network.receive_datagram(sender, target.port, data)))

    def pump(self) -> bool:
        """Give everybody what has come for them; whether anything has."""
        due, self._due = self._due, []
        for context, events in due:
            context.feed(*events())
        moved = bool(due)
        for cable in tuple(self._cables):
            for end, other in (cable, cable[::-1]):
                moved = _move(end, other) or moved
            if all(end.told for end in cable):
                self._cables.remove(cable)
        return moved


def _move(end: _End, other: _End) -> bool:
    """Move data from one end to the other, and the news that it is closed."""
    stream = end.stream
    if stream.to_peer and other.takes_data:
        data = bytes(stream.to_peer[:PIECE_BYTES])
        del stream.to_peer[:PIECE_BYTES]
        other.context.feed(*other.stream.receive(data))
        if stream.stalled and len(stream.to_peer) < WINDOW_BYTES:
            end.context.feed(*stream.resume())
        return True
    if stream.module_left and not stream.to_peer and not end.told:
        end.told = True
        other.context.feed(*other.stream.leave(ev.Failure.RESET if stream.module_broke else None))
        return True
    stream.stalled = stream.stalled or len(stream.to_peer) >= WINDOW_BYTES
    return False
