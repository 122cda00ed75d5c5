"""What passes in and out of a module, and around it, for its subscribers; recent serial bytes are kept for late ones.

Serial bytes are those that the line has carried, when it has; what faults made of them on their way is in notes.

A subscriber that does not keep up loses what exceeds its queue and is told how much; the module never waits for one.
"""

from collections import deque
from typing import NamedTuple

import trio

from wizfi_emu.module.effects import Effect, HostEffect
from wizfi_emu.module.events import Event, HostBytes, TimeReached
from wizfi_emu.module.ports import said
from wizfi_emu.stages.notes import Note

HISTORY_BYTES = 16 * 1024
"""Serial bytes that are kept: what fits a few screens of a terminal."""

QUEUE_BYTES = 512 * 1024
QUEUE_ITEMS = 4096
"""What a subscriber may be behind. A browser that draws once in a frame is behind by a few kB."""
SUBSCRIBERS_MAX = 16
"""Readers at a time: each can be behind by a queue, and by what was made of the one before."""
_ITEM_BYTES = 128  # what an item counts beside its texts and bytes


class Passed(NamedTuple):
    """An event, an effect or a note, and the module's time."""

    item: Event | Effect | Note
    now_us: int


class FullError(Exception):
    """There are as many readers as there may be."""


class Subscriber:
    """One reader of the traffic, made by `Traffic.join`."""

    def __init__(self, history: list[Passed]) -> None:
        self._queue = history
        self._queued_bytes = 0
        self._lost = 0
        self._news = trio.Event()
        if history:
            self._news.set()

    def put(self, passed: Passed, size: int) -> None:
        if self._queued_bytes + size > QUEUE_BYTES or len(self._queue) >= QUEUE_ITEMS:
            self._lost += 1
        else:
            self._queue.append(passed)
            self._queued_bytes += size
        self._news.set()

    async def wait(self) -> None:
        await self._news.wait()

    def take(self) -> tuple[list[Passed], int]:
        """What has passed since the last time, and how many more items were lost after that."""
        queue, lost = self._queue, self._lost
        self._queue, self._queued_bytes, self._lost = [], 0, 0
        self._news = trio.Event()
        return queue, lost


class Traffic:
    """Gets events and effects of the machine, serial bytes of the line, and notes."""

    def __init__(self) -> None:
        self._history: deque[Passed] = deque()
        self._history_bytes = 0
        self._subscribers: list[Subscriber] = []

    def join(self, *, past: bool = True) -> Subscriber:
        """Subscribe until `leave`; with ``past`` first come the serial bytes that are kept. Raises FullError."""
        if len(self._subscribers) >= SUBSCRIBERS_MAX:
            raise FullError(f"{SUBSCRIBERS_MAX} clients follow this module already")
        subscriber = Subscriber(list(self._history) if past else [])
        self._subscribers.append(subscriber)
        return subscriber

    @property
    def followers(self) -> int:
        """How many subscribers there are."""
        return len(self._subscribers)

    def leave(self, subscriber: Subscriber) -> None:
        self._subscribers.remove(subscriber)

    def observe(self, item: Event | Effect | Note, now_us: int) -> None:
        if isinstance(item, HostBytes | HostEffect):
            if not said(item):
                return  # a host that polls SPI would drown the rest
            self._keep(Passed(item, now_us), len(item.data))
        elif isinstance(item, TimeReached):
            return  # says nothing that its effects do not say
        if self._subscribers:
            passed, size = Passed(item, now_us), _size(item)
            for subscriber in self._subscribers:
                subscriber.put(passed, size)

    def _keep(self, passed: Passed, size: int) -> None:
        self._history.append(passed)
        self._history_bytes += size
        while self._history_bytes > HISTORY_BYTES and len(self._history) > 1:
            old = self._history.popleft().item
            assert isinstance(old, HostBytes | HostEffect)
            self._history_bytes -= len(old.data)


def _size(item: Event | Effect | Note) -> int:
    """About how many bytes an item keeps: the data of sockets and flash images too, not only that of the line."""
    values = (getattr(item, name) for name in item.__struct_fields__)
    return _ITEM_BYTES + sum(len(value) for value in values if isinstance(value, bytes | str))
