"""When something begins: at a time, at a match on the serial line, at an event.

A serial pattern is matched against what is sent, however it is cut into pieces, and its moment is right behind its last
byte: `Triggers.matches` says where to cut the data at hand.
"""

from collections.abc import Callable

from wizfi_emu.agenda import Action, Agenda
from wizfi_emu.faults.model import Source, When
from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.streams import Search, Stream

WINDOW_BYTES = 4096
"""A pattern longer than this is not found: more is not remembered of what was sent before."""

RUSH_TIMES = 1000
RUSH_US = 100_000
"""More often than so many times in so short a time, a trigger has brought itself about again: it never would end."""

_MICROS = 1_000_000


class Armed:
    """A trigger that waits for its moment."""

    __slots__ = ("_count", "_fired", "_rush_us", "action", "off", "when")

    def __init__(self, when: When, action: Action) -> None:
        self.when = when
        self.action = action
        self.off = False
        self._count = 0
        self._fired = 0
        self._rush_us = 0

    def rushes(self, now_us: int) -> bool:
        """It fires once more: whether that is too often."""
        if now_us - self._rush_us > RUSH_US:
            self._fired, self._rush_us = 0, now_us
        self._fired += 1
        return self._fired > RUSH_TIMES

    def counts(self) -> bool:
        """One more match or event: whether this is the one, or one of those."""
        self._count += 1
        return self._count == self.when.nth or (self.when.every and self._count > self.when.nth)


class Triggers:
    """All that are armed."""

    def __init__(self, agenda: Agenda, warn: Callable[[str], None]) -> None:
        """``agenda`` keeps what comes at a time; it outlives resets of the module."""
        self._agenda = agenda
        self._warn = warn
        self._streams: dict[Source, Stream] = {"host": Stream(), "module": Stream()}
        self._patterns: dict[Source, dict[Armed, Search]] = {"host": {}, "module": {}}
        self._events: dict[str, list[Armed]] = {}

    def arm(self, when: When, now_us: int, action: Action) -> Armed:
        """Act at the moment, until `disarm`."""
        armed = Armed(when, action)
        if when.at is not None:
            self._later(armed, now_us + round((when.at + when.after) * _MICROS))
        elif when.event is not None:
            self._events.setdefault(when.event, []).append(armed)
        elif when.expression is not None:
            stream = self._streams[when.source]
            self._patterns[when.source][armed] = Search(stream, stream.end, when.expression)
        return armed

    def disarm(self, armed: Armed) -> None:
        armed.off = True
        if armed.when.event is not None:
            kept = [one for one in self._events[armed.when.event] if one is not armed]
            self._events[armed.when.event] = kept
            if not kept:
                del self._events[armed.when.event]
        elif armed.when.at is None:
            del self._patterns[armed.when.source][armed]

    def matches(self, source: Source, data: bytes) -> list[tuple[int, Armed]]:
        """The triggers that fire within this data, each with the offset behind its match, in order."""
        stream = self._streams[source]
        start = stream.end
        stream.add(data)
        found = []
        for armed, search in self._patterns[source].items():
            while (end := search.take()) is not None:
                if armed.counts():
                    found.append((max(0, end - start), armed))
        stream.forget(stream.end - WINDOW_BYTES)
        return sorted(found, key=lambda one: one[0])

    def watches(self, source: Source) -> bool:
        """Whether any pattern is looked for in what this side sends."""
        return bool(self._patterns[source])

    def passed(self, item: Event | Effect, now_us: int) -> None:
        for armed in tuple(self._events.get(type(item).__name__, ())):
            if not armed.off and armed.counts():
                self.fire(armed, now_us)

    def fire(self, armed: Armed, now_us: int) -> None:
        if armed.off:
            return
        if armed.rushes(now_us):
            self.disarm(armed)
            self._warn("trigger disabled: it keeps triggering itself")
        elif armed.when.after and armed.when.at is None:
            self._later(armed, now_us + round(armed.when.after * _MICROS))
        else:
            armed.action()

    def _later(self, armed: Armed, due_us: int) -> None:
        self._agenda.add(due_us, lambda: None if armed.off else armed.action())
