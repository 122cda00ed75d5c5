"""The module's time, as a contract, and a clock that somebody sets."""

from typing import Protocol


class Clock(Protocol):
    """Tells the module's time in microseconds. It never goes back."""

    @property
    def now_us(self) -> int:
        """The module's time."""


class VirtualClock:
    """Stands until it is set."""

    def __init__(self) -> None:
        self.now_us = 0
