"""What is on its way to the host: written when the host takes it, kept for a while, dropped when it is too much.

========  =====================  ==========================================================================
pacing    flow control           rule
========  =====================  ==========================================================================
paced     N                      the line runs on; ``HOST_BUFFER_BYTES`` are kept for a slow host, more is dropped
fast      N                      ``wait_room`` holds data back while the host reads; after ``STALL_LIMIT_S`` without
                                 a byte taken it stops doing so, and what exceeds ``QUEUE_LIMIT_BYTES`` is dropped
paced     HW                     the line stops while the host takes nothing; its queue ends at ``QUEUE_LIMIT_BYTES``
fast      HW                     ``wait_room`` holds data back for ever; the buffer ends at ``QUEUE_LIMIT_BYTES``
========  =====================  ==========================================================================

So with HW nothing is lost of data that ``wait_room`` was asked for; only answers to a host that goes on sending
commands without ever reading can reach the limit. Without a host (TCP) N drops at once, as a UART with an open line,
and HW waits.
"""

import logging
import math
import os
from collections.abc import Callable
from typing import Protocol

import trio

HOST_BUFFER_BYTES = 64 * 1024
"""Kept for a host that does not read, paced: what Linux has long kept for the reader of a real serial port."""

QUEUE_LIMIT_BYTES = 256 * 1024
"""Most that waits in any other case. Two reads of 64 KiB from the network, with headers, fit above the room mark."""

ROOM_BYTES = 64 * 1024
"""Not paced: data from the network is held back while this much waits. Larger than what one wake-up of a host takes."""

STALL_LIMIT_S = 1.0
"""A host that has taken nothing for this long does not read. Longer than a scheduling delay, shorter than patience."""

YIELDS = 2
"""A refused write is tried again this often before the event loop waits for the host. A terminal of Linux holds 12 kB
and moves them on in a thread of the kernel, which is likely to wait for this processor: to leave it for a moment makes
room sooner than a turn of the event loop would find it."""

_yield: Callable[[], None] = getattr(os, "sched_yield", lambda: None)
"""Windows and macOS have none."""

log = logging.getLogger(__name__)


class HostEnd(Protocol):
    """The non-blocking way to the host that a host buffer writes to, one for each kind of port."""

    @property
    def name(self) -> str:
        """For the log."""

    @property
    def attached(self) -> bool:
        """There is somebody who could take bytes."""

    @property
    def unsent(self) -> bool:
        """The end has bytes of its own to write (a protocol's answers); they leave with any ``write_nowait``."""

    def write_nowait(self, data: bytes | bytearray) -> int:
        """Give bytes to the host's operating system; how many it has taken. Never blocks, never raises."""

    async def wait_writable(self) -> None:
        """Wait until ``write_nowait`` can make progress. Called by one task only."""


class HostBuffer:
    """The last buffer before the host, the task that empties it, and the counters."""

    def __init__(self, end: HostEnd, limit_bytes: int) -> None:
        self.sent_bytes = 0
        self.dropped_bytes = 0
        self.hardware_flow = False
        self._end = end
        self._limit_bytes = limit_bytes
        self._pending = bytearray()
        self.on_progress: Callable[[], None] = _nothing
        """Called when nothing waits any more."""
        self._progress_s = -math.inf
        self._episode_bytes = 0
        self._closed = False
        self._work = trio.lowlevel.ParkingLot()
        self._progress = trio.lowlevel.ParkingLot()

    @property
    def holds_line(self) -> bool:
        """Hardware flow control is on and the host is behind: a paced line must stop."""
        return self.hardware_flow and bool(self._pending)

    def put_nowait(self, data: bytes) -> None:
        """Write to the host, or keep, or drop.

        The write is done here and not in the task: a task switch costs as much as everything else on the way of a
        short answer.
        """
        taken = 0
        if not self._pending:
            if not (self._end.attached or self.hardware_flow):
                self.drop(len(data), "no host is connected")
                return
            taken = self._end.write_nowait(data)
            self.sent_bytes += taken
            if taken == len(data):
                if self._episode_bytes:
                    self._end_episode()
                return
            self._progress_s = trio.current_time()
        room = self._limit_bytes - len(self._pending)
        self._pending += memoryview(data)[taken : taken + room]
        self.drop(max(0, len(data) - taken - room), "the host does not read")
        self._work.unpark()

    def drop(self, count: int, reason: str) -> None:
        """Count bytes that are lost; the first of an episode is logged with the reason."""
        if not count:
            return
        if not self._episode_bytes:
            log.warning("%s: %s, output is dropped", self._end.name, reason)
        self._episode_bytes += count
        self.dropped_bytes += count

    def discard(self) -> None:
        """Forget what waits, at the host's own wish; that is no loss."""
        self._pending.clear()
        self._advance()

    def host_left(self) -> None:
        """The host is gone: what waits for it is lost, with hardware flow control it waits for the next one."""
        if not self.hardware_flow:
            self.drop(len(self._pending), "the host has left")
            self._pending.clear()
            self._advance()

    def wake(self) -> None:
        """Let everything that waits look again."""
        self._work.unpark_all()
        self._progress.unpark_all()

    def close(self) -> None:
        """End all waiting with ``trio.ClosedResourceError``."""
        self._closed = True
        self.wake()

    def check_open(self) -> None:
        """Raise ``trio.ClosedResourceError`` when closed."""
        if self._closed:
            raise trio.ClosedResourceError("this serial port is closed")

    async def wait_room(self) -> None:
        """Wait until little is left to write, or the host has stalled."""
        # Not before waiting, which is a checkpoint too: turns of the event loop are what bulk data costs.
        if not self._must_wait:
            await trio.lowlevel.checkpoint()
        while self._must_wait:
            self.check_open()
            with trio.move_on_at(self._patience_ends_s):
                await self._progress.park()
        self.check_open()

    @property
    def _must_wait(self) -> bool:
        return len(self._pending) >= ROOM_BYTES and trio.current_time() < self._patience_ends_s

    @property
    def _patience_ends_s(self) -> float:
        return math.inf if self.hardware_flow else self._progress_s + STALL_LIMIT_S

    async def run(self) -> None:
        """Write what waits, for ever."""
        while True:
            if not (self._pending or self._end.unsent):
                await self._work.park()
                continue
            await self._end.wait_writable()
            self._write_pending()

    def _write_pending(self) -> None:
        # As often as the host's side takes something: a refused write is cheaper than a turn of the event loop.
        yields = YIELDS
        while True:
            if taken := self._end.write_nowait(self._pending):
                del self._pending[:taken]
                self.sent_bytes += taken
                self._progress_s = trio.current_time()
                if not self._pending:
                    break
                yields = YIELDS
            elif self._pending and yields:
                yields -= 1
                _yield()
            else:
                break
        self._advance()

    def _advance(self) -> None:
        if not self._pending and self._episode_bytes and self._end.attached:
            self._end_episode()
        if len(self._pending) < ROOM_BYTES:
            self._progress.unpark_all()
        if not self._pending:
            self.on_progress()

    def _end_episode(self) -> None:
        log.warning("%s: output reaches the host again, %d bytes were dropped", self._end.name, self._episode_bytes)
        self._episode_bytes = 0


def _nothing() -> None:
    """Nobody waits for progress."""
