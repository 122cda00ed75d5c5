"""The line editor of command mode: bytes in, echo and completed lines out.

Rules (firmware 1.0.5.2): CR ends a line, LF is ignored, backspace deletes the last stored byte, ``A/`` repeats the last
completed line at once; everything else is stored, up to 255 bytes, and echoed even when there is no room for it.
"""

from typing import NamedTuple

LINE_LIMIT_BYTES = 255  # firmware 1.0.5.2: later bytes are echoed but dropped

_CR, _LF, _BACKSPACE, _SLASH = 0x0D, 0x0A, 0x08, 0x2F
_SPECIAL = frozenset((_CR, _LF, _BACKSPACE, _SLASH))


class LineStep(NamedTuple):
    """What `LineEditor.receive` did."""

    consumed: int
    """How many of the bytes were used."""
    echo: bytes
    """What the host sees if echo is on."""
    line: bytes | None
    """A line to execute now; None when all bytes are used and no line is complete."""


class LineEditor:
    """Assembles command lines. One editor serves the serial line and air commands, as on the module."""

    __slots__ = ("_last", "_stored")

    def __init__(self) -> None:
        self._stored = bytearray()
        self._last: bytes | None = None

    @property
    def last(self) -> bytes:
        """The last line, which ``A/`` repeats."""
        return self._last or b""

    def receive(self, data: bytes | bytearray | memoryview) -> LineStep:
        """Use bytes up to the first line that is to be executed, or all of them.

        The caller executes the line and then offers the rest again: the echo of what follows a command comes after
        the command's answer, and may have been switched by it.
        """
        echo = bytearray()
        stored = self._stored
        for index, byte in enumerate(data):
            if byte not in _SPECIAL:
                echo.append(byte)
                self._store(byte)
            elif byte == _CR:
                echo += b"\r\n"
                if not stored:
                    continue
                self._last = bytes(stored)
                stored.clear()
                return LineStep(index + 1, bytes(echo), self._last)
            elif byte == _BACKSPACE:
                echo.append(byte)
                if stored:
                    stored.pop()
            elif byte == _SLASH:
                echo.append(byte)
                if bytes(stored) in (b"A", b"a"):
                    stored.clear()
                    # Without a completed line there is nothing to repeat: "A/" itself is no command.
                    return LineStep(index + 1, bytes(echo), b"A/" if self._last is None else self._last)
                self._store(byte)
        return LineStep(len(data), bytes(echo), None)

    def _store(self, byte: int) -> None:
        if len(self._stored) < LINE_LIMIT_BYTES:
            self._stored.append(byte)
