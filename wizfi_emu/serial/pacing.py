"""The speed of a UART: how many bytes may leave, and when.

A real module sends a byte every 87 us at 115200 bit/s. Hosts with a small receive buffer, or with a parser that looks
at what has come so far, rely on it; so the line sends in small slices at the rate of its framing.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import trio

from wizfi_emu.serial.hostbuffer import QUEUE_LIMIT_BYTES, HostBuffer

SLICE_S = 0.001
"""Least line time of one slice of a longer run. Below it the timers of the event loop cost more than they give."""

CATCH_UP_S = 0.05
"""Most line time that is made up after a late wake-up; more would be the burst that pacing exists to avoid."""

LINE_ROOM_BYTES = 4096
"""Data from the network is held back while more than this waits for the line: the order of a module's own buffers."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a byte looks on the line. ``stop_bits`` is the text of AT+USET: ``0.5``, ``1``, ``1.5`` or ``2``."""

    baud: int = 115200
    parity: str = "N"
    data_bits: int = 8
    stop_bits: str = "1"

    @property
    def bits_per_byte(self) -> float:
        """Start bit, data bits, parity bit if any, stop bits."""
        return 1 + self.data_bits + (self.parity != "N") + float(self.stop_bits)

    @property
    def byte_s(self) -> float:
        """Seconds that one byte takes."""
        return self.bits_per_byte / max(self.baud, 1)


class LineClock:
    """When the line is free again, and how much it takes now. Pure; times are seconds of any one clock.

    The line may be ahead of a wire by one slice: an idle line gives the first bytes of an answer at once, also when the
    answer comes in pieces. It is never behind, and over time the rate is exact, since a slice fills the line up to a
    moment and not for a duration.
    """

    __slots__ = ("free_at_s",)

    def __init__(self) -> None:
        self.free_at_s = -math.inf

    def resume(self, now_s: float) -> None:
        """There are bytes again after a pause: line time that passed unused is gone."""
        self.free_at_s = max(self.free_at_s, now_s)

    def take(self, now_s: float, byte_s: float, queued: int) -> int:
        """How many of the queued bytes, of ``byte_s`` seconds each, leave now; the line is then busy with them."""
        self.free_at_s = max(self.free_at_s, now_s - CATCH_UP_S)
        count = min(queued, max(0, math.ceil((now_s + SLICE_S - self.free_at_s) / byte_s)))
        self.free_at_s += count * byte_s
        return count


class PacedLine:
    """The queue in front of a line that sends at its own speed, and the task that empties it into the host buffer.

    ``speedup`` multiplies the rate. ``byte_cost`` is the time of a byte in units of its framing: 1.08 where the module
    itself is slower than its line.
    """

    def __init__(self, host: HostBuffer, *, speedup: float, byte_cost: float) -> None:
        self._host = host
        self._scale = byte_cost / speedup
        self._byte_s = Framing().byte_s * self._scale
        # Runs of bytes with the byte time they were sent with: a new speed must not touch what is queued.
        self._runs: deque[tuple[float, bytearray]] = deque()
        self._queued = 0
        self._clock = LineClock()
        self._work = trio.lowlevel.ParkingLot()
        self._room = trio.lowlevel.ParkingLot()

    def configure(self, framing: Framing) -> None:
        """Use this framing for bytes that are sent from now on."""
        self._byte_s = framing.byte_s * self._scale

    def send_nowait(self, data: bytes) -> None:
        """Queue bytes; an idle line sends the first slice before this returns."""
        room = QUEUE_LIMIT_BYTES - self._queued
        if len(data) > room:
            self._host.drop(len(data) - room, "more is sent than the line can carry")
            data = data[:room]
        if not data:
            return
        was_idle = not self._queued
        if self._runs and self._runs[-1][0] == self._byte_s:
            self._runs[-1][1].extend(data)
        else:
            self._runs.append((self._byte_s, bytearray(data)))
        self._queued += len(data)
        if was_idle:
            self._clock.resume(trio.current_time())
            if not self._host.holds_line:
                self._send_slice()
            self._work.unpark()

    def discard(self) -> None:
        """Forget what is queued: the sender is gone. What has left the line is the host's."""
        self._runs.clear()
        self._queued = 0
        self._room.unpark_all()

    async def wait_room(self) -> None:
        """Wait until the queue is short."""
        await trio.lowlevel.checkpoint()
        while self._queued >= LINE_ROOM_BYTES:
            self._host.check_open()
            await self._room.park()
        self._host.check_open()

    def wake(self) -> None:
        """Let everything that waits look again."""
        self._work.unpark_all()
        self._room.unpark_all()

    async def run(self) -> None:
        """Send slices for ever."""
        while True:
            if not self._queued:
                await self._work.park()
            elif self._host.holds_line:
                await self._host.wait_taken()
                self._clock.resume(trio.current_time())
            else:
                await trio.sleep_until(self._clock.free_at_s)
                self._send_slice()

    def _send_slice(self) -> None:
        if not self._runs:
            return  # discarded since the line was asked to wait
        byte_s, run = self._runs[0]
        count = self._clock.take(trio.current_time(), byte_s, len(run))
        if not count:
            return
        data = bytes(run[:count])
        del run[:count]
        if not run:
            self._runs.popleft()
        self._queued -= count
        self._host.put_nowait(data)
        if self._queued < LINE_ROOM_BYTES:
            self._room.unpark_all()
