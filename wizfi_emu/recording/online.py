"""When the bytes of a recording were on the line.

A machine sends a text at once and its line takes time for it. A replay needs the first, people look at the second: here
bytes to the host stand where the last of them has left the line. Bytes of the host are there already when their last
one has come.
"""

from collections import deque
from collections.abc import Iterator

from wizfi_emu.module import events as ev
from wizfi_emu.module.effects import UartSend
from wizfi_emu.recording.format import Item, Left, Recording


def on_the_line(recording: Recording) -> Iterator[tuple[int, Item]]:
    """Events and effects with their times, in the order of time.

    What a power cut kept from leaving is not there. In a recording without notes of the line everything has left at
    once. Where faults change or delay the bytes to the host, their times are those of the bytes that left instead.
    """
    if not recording.left:
        yield from recording.items()
        return
    passed = _Passed()
    notes = deque(sorted(recording.left, key=lambda note: note.until_us))
    for time_us, item in recording.items():
        while notes and notes[0].until_us < time_us:
            passed.leave(notes.popleft())
        passed.add(time_us, item)
    for note in notes:
        passed.leave(note)
    yield from passed.in_order()


class _Passed:
    """Collects what has passed; ``waiting`` has the bytes to the host that have not left, and how many of each have."""

    def __init__(self) -> None:
        self._found: list[tuple[int, Item]] = []
        self._waiting: deque[tuple[int, UartSend]] = deque()
        self._gone = 0

    def add(self, time_us: int, item: Item) -> None:
        if isinstance(item, UartSend):
            self._waiting.append((time_us, item))
            return
        if isinstance(item, ev.PoweredOff):
            self._cut_off(time_us)
        self._found.append((time_us, item))

    def leave(self, note: Left) -> None:
        count, byte_us = note.count, (note.until_us - note.since_us) / note.count
        while self._waiting and (count or not note.waiting):
            _, item = self._waiting[0]
            rest = len(item.data) - self._gone
            if note.waiting and count < rest:
                self._gone += count
                return
            # With nothing behind it on the line, what has not left by now is lost.
            count = max(0, count - rest)
            self._found.append((round(note.until_us - count * byte_us), item))
            self._waiting.popleft()
            self._gone = 0

    def in_order(self) -> Iterator[tuple[int, Item]]:
        """Everything. What has no note was under way when the recording ended."""
        yield from sorted([*self._found, *self._waiting], key=lambda found: found[0])

    def _cut_off(self, time_us: int) -> None:
        if self._gone:
            self._found.append((time_us, UartSend(self._waiting[0][1].data[: self._gone])))
        self._waiting.clear()
        self._gone = 0
