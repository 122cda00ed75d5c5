"""What is to be done at a time: the one timer queue of everything around the machine. Nothing here waits."""

import heapq
import itertools
from collections.abc import Callable

Action = Callable[[], None]


class Agenda:
    """Actions with their times. Equal times come by rank, and then in the order in which they were put down.

    Times are microseconds of the module. An ``owner`` can drop everything of its own at once.
    """

    __slots__ = ("_entries", "_order")

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int, object, Action]] = []
        self._order = itertools.count()

    def add(self, due_us: int, action: Action, *, owner: object = None, rank: int = 0) -> None:
        """Do this at that time."""
        heapq.heappush(self._entries, (due_us, rank, next(self._order), owner, action))

    def drop(self, owner: object) -> None:
        """Forget everything of one owner."""
        kept = [entry for entry in self._entries if entry[3] != owner]
        if len(kept) != len(self._entries):
            heapq.heapify(kept)
            self._entries = kept

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    @property
    def next_us(self) -> int | None:
        """When the next one is due."""
        return self._entries[0][0] if self._entries else None

    def pop_due(self, now_us: int) -> Action | None:
        """Take the next action if it is due."""
        if self._entries and self._entries[0][0] <= now_us:
            return heapq.heappop(self._entries)[4]
        return None

    def run(self, now_us: int) -> None:
        """Do what is due, also what becomes due by that."""
        while (action := self.pop_due(now_us)) is not None:
            action()


def earliest(*times_us: int | None) -> int | None:
    """The earliest of some times; None stands for never."""
    return min((time_us for time_us in times_us if time_us is not None), default=None)
