"""Serial ports whose host is at the other end of a stream socket: plain bytes, or the settings of RFC 2217."""

import logging
import socket
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio

from wizfi_emu.serial.base import BasePort
from wizfi_emu.serial.gate import Gate, TurnedAwayError, open_gate
from wizfi_emu.serial.hostbuffer import HostEnd
from wizfi_emu.serial.rfc2217 import Rfc2217Session, escape

INPUT_LIMIT_BYTES = 64 * 1024
"""Read ahead of the module. Reading goes on without it, to answer telnet and to see that a host has left."""

SEND_BUFFER_BYTES = 64 * 1024
"""The system's buffer for a host that does not read. Linux' own choice, megabytes, would hide that it does not."""

TELNET_PIECE_BYTES = 16 * 1024
"""Most that is escaped at once: what the system does not take of it has to be kept in escaped form."""

UNSENT_LIMIT_BYTES = 256 * 1024
"""Answers to telnet commands that a host does not read. Every one of them is a few bytes, and a host sends a dozen."""

log = logging.getLogger(__name__)


class HostConnection:
    """One host's connection. ``broken``: writing has failed; the reader will find out, and end it."""

    def __init__(self, sock: socket.socket, session: Rfc2217Session | None, gate: Gate) -> None:
        sock.setblocking(False)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self.sock = sock
        self.session = session
        self.gate = gate
        self.broken = self.hardware_flow = False
        self.unsent = bytearray()
        """Of telnet: escaped data and answers that the system has not taken."""

    @property
    def suspended(self) -> bool:
        """The host has asked for silence, or its RTS is off and that counts; only answers may leave."""
        session = self.session
        return session is not None and (session.suspended or (self.hardware_flow and not session.ready))

    def write_nowait(self, data: bytes | bytearray) -> int:
        """Give bytes to the system; how many it has taken."""
        if self.session is None:
            return self._send(data)
        self.unsent += self.session.data_to_send()
        del self.unsent[: self._send(self.unsent)]
        if self.unsent or self.suspended or not data:
            return 0
        piece = bytes(data[:TELNET_PIECE_BYTES])
        escaped = escape(piece)
        self.unsent += escaped[self._send(escaped) :]
        return len(piece)

    def receive_nowait(self) -> bytes | None:
        """What the host has sent, without telnet; None when there is nothing now; EOFError when it has left."""
        try:
            data = self.sock.recv(INPUT_LIMIT_BYTES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        return data if self.session is None else self.session.receive_data(data)

    def break_off(self) -> None:
        """Give it up: the reader sees its end."""
        self.broken = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is broken already

    def close(self) -> None:
        """Close; whoever waits for it gets ``trio.ClosedResourceError``."""
        trio.lowlevel.notify_closing(self.sock)
        self.sock.close()

    def _send(self, data: bytes | bytearray) -> int:
        if not data:
            return 0
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.broken = True
            return 0


class StreamPort(BasePort):
    """A ``SerialPort`` with one host at a time, each on a connection that ``_serve`` gets.

    ``dtr_resets``: the host's DTR is wired to the module's RESET as on an Arduino, so that switching it on is a pulse.
    A host that ends its sending side has closed the port. What it has sent before is still received.
    """

    def __init__(self, name: str, *, paced: bool, dtr_resets: bool = False) -> None:
        self._dtr_resets = dtr_resets
        self._connection: HostConnection | None = None
        self._stopped = False
        self._input = bytearray()
        self._input_changed = trio.lowlevel.ParkingLot()
        self._host_changed = trio.lowlevel.ParkingLot()
        super().__init__(name, paced=paced)

    @abstractmethod
    async def _serve(self) -> None:
        """Get connections, one after another, and ``_read`` each."""

    def _admit(
        self, sock: socket.socket, session: Rfc2217Session | None = None, gate: Gate | None = None
    ) -> HostConnection:
        """Take a connection as that of the host; without a ``gate`` everybody may be it."""
        connection = self._connection = HostConnection(sock, session, gate or open_gate())
        connection.hardware_flow = self._buffer.hardware_flow
        return connection

    @property
    def host_baud(self) -> int | None:
        session = self._connection.session if self._connection is not None else None
        return session.baud if session is not None else None

    async def receive_some(self, max_bytes: int) -> bytes:
        await trio.lowlevel.checkpoint()
        while not self._input:
            self._buffer.check_open()
            await self._input_changed.park()
        self._buffer.check_open()
        data = bytes(self._input[:max_bytes])
        del self._input[:max_bytes]
        self._input_changed.unpark_all()
        self.received_bytes += len(data)
        return data

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        super().configure(baud, parity, data_bits, stop_bits, flow)
        if self._connection is not None:
            self._connection.hardware_flow = flow == "HW"
            self._host_changed.unpark_all()

    def stop_host(self, stopped: bool) -> None:
        self._stopped = stopped
        if self._connection is not None and self._connection.session is not None:
            self._connection.session.stop(stopped)
            self._answer(self._connection)

    # --- HostEnd ----------------------------------------------------------------------------------------------------

    def _host_end(self) -> HostEnd:
        return self

    @property
    def attached(self) -> bool:
        connection = self._connection
        return connection is not None and not connection.broken and connection.gate.admitted

    @property
    def unsent(self) -> bool:
        return self._connection is not None and bool(self._connection.unsent)

    def write_nowait(self, data: bytes | bytearray) -> int:
        if self._connection is None or not self.attached:
            return 0
        taken = self._connection.write_nowait(data)
        if self._connection.broken:
            self._input_changed.unpark_all()
        return taken

    async def wait_writable(self) -> None:
        while True:
            connection = self._connection
            if connection is None or not self.attached or (connection.suspended and not connection.unsent):
                await self._host_changed.park()
                continue
            try:
                await trio.lowlevel.wait_writable(connection.sock)
            except trio.ClosedResourceError:
                continue  # the host has left meanwhile; this task is cancelled when it was the port that closed
            return

    # --- hosts ------------------------------------------------------------------------------------------------------

    def _tasks(self) -> list[Callable[[], Awaitable[None]]]:
        return [*super()._tasks(), self._serve]

    async def _read(self, connection: HostConnection) -> None:
        log.info("%s: a host has connected", self.name)
        self._host_opens()
        self._answer(connection)
        try:
            while True:
                while len(self._input) >= INPUT_LIMIT_BYTES and not connection.broken:
                    await self._input_changed.park()
                self._take(await self._receive(connection))
        except TurnedAwayError as error:
            log.warning("%s: a host is turned away: %s", self.name, error)
            self._end(connection)
        except EOFError:
            if connection.gate.admitted and not connection.gate.is_open:
                with suppress(TurnedAwayError):
                    self._take(connection.gate.expire())
            log.info("%s: the host has left", self.name)
            self._end(connection)

    async def _receive(self, connection: HostConnection) -> bytes:
        """What the module gets next of a connection, perhaps nothing yet."""
        gate = connection.gate
        with trio.move_on_after(gate.patience_s) as waiting:
            await trio.lowlevel.wait_readable(connection.sock)
        if waiting.cancelled_caught:
            return gate.expire()
        data = connection.receive_nowait()
        if connection.session is not None:
            self._follow(connection.session)
            self._answer(connection)
        if gate.is_open or not data:
            return data or b""
        data = gate.receive(data)
        if gate.is_open:
            self._answer(connection)  # now it may have what the module sends
        return data

    def _take(self, data: bytes) -> None:
        if data:
            self._input += data
            self._input_changed.unpark_all()

    def _end(self, connection: HostConnection) -> None:
        self._connection = None
        connection.close()
        self._buffer.host_left()
        self._host_changed.unpark_all()

    def _follow(self, session: Rfc2217Session) -> None:
        """Do what the host's telnet commands ask for."""
        if session.setups:
            session.setups = 0
            self._host_sets_up()
        if session.raised:
            session.raised = 0
            if self._dtr_resets:
                log.info("%s: the host resets the module by DTR", self.name)
                self.on_reset()
        if session.purged:
            session.purged = False
            self._buffer.discard()

    def _answer(self, connection: HostConnection) -> None:
        """Send telnet answers now, and let the writer see to the rest and to what waits for this host."""
        connection.write_nowait(b"")
        if len(connection.unsent) > UNSENT_LIMIT_BYTES:
            log.warning("%s: the host does not read the answers to its commands: closed", self.name)
            connection.break_off()
        self._host_changed.unpark_all()
        self._buffer.wake()

    def _release(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._input_changed.unpark_all()
