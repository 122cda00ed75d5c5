"""The queue in front of a line that sends at its own speed."""

from collections import deque

import trio

from wizfi_emu.serial.hostbuffer import QUEUE_LIMIT_BYTES, HostBuffer
from wizfi_emu.serial.lineclock import Framing, LineClock

LINE_ROOM_BYTES = 4096
"""Data from the network is held back while more than this waits for the line: the order of a module's own buffers."""


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
