"""What is to be done at a time: the timer queue of the machine and of everything around it. Nothing here waits."""

import heapq
from collections.abc import Callable

Action = Callable[[], None]


class Agenda:
    """Actions with their times. Equal times come by rank, and then in the order in which they were put down.

    Times are microseconds of the module. An ``owner`` can drop everything of its own at once, and a timer is an action
    whose owner is its name.
    """

    __slots__ = ("_entries", "_order", "next_us")

    def __init__(self) -> None:
        self.next_us: int | None = None
        """When the next one is due."""
        self._entries: list[tuple[int, int, int, object, Action]] = []
        self._order = 0

    def add(self, due_us: int, action: Action, *, owner: object = None, rank: int = 0) -> None:
        """Do this at that time."""
        self._order += 1
        heapq.heappush(self._entries, (due_us, rank, self._order, owner, action))
        self.next_us = self._entries[0][0]

    def drop(self, owner: object) -> None:
        """Forget everything of one owner."""
        kept = [entry for entry in self._entries if entry[3] != owner]
        if len(kept) != len(self._entries):
            heapq.heapify(kept)
            self._entries = kept
            self.next_us = kept[0][0] if kept else None

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.next_us = None

    def has(self, owner: object) -> bool:
        """Whether something of this owner waits."""
        return any(entry[3] == owner for entry in self._entries)

    @property
    def waiting(self) -> list[tuple[object, int]]:
        """Owner and time of everything that waits, in order."""
        return [(owner, due_us) for due_us, _, _, owner, _ in sorted(self._entries)]

    def pop_due(self, now_us: int) -> Action | None:
        """Take the next action if it is due."""
        if self.next_us is None or self.next_us > now_us:
            return None
        action = heapq.heappop(self._entries)[4]
        self.next_us = self._entries[0][0] if self._entries else None
        return action

    def run(self, now_us: int) -> None:
        """Do what is due, also what becomes due by that."""
        while (action := self.pop_due(now_us)) is not None:
            action()


def earliest(*times_us: int | None) -> int | None:
    """The earliest of some times; None stands for never."""
    return min((time_us for time_us in times_us if time_us is not None), default=None)
