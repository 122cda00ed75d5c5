"""What opens, moves and closes the sockets of the table.

``sock`` numbers the host socket behind a slot (see `events`); it changes when a server listens again, so that late
events of the old connection find nobody.
"""

from functools import partial
from typing import assert_never

from msgspec.structs import replace

from wizfi_emu.at.header import frame_received
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.data_mode import DataMode
from wizfi_emu.module.deferral import Deferral
from wizfi_emu.module.link import Link
from wizfi_emu.module.localports import LocalPorts
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.slots import NO_ADDRESS, SOCKET_COUNT, Slot, SlotState, SlotTable
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.module.transmissions import Transmissions
from wizfi_emu.profile.fields import SocketRegistration
from wizfi_emu.profile.image import SecuritySection

SEGMENT_BYTES = 1460  # one TCP block in command mode, firmware 1.0.5.2
CLOSE_PAUSE_US = 100_000
MULTI_CLOSE_PAUSE_US = 1_200_000  # with FSOCK option 9
RESOLVE_LIMIT_US = 5_000_000
OPEN_PATIENCE_US = 15_000_000 + fx.PATIENCE_US  # a TLS client may take 5 s to connect and 10 s for the handshake
ACCEPT_WAIT_US = 3_000_000  # firmware 1.0.5.2: after it a server sees that there is no link any more


class Sockets(Part):
    """All but the transmissions, which `DataMode` and AT+SSEND order themselves."""

    def __init__(
        self, core: Core, link: Link, slots: SlotTable, transmissions: Transmissions, data_mode: DataMode, seed: int
    ) -> None:
        """``seed`` gives the first local port of TCP clients."""
        super().__init__(core)
        self._link = link
        self._slots = slots
        self._transmissions = transmissions
        self._data_mode = data_mode
        self._local_ports = LocalPorts(core, slots, seed)
        self.deferral = Deferral(core.kernel)
        self._last_sock = 0
        self.last_server_port = 0

    def refusal(self, registration: SocketRegistration) -> Response | None:
        """Why a socket cannot be opened beside those that are (checks 9 to 11 of AT+SCON); None when it can."""
        secure = registration.socket_type[2] == "S"
        open_slots = self._slots.open_slots
        if registration.data_mode and open_slots:
            return Response.INVALID_INPUT
        if secure and open_slots:
            return Response.INVALID_INPUT
        if not secure and any(slot.is_secure for slot in open_slots):
            return Response.INVALID_INPUT
        if self._slots.free_id is None:
            return Response.INVALID_SCID
        return None

    def open(self, registration: SocketRegistration, *, defer: bool = False) -> Slot:
        """Start a socket; `refusal` was None. ``defer`` holds its events back until `end_deferral`."""
        scid = self._slots.free_id
        assert scid is not None
        slot = Slot(scid, self._new_sock(), registration, self._kernel.now_us)
        self._slots.add(slot)
        if defer:
            self.deferral.begin(slot)
        if slot.is_tcp_server:
            self.last_server_port = slot.configured_port
        if slot.data_mode and self._settings.firmware.data_mode_on_opening and not slot.is_udp:
            self._data_mode.begin_session(scid, enter=True)
        self._kernel.start_task(self._start(slot))
        return slot

    def open_registered(self) -> None:
        """Open the registered socket if none is open; without OK or error text.

        It is what AT+SCON=? shows then: a remote address that did not count is gone.
        """
        for slot in self._slots.open_slots:
            if self._kernel.timers.has(("accept", slot)):
                self.report_closed(slot)
        registration = self._settings.ram.registration
        if not registration.is_service or not self._link.is_up or self._slots.open_slots:
            return
        if registration.socket_type.startswith("US"):
            known = bool(registration.port) and registration.address not in ("", "0.0.0.0")
            if registration.open_type == "SO" and not known and not self._settings.firmware.so_udp_server_opens_at_boot:
                return
            if registration.open_type == "S":
                if not self._settings.firmware.s_udp_server_opens:
                    return
                registration = replace(registration, address=NO_ADDRESS, port=0)
        elif registration.socket_type.startswith("TS"):
            # The web pages register a server together with the remote address of their form, which says nothing.
            registration = replace(registration, address=NO_ADDRESS, port=0)
        self._settings.ram.registration = registration
        if self.refusal(registration) is None:
            self.open(registration)

    def _start(self, slot: Slot) -> Steps[None]:
        """What happens once, and not again when a server listens again."""
        name = self._settings.ram.socket_host_name
        if slot.address == NO_ADDRESS and len(name) > 3 and self._link.is_up_in_mode:
            slot.address = (yield from self._link.look_up(name, RESOLVE_LIMIT_US)) or NO_ADDRESS
            if slot.closing or slot not in self._slots:
                return
        yield from self._open(slot)

    def _open(self, slot: Slot) -> Steps[None]:
        sock = slot.sock
        if not self._link.is_up_in_mode:
            self.receive(ev.SocketFailed(sock, ev.Failure.UNREACHABLE))
            return
        port = slot.configured_port
        if not slot.is_tcp_server:
            free = yield from self._local_ports.wait(slot)
            if slot.closing or slot not in self._slots:
                return
            if (slot.is_udp and not free) or not self._link.is_up_in_mode:
                self.receive(ev.SocketFailed(sock, ev.Failure.UNREACHABLE))
                return
            port = port if free else 0
            slot.bound = free
        if slot.is_udp:
            self._order(fx.OpenUdp(sock, port))
            return
        identity = None
        if slot.is_secure:
            identity = yield from self._identity()
            if slot.closing or slot not in self._slots:
                return
        if slot.is_tcp_server:
            if self._settings.firmware.equal_local_ports and self._slots.listener_on(
                slot.configured_port, other_than=slot
            ):
                self._output.urc(Urc.DISCONNECT, slot.scid)
                self._remove(slot)
                return
            slot.state = SlotState.LISTENING
            self._order(fx.ListenTcp(sock, slot.configured_port, identity))
            return
        port = port if slot.configured_port else self._local_ports.next_for_client()
        self._order(fx.ConnectTcp(sock, slot.address, slot.port, port, identity, port_optional=True))

    def _order(self, effect: fx.OpenEffect) -> None:
        """Have a socket opened; without an answer it has failed."""
        self._kernel.after(("open", effect.sock), OPEN_PATIENCE_US, partial(self._give_up_opening, effect.sock))
        self._kernel.emit(effect)

    def _give_up_opening(self, sock: int) -> None:
        self._kernel.emit(fx.CloseSocket(sock))
        self.receive(ev.SocketFailed(sock, ev.Failure.TIMEOUT))

    def _identity(self) -> Steps[fx.TlsIdentity]:
        """The stored certificate and key; made on first use."""
        stored = self._storage.security
        if not (stored.certificate and stored.private_key):
            made = yield from self._kernel.ask(fx.MakeIdentity, f"WizFi250 {self._settings.ram.mac}")
            stored = SecuritySection(made.certificate, made.private_key)
            yield from self._storage.store_certificates(stored)
        return fx.TlsIdentity(stored.certificate, stored.private_key, self._settings.volatile.root_ca)

    def _new_sock(self) -> int:
        self._last_sock += 1
        return self._last_sock

    def end_deferral(self) -> None:
        """Now handle what the socket that was just opened has done meanwhile."""
        for event in self.deferral.end():
            self.receive(event)

    def receive(self, event: ev.SocketEvent) -> None:
        """Handle what happened to a host socket; sockets that are gone do not count."""
        if isinstance(event, ev.SocketSent):
            self._transmissions.end(event)
            return
        if isinstance(event, ev.SocketOpened | ev.SocketFailed):
            self._kernel.timers.drop(("open", event.sock))
        slot = self._slots.find(event.sock)
        if slot is None:
            return
        listens = isinstance(event, ev.SocketOpened) and slot.is_tcp_server
        if self.deferral.concerns(slot) and not listens:
            self.deferral.hold_back(event)
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
                self.lose(slot)
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
        if self._settings.ram.listen_message:
            self._output.urc(Urc.LISTEN, slot.scid)

    def _connected(self, slot: Slot) -> None:
        slot.state = SlotState.OPEN if slot.is_udp else SlotState.CONNECTED
        slot.active_us = self._slots.active_us = self._kernel.now_us
        if slot.data_mode and (self._settings.firmware.udp_data_mode or not slot.is_udp):
            self._data_mode.begin_session(slot.scid, enter=slot.enters_data)
        self._data_mode.arm_cowaya()
        self._output.urc(Urc.CONNECT, slot.scid)

    def _failed(self, slot: Slot) -> None:
        if slot.is_udp:
            self._remove(slot)
            return
        if not slot.is_server and self._link.is_up_in_mode:
            self._output.debug(
                f"SocketOpenProcess : connect error {slot.address}, {slot.configured_port or slot.local_port}"
            )
        self._disconnected(slot)

    def _received(self, slot: Slot, event: ev.SocketReceived) -> None:
        slot.active_us = self._slots.active_us = self._kernel.now_us
        if slot.is_udp and slot.is_server:
            slot.address, slot.port = event.peer_address, event.peer_port
        if self._data_mode.active:
            self._output.at_once(event.data)
            return
        form = self._settings.ram.receive_form
        repeat = self._settings.firmware.sform_repeats_header
        segments = range(0, len(event.data), SEGMENT_BYTES)
        pieces = [event.data[start : start + SEGMENT_BYTES] for start in segments] if not slot.is_udp else [event.data]
        for piece in pieces:
            self._output.block(
                frame_received(form, slot.scid, event.peer_address, event.peer_port, piece, repeat_header=repeat)
            )

    def lose(self, slot: Slot) -> None:
        """The peer ended the connection, or idle time or an error did. A TCP server listens again."""
        if slot.data_mode:
            # A host that had left data mode finds command mode with the next client too.
            slot.enters_data = self._data_mode.active
        if self._listens_again(slot):
            self._restart_server(slot)
        else:
            self._kernel.emit(fx.CloseSocket(slot.sock))
            self._disconnected(slot)

    def _listens_again(self, slot: Slot) -> bool:
        return slot.is_tcp_server and slot.connected and self._settings.ram.socket_option(9) != 1

    def _restart_server(self, slot: Slot) -> None:
        old = slot.sock
        self._report_disconnect(slot)
        slot.address, slot.port = NO_ADDRESS, 0
        slot.sock = self._new_sock()
        slot.state = SlotState.OPENING
        self._kernel.start_task(self._listen_again(slot, old))
        self._transmissions.forget(old)

    def _listen_again(self, slot: Slot, old: int) -> Steps[None]:
        """Wait for room for the events of the next client, or clients that come and go would pile them up."""
        if not self._output.has_room:
            yield self._output.room()
        # Listening starts before the old socket is closed: clients in the backlog stay.
        if not slot.closing and slot in self._slots:
            self._kernel.start_task(self._open(slot))
        self._kernel.emit(fx.CloseSocket(old))

    def close(self, slot: Slot) -> None:
        """Close by command; `report_closed` prints the event afterwards. The id stays taken until then."""
        if not slot.closing:
            slot.closing = True
            self._kernel.emit(fx.CloseSocket(slot.sock))

    def report_closed(self, slot: Slot) -> None:
        """Print the event of a socket that was closed by command, and free its id; once, whoever else closes it."""
        if slot not in self._slots:
            return
        if slot.state is SlotState.LISTENING:
            self._output.debug("Error accepting connection")
            self._output.debug(f"SocketOpenProcess : accept error -1, {slot.scid}, {slot.configured_port}")
        self._disconnected(slot)

    def close_all(self, *, servers_listen_again: bool = False) -> Steps[None]:
        """Close every socket, ids ascending, with the module's pause after each."""
        for scid in range(SOCKET_COUNT):  # a socket that gets its port meanwhile is closed as well
            slot = self._slots.get(scid)
            if slot is None:
                continue
            if servers_listen_again and self._listens_again(slot):
                self._restart_server(slot)
            else:
                self.close(slot)
                self.report_closed(slot)
            multi = self._settings.ram.socket_option(9) != 0
            yield Sleep(MULTI_CLOSE_PAUSE_US if multi else CLOSE_PAUSE_US)

    def abandon_servers(self) -> None:
        """The link goes down: who still listens notices it when the wait for a client is over."""
        for slot in self._slots.open_slots:
            self.close(slot)
            self._kernel.after(("accept", slot), ACCEPT_WAIT_US, partial(self.report_closed, slot))

    def drop_all(self) -> None:
        """Close every socket at once (the link is lost)."""
        for slot in self._slots:
            self.close(slot)
            if slot.shown:
                self.report_closed(slot)
            else:
                self._remove(slot)

    def _disconnected(self, slot: Slot) -> None:
        self._report_disconnect(slot)
        self._remove(slot)

    def _report_disconnect(self, slot: Slot) -> None:
        self._output.urc(Urc.DISCONNECT, slot.scid)
        self._data_mode.arm_cowaya()
        if self._data_mode.session in (slot.scid, None):
            self._data_mode.end_session()

    def _remove(self, slot: Slot) -> None:
        if slot in self._slots:
            self._slots.remove(slot)
            if self._data_mode.session == slot.scid:
                self._data_mode.end_session()
        self._transmissions.forget(slot.sock)
        self._local_ports.end_waits()
