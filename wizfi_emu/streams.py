"""Bytes that pass, and the search in them for whoever waits for something."""

import re

from wizfi_emu.patterns import Pattern

KEPT_BYTES = 4 * 1024 * 1024
"""What is kept of a stream for those who have not looked yet: minutes of the fastest line."""

MATCH_BYTES = 16 * 1024
"""What a match of an expression goes back to when more has passed; as long a text is found in any case."""


class Stream:
    """Bytes that have passed. Places are counted from the first one that ever did."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._first = 0

    def __contains__(self, data: bytes) -> bool:
        return data in self._data

    @property
    def end(self) -> int:
        """The place behind the last byte."""
        return self._first + len(self._data)

    def add(self, data: bytes) -> None:
        self._data += data
        if len(self._data) > 2 * KEPT_BYTES:
            self.forget(self.end - KEPT_BYTES)

    def forget(self, end: int) -> None:
        """Nobody needs what is before this place."""
        del self._data[: max(0, end - self._first)]
        self._first = max(self._first, end)

    def part(self, start: int, end: int | None = None) -> bytes:
        """What passed between two places, as far as it is kept."""
        return bytes(self._data[max(0, start - self._first) : None if end is None else max(0, end - self._first)])

    def search(self, expression: Pattern, start: int) -> tuple[int, int] | None:
        """The places where the first match from ``start`` on begins and behind it."""
        match = expression.search(self._data, max(0, start - self._first)) if start <= self.end else None
        return None if match is None else (self._first + match.start(), self._first + match.end())


class Search:
    """A search for a text, or for a match, that goes on when more has passed.

    ``end`` is the place behind what was looked for, once it is found.
    """

    def __init__(self, stream: Stream, start: int, wanted: bytes | Pattern) -> None:
        self._stream = stream
        self._start = start
        self._overlap = len(wanted) - 1 if isinstance(wanted, bytes) else MATCH_BYTES
        self._expression: Pattern = re.compile(re.escape(wanted)) if isinstance(wanted, bytes) else wanted
        self._looked_at = -1
        self.end: int | None = None

    def found(self) -> bool:
        """Whether it is there by now."""
        if self.end is None and self._stream.end != self._looked_at:
            found = self._stream.search(self._expression, self._start)
            self._looked_at = self._stream.end
            if found is not None:
                first, self.end = found
                self._start = max(self.end, first + 1)  # not again where nothing but a place was found
            else:
                self._start = max(self._start, self._looked_at - self._overlap)
        return self.end is not None

    def take(self) -> int | None:
        """The place behind the next one, if it is there by now; the search goes on from there."""
        if not self.found():
            return None
        end, self.end, self._looked_at = self.end, None, -1
        return end
