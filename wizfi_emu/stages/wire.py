"""The serial line as a wire: bytes take their time, both ways.

A real module hears and sends a byte every 87 us at 115200 bit/s. Hosts with a small receive buffer rely on it, and what
a host sends too early is lost or not by it.

What the host sends is told to the machine when the last byte of a piece has left the line. The receive buffer of the
module takes it, whether the machine reads or not (firmware 1.0.5.2):

=============  ==================================================================================================
flow control   rule
=============  ==================================================================================================
``HW``         with more than ``STOP_ABOVE_BYTES`` in the buffer the host is stopped, with more than 30 bytes free
               it goes on
``N``          the host runs on, and new bytes overwrite the oldest ones: ``UartLost``
=============  ==================================================================================================
"""

from collections import deque
from collections.abc import Callable
from math import ceil

from wizfi_emu.agenda import earliest
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import RECEIVE_BUFFER_BYTES
from wizfi_emu.stages.lineclock import SLICE_US, Framing, LineClock
from wizfi_emu.stages.stage import Item, Place, Stage

STOP_ABOVE_BYTES = 2018
"""More than this in the receive buffer stops the host, less lets it go on (firmware 1.0.5.2)."""

READ_AHEAD_BYTES = 4096
"""What is taken from the host before its time: as much as the driver of a serial port keeps for the line."""

INPUT_SLICE_BYTES = 512
"""Most that is told at once: a quarter of the receive buffer, whatever the rate."""

LATE_US = 2000
"""A slice that is later than this was held up by this program: what does not fit then is not lost, but waits."""

OUTPUT_ROOM_BYTES = 4096
"""Data from the network is held back while more than this waits for the line: the order of a module's own buffers."""

OUTPUT_LIMIT_BYTES = 256 * 1024
"""Most that waits for the line. Two reads of 64 KiB from the network, with headers, fit above the room mark."""


class Wire(Stage):
    """Paces both directions of one module's line. Times are the module's, in microseconds."""

    place = Place.WIRE

    def __init__(
        self,
        unread: Callable[[], int],
        *,
        byte_cost: float = 1.0,
        extra_us: Callable[[], float] = lambda: 0.0,
        held: Callable[[], bool] = lambda: False,
        lead_us: int = 0,
        longest_slice_us: int = SLICE_US,
    ) -> None:
        """``unread``: how many bytes wait in the receive buffer of the module.

        ``byte_cost``: what a byte takes, in units of its framing; ``extra_us``: what one to the module takes beside.
        ``held`` says whether the host has stopped the line. ``lead_us``: so much earlier than the wire the host has its
        bytes, so that a short answer needs no timer. ``longest_slice_us``: the slices of a long run grow up to here.
        """
        self.on_left: Callable[[int, float, float, int], None] = _nothing
        """Told that so many bytes have gone to the host, from when to when, and how many are behind them."""
        self.on_stop: Callable[[bool], None] = _nothing
        """Told whether the host is stopped from now on."""
        self.dropped_bytes = 0
        """To the host: more was sent than ``OUTPUT_LIMIT_BYTES``."""
        self._unread = unread
        self._byte_cost = byte_cost
        self._extra_us = extra_us
        self._held = held
        self._lead_us = lead_us
        self._framing = Framing()
        self._flow = False
        self._input = bytearray()
        self._input_clock = LineClock(longest_slice_us)
        self._stopped = False
        # Runs of bytes with the byte time they were sent with: a new speed must not touch what is queued.
        self._output: deque[tuple[float, bytearray]] = deque()
        self._output_bytes = 0
        # Settings of the line that wait until so many bytes have left, counted from the first one ever.
        self._settings: deque[tuple[int, fx.ConfigureUart]] = deque()
        self._left_bytes = 0
        self._output_clock = LineClock(longest_slice_us)
        self._waited = False

    @property
    def input_bytes(self) -> int:
        """What the host has sent that is still on its way."""
        return len(self._input)

    def serial_room(self, inside: int) -> int:
        # Half of it at least: to wake whoever reads costs more than to read.
        room = READ_AHEAD_BYTES - len(self._input)
        return room if room > READ_AHEAD_BYTES // 2 else 0

    @property
    def network_room(self) -> bool:
        return self._output_bytes < OUTPUT_ROOM_BYTES

    @property
    def wakeup_us(self) -> int | None:
        if not self._input:
            return self._output_due_us
        if not self._output:
            return self._input_due_us
        return earliest(self._input_due_us, self._output_due_us)

    def time_reached(self, now_us: int) -> list[Item]:
        return [*self._receive_slice(now_us), *self._send_slices(now_us)]

    def receive(self, event: ev.Event, now_us: int) -> tuple[Item, ...]:
        match event:
            case ev.UartReceived():
                if not self._input:
                    self._input_clock.resume(now_us)
                self._input += event.data
                return ()
            case ev.PoweredOff():
                self._output.clear()
                self._left_bytes += self._output_bytes
                self._output_bytes = 0
                self._settings.clear()
        return (event,)

    def execute(self, effect: fx.Effect, now_us: int) -> list[Item] | tuple[Item, ...]:
        match effect:
            case fx.UartSend():
                return self._send(effect, now_us)
            case fx.ConfigureUart():
                self._framing = Framing(effect.baud, effect.parity, effect.data_bits, effect.stop_bits)
                self._flow = effect.flow == "HW"
                if self._output:
                    self._settings.append((self._left_bytes + self._output_bytes, effect))
                    return ()
        return (effect,)

    # from the host

    @property
    def _input_byte_us(self) -> float:
        return self._framing.byte_us * self._byte_cost + self._extra_us()

    @property
    def _input_due_us(self) -> int | None:
        if not self._input:
            return None
        if self._stopped:
            return 0 if self._unread() < STOP_ABOVE_BYTES or not self._flow else None
        return ceil(self._input_clock.due_us(self._input_byte_us, min(len(self._input), INPUT_SLICE_BYTES)))

    def _receive_slice(self, now_us: int) -> list[Item]:
        due_us = self._input_due_us
        if due_us is None:
            return []
        if self._stopped:
            self._stop(False)
            self._input_clock.resume(now_us)
            return []
        byte_us, unread = self._input_byte_us, self._unread()
        count = min(self._input_clock.passed(now_us, byte_us, len(self._input)), INPUT_SLICE_BYTES)
        room = (STOP_ABOVE_BYTES + 1 if self._flow else RECEIVE_BUFFER_BYTES) - unread
        late = now_us - due_us > LATE_US
        if count > room and (self._flow or late):
            count = max(0, room)
            if self._flow and not count:
                self._stop(True)
        data = bytes(self._input[:count])
        del self._input[:count]
        self._input_clock.take(count, byte_us)
        if late and count == room:
            self._input_clock.resume(now_us)
        if not count:
            return []
        lost = unread + count - RECEIVE_BUFFER_BYTES
        told = ev.UartReceived(data)
        return [told] if lost <= 0 else [ev.UartLost(lost, ev.SerialLoss.OVERRUN), told]

    def _stop(self, stopped: bool) -> None:
        self._stopped = stopped
        self.on_stop(stopped)

    # to the host

    @property
    def _output_due_us(self) -> int | None:
        if not self._output or self._held():
            return None
        if self._waited:
            return 0
        byte_us, run = self._output[0]
        return ceil(self._output_clock.due_us(byte_us, len(run))) - self._lead_us

    def _send(self, effect: fx.UartSend, now_us: int) -> list[Item]:
        data = effect.data
        items: list[Item] = []
        if lost := max(0, self._output_bytes + len(data) - OUTPUT_LIMIT_BYTES):
            if not self.dropped_bytes:
                items.append(fx.Log("warning", "more is sent than the serial line can carry, output is dropped"))
            self.dropped_bytes += lost
            data = data[: len(data) - lost]
        if not data:
            return items
        idle = not self._output
        byte_us = self._framing.byte_us * self._byte_cost
        if self._output and self._output[-1][0] == byte_us:
            self._output[-1][1].extend(data)
        else:
            self._output.append((byte_us, bytearray(data)))
        self._output_bytes += len(data)
        if idle:
            self._output_clock.resume(now_us)
            items += self._send_slices(now_us)
        return items

    def _send_slices(self, now_us: int) -> list[Item]:
        if not self._output:
            return []
        if self._held():
            self._waited = True
            return []
        clock = self._output_clock
        if self._waited:
            self._waited = False
            clock.resume(now_us)
        items: list[Item] = []
        while self._output:
            byte_us, run = self._output[0]
            count = clock.passed(now_us + self._lead_us, byte_us, len(run))
            if not count:
                break
            data = bytes(run[:count])
            del run[:count]
            if not run:
                self._output.popleft()
            self._output_bytes -= count
            self._left_bytes += count
            since_us = clock.free_us
            clock.take(count, byte_us)
            self.on_left(count, since_us, clock.free_us, self._output_bytes)
            items.append(fx.UartSend(data))
            while self._settings and self._settings[0][0] <= self._left_bytes:
                items.append(self._settings.popleft()[1])
        return items


def _nothing(*_: object) -> None:
    """Nobody wants to know."""
