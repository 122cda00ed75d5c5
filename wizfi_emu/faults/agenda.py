"""What is to be done at a time. Nothing here waits."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

Action = Callable[[], None]


class Agenda:
    """Actions with their times; equal times in the order in which they were put down."""

    __slots__ = ("_entries", "_order")

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Action]] = []
        self._order = itertools.count()

    def add(self, due_us: int, action: Action) -> None:
        """Do this at that time."""
        heapq.heappush(self._entries, (due_us, next(self._order), action))

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    @property
    def next_us(self) -> int | None:
        """When the next one is due."""
        return self._entries[0][0] if self._entries else None

    def run(self, now_us: int) -> None:
        """Do what is due, also what becomes due by that."""
        while self._entries and self._entries[0][0] <= now_us:
            heapq.heappop(self._entries)[2]()
