"""A recording as it was on the line.

A machine sends a text at once and its line takes time for it. A replay needs the first, people look at the second: here
bytes to the host stand where the last of them has left the line. Bytes of the host are there already when their last
one has come.

Faults make of the bytes on their way something else: here stands what the line has carried, what the host has sent and
what it has got. What the machine was told and has ordered is in ``Recording.items``, and both are in the notes.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from wizfi_emu.module import events as ev
from wizfi_emu.module.effects import UartSend
from wizfi_emu.recording.format import Item, Left, Recording
from wizfi_emu.stages.notes import LineChanged, LineReleased, Note

Timed = tuple[int, Item]
_Change = tuple[int, LineChanged]


def on_the_line(recording: Recording) -> Iterator[Timed]:
    """Events and effects with their times, in the order of time.

    What a power cut kept from leaving is not there. In a recording without notes of the line everything has left at
    once, but for what faults held back. In one of format 2 with faults, bytes are those that the machine has ordered.
    """
    items = _line_side(recording)
    if recording.left:
        yield from _left_late(items, recording.left)
    else:
        yield from sorted(items, key=lambda item: item[0])


def _line_side(recording: Recording) -> list[Timed]:
    """What the line has carried, in place of what the machine was told and has ordered."""
    changes = [(time_us, note) for time_us, note in recording.notes if isinstance(note, LineChanged)]
    if not changes:
        return list(recording.items())
    to_host = _Changes(change for change in changes if change[1].way == "to-host")
    to_module = _Changes(change for change in changes if change[1].way == "to-module")
    held = deque[tuple[int, bytes]]()
    found: list[Timed] = []
    for time_us, item in recording.items():
        if isinstance(item, UartSend):
            data = bytearray()
            for part in to_host.parts(item.data):
                if isinstance(part, bytes):
                    data += part
                elif part[1].held:
                    held.append((time_us, part[1].line))
                else:
                    data += part[1].line
            if data:
                found.append((time_us, UartSend(bytes(data))))
        elif isinstance(item, ev.UartReceived):
            for part in to_module.parts(item.data):
                at_us, data_in = (time_us, part) if isinstance(part, bytes) else (part[0], part[1].line)
                if data_in:
                    found.append((at_us, ev.UartReceived(data_in)))
        else:
            found.append((time_us, item))
    found += [(time_us, ev.UartReceived(note.line)) for time_us, note in to_module.ahead]
    return [*found, *_released(held, recording.notes)]


class _Changes:
    """The changes of one direction, in the order of their places."""

    def __init__(self, changes: Iterable[_Change]) -> None:
        self.ahead = deque(sorted(changes, key=lambda change: change[1].at))
        self._passed = 0
        self._covered = 0

    def parts(self, data: bytes) -> Iterator[bytes | _Change]:
        """The next bytes of the machine's side: those that no change is about, and the changes where they begin."""
        end = self._passed + len(data)
        while self.ahead and self.ahead[0][1].at < end:
            time_us, change = self.ahead.popleft()
            yield self._plain(data, end, change.at)
            yield time_us, change
            self._covered = change.at + len(change.machine)
        yield self._plain(data, end, end)
        self._passed = end

    def _plain(self, data: bytes, end: int, until: int) -> bytes:
        start = end - len(data)
        plain = data[max(0, self._covered - start) : max(0, until - start)]
        self._covered = max(self._covered, until)
        return plain


def _released(held: deque[tuple[int, bytes]], notes: tuple[tuple[int, Note], ...]) -> Iterator[Timed]:
    """What faults held back, when they let it go; at the end of the recording some may still wait."""
    for time_us, note in notes:
        if isinstance(note, LineReleased):
            data, count = bytearray(), note.count
            while held and count:
                at_us, waiting = held.popleft()
                data += waiting[:count]
                if waiting[count:]:
                    held.appendleft((at_us, waiting[count:]))
                count -= min(count, len(waiting))
            if data:
                yield time_us, UartSend(bytes(data))


def _left_late(items: list[Timed], left: tuple[Left, ...]) -> Iterator[Timed]:
    """The items with bytes to the host where the line had passed them."""
    passed = _Passed()
    notes = deque(sorted(left, key=lambda note: note.until_us))
    for time_us, item in sorted(items, key=lambda item: item[0]):
        while notes and notes[0].until_us < time_us:
            passed.leave(notes.popleft())
        passed.add(time_us, item)
    for note in notes:
        passed.leave(note)
    yield from passed.in_order()


class _Passed:
    """Collects what has passed; ``waiting`` has the bytes to the host that have not left, and how many of each have."""

    def __init__(self) -> None:
        self._found: list[Timed] = []
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

    def in_order(self) -> Iterator[Timed]:
        """Everything. What has no note was under way when the recording ended."""
        yield from sorted([*self._found, *self._waiting], key=lambda found: found[0])

    def _cut_off(self, time_us: int) -> None:
        if self._gone:
            self._found.append((time_us, UartSend(self._waiting[0][1].data[: self._gone])))
        self._waiting.clear()
        self._gone = 0
