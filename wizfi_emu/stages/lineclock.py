"""The speed of a UART: how many bytes have passed, and when the next ones will have. Pure.

Bytes are looked at in slices. Over time the rate is exact, since a slice reaches up to a moment and does not last for a
duration.
"""

import math

from msgspec import Struct

SLICE_US = 1000
"""Least line time of one slice of a longer run. Below it the timers of the event loop cost more than they give."""

LONGEST_SLICE_US = 40_000
"""Most line time of a slice, where real timers cost."""

SLICES_OF_RUN = 8
"""A slice is at most this part of the run so far: an answer comes in small pieces, bulk data in larger ones.

A pause shortens the run by as many times its own length. So a line that is busy but for gaps of a few milliseconds, as
between two packets of a peer, goes on in large slices, and one longest slice of silence makes every run a short one.
"""

CATCH_UP_US = 50_000
"""Most line time that is made up after a late wake-up; more would be the burst that pacing exists to avoid."""

_ROUNDING = 1e-6  # of a byte


class Framing(Struct, frozen=True):
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
    def byte_us(self) -> float:
        """Microseconds that one byte takes."""
        return 1_000_000 * self.bits_per_byte / max(self.baud, 1)


class LineClock:
    """One direction of a line. ``free_us`` is when its last byte has passed; times are microseconds of one clock."""

    __slots__ = ("_began_us", "_longest_us", "free_us")

    def __init__(self, longest_slice_us: int = SLICE_US) -> None:
        self.free_us = self._began_us = 0.0
        self._longest_us = longest_slice_us

    def resume(self, now_us: int) -> None:
        """There are bytes again: if the line was idle, its run is shorter, and line time that passed unused is gone."""
        pause_us = now_us - self.free_us
        if pause_us > 0:
            run_us = min(self.free_us - self._began_us, self._longest_us * SLICES_OF_RUN) - pause_us * SLICES_OF_RUN
            self.free_us = now_us
            self._began_us = now_us - max(0, run_us)

    def due_us(self, byte_us: float, queued: int) -> float:
        """When the next slice of so many queued bytes, of ``byte_us`` microseconds each, has passed."""
        slice_us = max(SLICE_US, min(self._longest_us, (self.free_us - self._began_us) / SLICES_OF_RUN))
        return self.free_us + min(queued, math.ceil(slice_us / byte_us)) * byte_us

    def passed(self, now_us: int, byte_us: float, queued: int) -> int:
        """How many of the queued bytes have passed by now."""
        self.free_us = max(self.free_us, now_us - self._longest_us - byte_us - CATCH_UP_US)
        return min(queued, max(0, math.floor((now_us - self.free_us) / byte_us + _ROUNDING)))

    def take(self, count: int, byte_us: float) -> None:
        """So many bytes have passed and are dealt with."""
        self.free_us += count * byte_us
