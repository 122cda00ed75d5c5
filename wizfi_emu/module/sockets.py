"""The socket table: eight ids, mapped onto host sockets.

A slot's life:

===========  ==============================  ==========================================================
state        left by                         to
===========  ==============================  ==========================================================
OPENING      `SocketOpened`                  CONNECTED (TCP client), OPEN (UDP), LISTENING (TCP server)
OPENING      `SocketFailed`, a close         free; DISCONNECT except for UDP
LISTENING    `SocketAccepted`                CONNECTED; CONNECT
LISTENING    `SocketFailed`, a close         free; DISCONNECT
CONNECTED    `SocketClosed`, idle timeout    free; DISCONNECT; a TCP server listens again under the same id
CONNECTED    AT+SMGMT                        free; DISCONNECT
OPEN         AT+SMGMT                        free; DISCONNECT
===========  ==============================  ==========================================================

``sock`` numbers the host socket behind a slot (see `events`); it changes when a server listens again, so that late
events of the old connection find nobody.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from wizfi_emu.at.header import frame_received
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.profile.fields import SocketRegistration
from wizfi_emu.profile.image import SecuritySection

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

SOCKET_COUNT = 8
SEGMENT_BYTES = 1460  # one TCP block in command mode, firmware 1.0.5.2
FIRST_CLIENT_PORT = 30000  # firmware 1.0.5.2: clients without a local port count up from here
CLIENT_PORT_START_RANGE = 10000
CLOSE_PAUSE_US = 100_000
MULTI_CLOSE_PAUSE_US = 1_200_000  # with FSOCK option 9
RESOLVE_LIMIT_US = 5_000_000
NO_ADDRESS = "0.0.0.0"


class SlotState(Enum):
    """Where a socket is in its life."""

    OPENING = auto()
    LISTENING = auto()
    CONNECTED = auto()
    OPEN = auto()


class Slot:
    """One socket of the table."""

    __slots__ = (
        "active_us",
        "address",
        "closing",
        "configured_port",
        "data_mode",
        "enters_data",
        "local_port",
        "port",
        "scid",
        "sock",
        "state",
        "type",
    )

    def __init__(self, scid: int, sock: int, registration: SocketRegistration, now_us: int) -> None:
        self.scid = scid
        self.sock = sock
        self.type = registration.socket_type
        self.data_mode = registration.data_mode
        self.enters_data = registration.data_mode
        self.address = registration.address or NO_ADDRESS
        self.port = registration.port
        self.configured_port = registration.local_port
        self.local_port = registration.local_port
        self.state = SlotState.OPENING
        self.active_us = now_us
        self.closing = False

    @property
    def is_udp(self) -> bool:
        """UDP server or client."""
        return self.type[0] == "U"

    @property
    def is_server(self) -> bool:
        """TCP or UDP server."""
        return self.type[1] == "S"

    @property
    def is_tcp_server(self) -> bool:
        """TCP server, plain or with TLS."""
        return self.type.startswith("TS")

    @property
    def is_secure(self) -> bool:
        """Counts as secure for the exclusivity rules (USS and UCS do, although they are plain UDP)."""
        return self.type[2] == "S"

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


class Sockets:
    """The table and what moves it."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._slots: list[Slot | None] = [None] * SOCKET_COUNT
        self._last_sock = 0
        self._client_ports = 0
        self._deferred: list[ev.SocketEvent] | None = None
        self._deferred_slot: Slot | None = None
        self.last_server_port = 0

    # --- looking ----------------------------------------------------------------------------------------------------

    def get(self, scid: int) -> Slot | None:
        """The socket with this id, if it is open."""
        slot = self._slots[scid] if 0 <= scid < SOCKET_COUNT else None
        return slot if slot is not None and slot.shown and not slot.closing else None

    def find(self, sock: int) -> Slot | None:
        """The slot behind a host socket, unless the machine has closed it."""
        return next((slot for slot in self._slots if slot and slot.sock == sock and not slot.closing), None)

    @property
    def open_slots(self) -> list[Slot]:
        """All open sockets, ids ascending."""
        return [slot for slot in self._slots if slot is not None and slot.shown]

    @property
    def free_id(self) -> int | None:
        """The lowest free id."""
        return next((scid for scid, slot in enumerate(self._slots) if slot is None), None)

    @property
    def send_limit_us(self) -> int:
        """Limit of one TCP transmission (FSOCK option 1); 0 is none."""
        return self._module.ram.socket_option(1) * 1000

    def listener_on(self, port: int, *, other_than: Slot | None = None) -> Slot | None:
        """A TCP server that waits for a client on the port."""
        for slot in self._slots:
            waits = slot is not None and slot.is_tcp_server and not slot.connected
            if slot is not None and waits and slot.configured_port == port and slot is not other_than:
                return slot
        return None

    # --- opening ----------------------------------------------------------------------------------------------------

    def refusal(self, registration: SocketRegistration) -> Response | None:
        """Why a socket cannot be opened beside those that are (checks 9 to 11 of AT+SCON); None when it can."""
        secure = registration.socket_type[2] == "S"
        open_slots = self.open_slots
        if registration.data_mode and open_slots:
            return Response.INVALID_INPUT
        if secure and open_slots:
            return Response.INVALID_INPUT
        if not secure and any(slot.is_secure for slot in open_slots):
            return Response.INVALID_INPUT
        if self.free_id is None:
            return Response.INVALID_SCID
        return None

    def open(self, registration: SocketRegistration, *, defer: bool = False) -> Slot:
        """Start a socket; `refusal` was None. ``defer`` holds its events back until `end_deferral`."""
        scid = self.free_id
        assert scid is not None
        slot = Slot(scid, self._new_sock(), registration, self._module.now_us)
        self._slots[scid] = slot
        if defer:
            self._deferred, self._deferred_slot = [], slot
        if slot.is_tcp_server:
            self.last_server_port = slot.configured_port
        if slot.data_mode and self._module.firmware.data_mode_on_opening and not slot.is_udp:
            self._module.data_mode.begin_session(scid, enter=True)
        self._module.start_task(self._open(slot))
        return slot

    def _open(self, slot: Slot) -> Steps[None]:
        module = self._module
        sock = slot.sock
        if not module.link.is_up_in_mode:
            self._remove(slot)  # firmware 1.0.5.2: no socket, no event
            return
        if slot.address == NO_ADDRESS and len(module.ram.socket_host_name) > 3:
            yield from self._resolve(slot)
            if slot.closing or slot not in self._slots:
                return
        if slot.is_udp:
            module.emit(fx.OpenUdp(sock, slot.configured_port))
            return
        identity = None
        if slot.is_secure:
            identity = yield from self._identity()
            if slot.closing or slot not in self._slots:
                return
        if slot.is_tcp_server:
            if module.firmware.equal_local_ports and self.listener_on(slot.configured_port, other_than=slot):
                module.output.urc(Urc.DISCONNECT, slot.scid)
                self._remove(slot)
                return
            slot.state = SlotState.LISTENING
            module.emit(fx.ListenTcp(sock, slot.configured_port, identity))
            return
        port = slot.configured_port or self._next_client_port()
        module.emit(fx.ConnectTcp(sock, slot.address, slot.port, port, identity, port_optional=True))

    def _resolve(self, slot: Slot) -> Steps[None]:
        module = self._module
        name, servers = module.ram.socket_host_name, module.link.name_servers
        answer = yield from module.ask(fx.Resolve, name, servers, RESOLVE_LIMIT_US)
        if answer.address:
            slot.address = answer.address

    def _identity(self) -> Steps[fx.TlsIdentity]:
        """The stored certificate and key; made on first use."""
        module = self._module
        stored = module.storage.security
        if not (stored.certificate and stored.private_key):
            made = yield from module.ask(fx.MakeIdentity, f"WizFi250 {module.ram.mac}")
            stored = SecuritySection(made.certificate, made.private_key)
            yield from module.storage.store_certificates(stored)
        return fx.TlsIdentity(stored.certificate, stored.private_key, module.root_ca)

    def _next_client_port(self) -> int:
        if not self._module.firmware.random_client_ports:
            return 0
        if not self._client_ports:
            self._client_ports = 1 + self._module.seed % CLIENT_PORT_START_RANGE
        else:
            self._client_ports += 1
        return FIRST_CLIENT_PORT + self._client_ports

    def _new_sock(self) -> int:
        self._last_sock += 1
        return self._last_sock

    # --- events -----------------------------------------------------------------------------------------------------

    def end_deferral(self) -> None:
        """Now handle what the socket that was just opened has done meanwhile."""
        deferred, self._deferred, self._deferred_slot = self._deferred, None, None
        for event in deferred or ():
            self.receive(event)

    def receive(self, event: ev.SocketEvent) -> None:
        """Handle what happened to a host socket; sockets that are gone do not count."""
        if isinstance(event, ev.SocketSent):
            self._module.scheduler.end_send(event)
            return
        slot = self.find(event.sock)
        if slot is None:
            return
        listens = isinstance(event, ev.SocketOpened) and slot.is_tcp_server
        if self._deferred is not None and slot is self._deferred_slot and not listens:
            self._deferred.append(event)
            return
        match event:
            case ev.SocketOpened():
                self._opened(slot, event.local_port)
            case ev.SocketFailed():
                self._failed(slot)
            case ev.SocketAccepted():
                slot.address, slot.port = event.peer_address, event.peer_port
                self._connected(slot)
            case ev.SocketReceived():
                self._received(slot, event)
            case ev.SocketClosed():
                self._lost(slot)
            case _:
                assert_never(event)

    def _opened(self, slot: Slot, local_port: int) -> None:
        slot.local_port = local_port
        if slot.is_tcp_server:
            self.announce_listening(slot)
        else:
            self._connected(slot)

    def announce_listening(self, slot: Slot) -> None:
        """Print LISTEN if AT+MEVTMSG asks for it."""
        if self._module.ram.listen_message:
            self._module.output.urc(Urc.LISTEN, slot.scid)

    def _connected(self, slot: Slot) -> None:
        module = self._module
        slot.state = SlotState.OPEN if slot.is_udp else SlotState.CONNECTED
        slot.active_us = module.now_us
        if slot.data_mode and (module.firmware.udp_data_mode or not slot.is_udp):
            module.data_mode.begin_session(slot.scid, enter=slot.enters_data)
        module.services.socket_activity()
        module.services.arm_cowaya()
        module.output.urc(Urc.CONNECT, slot.scid)

    def _failed(self, slot: Slot) -> None:
        if slot.is_udp:
            self._remove(slot)
            return
        if not slot.is_server:
            self._module.output.debug(
                f"SocketOpenProcess : connect error {slot.address}, {slot.configured_port or slot.local_port}"
            )
        self._disconnected(slot)

    def _received(self, slot: Slot, event: ev.SocketReceived) -> None:
        module = self._module
        slot.active_us = module.now_us
        module.services.socket_activity()
        if slot.is_udp and slot.is_server:
            slot.address, slot.port = event.peer_address, event.peer_port
        if module.data_mode.active:
            module.emit(fx.UartSend(event.data))
            return
        form = module.ram.receive_form
        repeat = module.firmware.sform_repeats_header
        step = len(event.data) if slot.is_udp else SEGMENT_BYTES
        for start in range(0, len(event.data), step or 1):
            piece = event.data[start : start + step]
            module.output.block(
                frame_received(form, slot.scid, event.peer_address, event.peer_port, piece, repeat_header=repeat)
            )
        if not event.data and slot.is_udp:
            module.output.block(
                frame_received(form, slot.scid, event.peer_address, event.peer_port, b"", repeat_header=repeat)
            )

    def _lost(self, slot: Slot) -> None:
        """The peer ended the connection, or idle time or an error did. A TCP server listens again."""
        module = self._module
        again = slot.is_tcp_server and slot.connected and module.ram.socket_option(9) != 1
        old = slot.sock
        if slot.data_mode:
            # A host that had left data mode finds command mode with the next client too.
            slot.enters_data = module.data_mode.active
        if not again:
            module.emit(fx.CloseSocket(old))
            self._disconnected(slot)
            return
        self._say_disconnect(slot)
        slot.address, slot.port = NO_ADDRESS, 0
        slot.sock = self._new_sock()
        slot.state = SlotState.OPENING
        # Listening starts before the old socket is closed: clients in the backlog stay.
        module.start_task(self._open(slot))
        module.emit(fx.CloseSocket(old))
        module.scheduler.forget_sends(old)

    # --- closing ----------------------------------------------------------------------------------------------------

    def idle_out(self, slot: Slot) -> None:
        """FSOCK option 5: no data for too long."""
        self._lost(slot)

    def close(self, slot: Slot) -> None:
        """Close by command; `say_closed` prints the event afterwards. The id stays taken until then."""
        if not slot.closing:
            slot.closing = True
            self._module.emit(fx.CloseSocket(slot.sock))

    def say_closed(self, slot: Slot) -> None:
        """Print the event of a socket that was closed by command, and free its id; once, whoever else closes it."""
        if self._slots[slot.scid] is not slot:
            return
        if slot.state is SlotState.LISTENING:
            self._module.output.debug("Error accepting connection")
            self._module.output.debug(f"SocketOpenProcess : accept error -1, {slot.scid}, {slot.configured_port}")
        self._disconnected(slot)

    def close_all(self) -> Steps[None]:
        """Close every socket, ids ascending, with the module's pause after each."""
        for slot in self.open_slots:
            if self.get(slot.scid) is not slot:
                continue
            self.close(slot)
            self.say_closed(slot)
            multi = self._module.ram.socket_option(9) != 0
            yield Sleep(MULTI_CLOSE_PAUSE_US if multi else CLOSE_PAUSE_US)

    def drop_all(self) -> None:
        """Close every socket at once (the link is lost)."""
        for slot in [slot for slot in self._slots if slot is not None]:
            self.close(slot)
            if slot.shown:
                self.say_closed(slot)
            else:
                self._remove(slot)

    def _disconnected(self, slot: Slot) -> None:
        self._say_disconnect(slot)
        self._remove(slot)

    def _say_disconnect(self, slot: Slot) -> None:
        module = self._module
        data_mode = module.data_mode
        module.output.urc(Urc.DISCONNECT, slot.scid)
        module.services.arm_cowaya()
        if data_mode.session == slot.scid:
            data_mode.end_session()
        elif data_mode.session is None:
            data_mode.discard_pending()
            data_mode.leave()

    def _remove(self, slot: Slot) -> None:
        if self._slots[slot.scid] is slot:
            self._slots[slot.scid] = None
            if self._module.data_mode.session == slot.scid:
                self._module.data_mode.end_session()
        self._module.scheduler.forget_sends(slot.sock)
