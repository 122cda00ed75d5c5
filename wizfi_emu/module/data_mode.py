"""Data mode: where serial bytes go when they are not commands.

Three variables (firmware 1.0.5.2): the mode (``active``), the session (a socket opened with DataMode 1 is connected; it
survives ``+++``), and the current socket, the target of data-mode bytes, which every AT+SSEND moves too.

=================================================  ========  =========  ==========================================
event                                              mode      session    output
=================================================  ========  =========  ==========================================
a socket with DataMode 1 connects, UDP opens       DATA      begins     CONNECT, after the mode has changed
escape sequence                                    COMMAND   stays      OK
AT+SDATA                                           DATA      stays      OK, after the change
the session's socket closes                        COMMAND   ends       DISCONNECT, before the change
another socket closes, with a session              stays     stays      DISCONNECT
a socket closes, without a session                 COMMAND   none       DISCONNECT; pending bytes are discarded
link lost, AT+WLEAVE                               COMMAND   ends       the sockets' events, then Link-Down
transmission to a socket that is gone              COMMAND   stays      INVALID SCID
=================================================  ========  =========  ==========================================

Who calls what: `Sockets` reports connects and closes, the main loop hands serial bytes in, the timers of the escape,
the flush and AT+COWAYA come back here.
"""

from wizfi_emu.at.escape import EscapeDetector
from wizfi_emu.at.packetizer import Packetizer, split_packets
from wizfi_emu.at.responses import Response, Urc
from wizfi_emu.module.effects import SendData, SetPin
from wizfi_emu.module.events import Failure, SocketSent
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.slots import Slot, SlotTable
from wizfi_emu.module.transmissions import Transmissions

SECOND_US = 1_000_000


class DataMode(Part):
    """The serial side of data mode."""

    def __init__(self, core: Core, slots: SlotTable, transmissions: Transmissions) -> None:
        super().__init__(core)
        self._slots = slots
        self._transmissions = transmissions
        self._escape = EscapeDetector()
        self._packetizer = Packetizer()
        self._pending_sends = 0
        self._escape_us = 1_000_000
        self._flush_us = 100_000
        self.active = False
        self.session: int | None = None
        self.current: int | None = None
        self._cowaya_waits = False

    def boot(self) -> None:
        """Take the times that act from the next boot on."""
        self.set_escape_time(self._settings.ram.escape_time_ms)
        self._flush_us = self._settings.ram.socket_option(4) * 1000

    def set_escape_time(self, time_ms: int) -> None:
        """Use another escape time from the next ``+`` on."""
        self._escape_us = time_ms * 1000

    @property
    def send_limit_us(self) -> int:
        """Limit of one TCP transmission (FSOCK option 1); 0 is none."""
        return self._settings.ram.socket_option(1) * 1000

    @property
    def blocked(self) -> bool:
        """A transmission is under way; serial bytes wait."""
        return self._pending_sends > 0

    def begin_session(self, scid: int, *, enter: bool) -> None:
        """The socket of a session is connected; ``enter`` also changes the mode."""
        self.session = self.current = scid
        if enter:
            self.enter()

    def enter(self) -> None:
        self.active = True
        self._kernel.emit(SetPin("led2", level=False))

    def leave(self) -> None:
        if self.active:
            self.active = False
            self._kernel.emit(SetPin("led2", level=True))

    def end_session(self) -> None:
        """The session's socket is gone, or another one while there is no session.

        Withheld ``+`` stay: three of them still give an OK.
        """
        self.session = None
        self._packetizer.discard()
        self.leave()

    def receive(self, chunk: bytes) -> None:
        # A fourth + in a row is data like any other byte: it does not restart the timer.
        if chunk.find(b"+", self._escape.withheld == 3) >= 0:
            self._kernel.after("escape", self._escape_us, self._escape_ends)
        self._collect(self._escape.receive(chunk))

    def _collect(self, data: bytes) -> None:
        if self.current is None:
            return
        ready, restart = self._packetizer.receive(data)
        if restart:
            self._start_flush()
        if ready:
            self._transmit(ready)

    def _start_flush(self) -> None:
        self._kernel.after("flush", self._flush_us, self._flush_ends)

    def _flush_ends(self) -> None:
        data = self._packetizer.flush()
        if data:
            self._transmit(data)

    def _escape_ends(self) -> None:
        released = self._escape.expire()
        if released is None:
            self.leave()
            self._output.result(Response.OK)
            return
        if self.active:
            self._collect(released)
            self._start_flush()

    def _transmit(self, data: bytes) -> None:
        assert self.current is not None
        if self._cowaya_waits and data.startswith(self._settings.ram.cowaya_text):
            self._cowaya_waits = False
        slot = self._slots.get(self.current)
        if slot is None:
            self.leave()
            self._output.result(Response.INVALID_SCID)
        elif slot.is_udp:
            self._transmit_udp(slot, data)
        elif slot.connected:
            self._send(SendData(slot.sock, data, limit_us=self.send_limit_us), slot)

    def _transmit_udp(self, slot: Slot, data: bytes) -> None:
        if slot.has_peer:
            for packet in split_packets(data):
                self._send(SendData(slot.sock, packet, slot.address, slot.port), slot)
        elif self._settings.firmware.unsent_udp_data_is_error:
            for _ in split_packets(data):
                self._output.result(Response.ERROR)

    def _send(self, effect: SendData, slot: Slot) -> None:
        self._pending_sends += 1
        slot.active_us = self._kernel.now_us
        self._transmissions.order(effect, self._end_send)

    def _end_send(self, event: SocketSent) -> None:
        self._pending_sends -= 1
        if event.failure is None or event.failure is Failure.CLOSED:
            return
        slot = self._slots.find(event.sock)
        if slot is not None and slot.is_udp:
            self._output.result(Response.ERROR)
        else:
            self._output.urc(Urc.SEND_ERROR)

    def arm_cowaya(self) -> None:
        """A CONNECT or DISCONNECT event starts the repetition anew."""
        if self._settings.ram.cowaya_time_s:
            self._cowaya_waits = True
            self._kernel.after("cowaya", self._settings.ram.cowaya_time_s * SECOND_US, self._cowaya_due)

    def _cowaya_due(self) -> None:
        if not self._settings.ram.cowaya_time_s or not self._cowaya_waits:
            return
        if self.session is not None:
            self._output.urc(Urc.CONNECT, 0)
            self._kernel.after("cowaya", self._settings.ram.cowaya_time_s * SECOND_US, self._cowaya_due)
