"""The socket table: eight ids, mapped onto host sockets.

A slot's life:

=========  ==========  ====================  =========  ==========
state      socket      left by               to         event
=========  ==========  ====================  =========  ==========
OPENING    TCP client  `SocketOpened`        CONNECTED  CONNECT
OPENING    TCP client  `SocketFailed`        free       DISCONNECT
OPENING    TCP client  AT+SMGMT              free       DISCONNECT
OPENING    TCP server  `ListenTcp`           LISTENING
OPENING    UDP         `SocketOpened`        OPEN       CONNECT
OPENING    UDP         `SocketFailed`        free
OPENING    UDP         the link is lost      free
LISTENING  TCP server  `SocketAccepted`      CONNECTED  CONNECT
LISTENING  TCP server  `SocketFailed`        free       DISCONNECT
LISTENING  TCP server  AT+SMGMT              free       DISCONNECT
CONNECTED  TCP client  `SocketClosed`        free       DISCONNECT
CONNECTED  TCP client  idle time             free       DISCONNECT
CONNECTED  TCP client  AT+SMGMT              free       DISCONNECT
CONNECTED  TCP server  `SocketClosed`        LISTENING  DISCONNECT
CONNECTED  TCP server  idle time             LISTENING  DISCONNECT
CONNECTED  TCP server  AT+SMGMT              free       DISCONNECT
CONNECTED  TCP server  the link is lost      free       DISCONNECT
OPEN       UDP         AT+SMGMT              free       DISCONNECT
=========  ==========  ====================  =========  ==========

A server that waits prints LISTEN at `SocketOpened`, if AT+MEVTMSG asks for it. It is OPENING only while its certificate
is made, a name is looked up, or too much output is held back.

``sock`` numbers the host socket behind a slot (see `events`); it changes when a server listens again, so that late
events of the old connection find nobody.
"""

from collections.abc import Iterator
from enum import Enum, auto

from wizfi_emu.profile.fields import SocketRegistration

SOCKET_COUNT = 8
NO_ADDRESS = "0.0.0.0"


class SlotState(Enum):
    """Where a socket is in its life."""

    OPENING = auto()
    LISTENING = auto()
    CONNECTED = auto()
    OPEN = auto()


class Slot:
    """One socket of the table."""

    def __init__(self, scid: int, sock: int, registration: SocketRegistration, now_us: int) -> None:
        self.scid = scid
        self.sock = sock
        self.type = kind = registration.socket_type
        self.is_udp = kind[0] == "U"
        """UDP server or client."""
        self.is_server = kind[1] == "S"
        """TCP or UDP server."""
        self.is_tcp_server = kind.startswith("TS")
        """TCP server, plain or with TLS."""
        self.is_secure = kind[2] == "S"
        """Counts as secure for the exclusivity rules (USS and UCS do, although they are plain UDP)."""
        self.data_mode = registration.data_mode
        self.enters_data = registration.data_mode
        self.address = registration.address or NO_ADDRESS
        self.port = registration.port
        self.configured_port = registration.local_port
        self.local_port = registration.local_port
        self.state = SlotState.OPENING
        self.active_us = now_us
        self.bound = False
        self.closing = False

    @property
    def has_peer(self) -> bool:
        """Somebody to send to."""
        if self.is_tcp_server:
            return self.state is SlotState.CONNECTED
        return self.address != NO_ADDRESS and self.port != 0 if self.is_udp else True

    @property
    def connected(self) -> bool:
        """A TCP connection exists."""
        return self.state is SlotState.CONNECTED

    @property
    def shown(self) -> bool:
        """In the table: everything but a UDP socket that is not bound yet."""
        return not (self.is_udp and self.state is SlotState.OPENING)


class SlotTable:
    """The slots by their ids."""

    __slots__ = ("_slots", "active_us")

    def __init__(self) -> None:
        self._slots: list[Slot | None] = [None] * SOCKET_COUNT
        self.active_us = 0
        """When data or a connect last concerned any socket."""

    def __iter__(self) -> Iterator[Slot]:
        return iter([slot for slot in self._slots if slot is not None])

    def __contains__(self, slot: Slot) -> bool:
        return self._slots[slot.scid] is slot

    def add(self, slot: Slot) -> None:
        """Put a slot under its id, which is free."""
        self._slots[slot.scid] = slot

    def remove(self, slot: Slot) -> None:
        """Free the id of a slot that is in the table."""
        self._slots[slot.scid] = None

    def get(self, scid: int) -> Slot | None:
        """The socket with this id, if it is open."""
        slot = self._slots[scid] if 0 <= scid < SOCKET_COUNT else None
        return slot if slot is not None and slot.shown and not slot.closing else None

    def find(self, sock: int) -> Slot | None:
        """The slot behind a host socket, unless the machine has closed it."""
        for slot in self._slots:
            if slot is not None and slot.sock == sock and not slot.closing:
                return slot
        return None

    @property
    def open_slots(self) -> list[Slot]:
        """All open sockets, ids ascending."""
        return [slot for slot in self if slot.shown]

    @property
    def free_id(self) -> int | None:
        return next((scid for scid, slot in enumerate(self._slots) if slot is None), None)

    def use_port(self, port: int) -> bool:
        """Whether an open socket has this local port, of whatever protocol."""
        return port != 0 and any(slot.local_port == port for slot in self.open_slots)

    def holder_of_port(self, wanting: Slot) -> Slot | None:
        """The socket that keeps a client or UDP socket from its local port. A server that listens does not."""
        for slot in self:
            same = slot.is_udp == wanting.is_udp and slot.local_port == wanting.configured_port
            if same and slot is not wanting and (slot.bound or slot.connected):
                return slot
        return None

    def listener_on(self, port: int, *, other_than: Slot | None = None) -> Slot | None:
        """A TCP server that waits for a client on the port."""
        for slot in self:
            waits = slot.is_tcp_server and not slot.connected
            if waits and slot.configured_port == port and slot is not other_than:
                return slot
        return None
