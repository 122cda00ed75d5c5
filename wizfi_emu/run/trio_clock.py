"""The module's time as it goes by: a clock that follows trio's."""

from __future__ import annotations

import trio


class TrioClock:
    """Goes with trio's clock, ``time_scale`` times as fast; 0 at ``started_s`` of that, now if it is not given."""

    def __init__(self, time_scale: float = 1.0, started_s: float | None = None) -> None:
        self.time_scale = time_scale
        self._started_s = trio.current_time() if started_s is None else started_s

    @property
    def now_us(self) -> int:
        """The module's time."""
        # Rounded, because a deadline in seconds is not exact: who wakes up then must not be a microsecond early.
        return round((trio.current_time() - self._started_s) * 1_000_000 * self.time_scale)

    def at(self, time_us: int) -> float:
        """A time of the module in seconds of trio's clock."""
        return self._started_s + time_us / 1_000_000 / self.time_scale
