"""The speed of a UART: how many bytes may leave, and when. Pure.

A real module sends a byte every 87 us at 115200 bit/s. Hosts with a small receive buffer, or with a parser that looks
at what has come so far, rely on it; so the line sends in small slices at the rate of its framing.
"""

import math
from dataclasses import dataclass

SLICE_S = 0.001
"""Least line time of one slice of a longer run. Below it the timers of the event loop cost more than they give."""

CATCH_UP_S = 0.05
"""Most line time that is made up after a late wake-up; more would be the burst that pacing exists to avoid."""


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
