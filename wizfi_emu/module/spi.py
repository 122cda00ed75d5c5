"""The two directions of the SPI slave: a pipe of bytes with codes in it (firmware 1.0.5.2).

There are no frames: each transfer carries one byte each way. A code is two bytes, ``F1`` and its number; ``F0`` says
nothing. The rules of what comes back:

- When a transfer begins, the byte for the next one is loaded. So output that is there when a transfer begins comes back
  in the one after it.
- Loaded is what is left of a pair, then a code that is due, then the next byte of the queue, unless the host has
  stopped it. Otherwise it is ``F0``.
- DATA_READY is high from the moment when something is queued or due until the second ``F0`` in a row is loaded.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

NULL, ESCAPE = 0xF0, 0xF1
DATA_F0, DATA_F1, SYNC, XON, XOFF, ERROR = range(6)
"""The codes. The first two stand for the bytes F0 and F1 themselves."""

QUEUE_BYTES = 511
"""Output that waits for the host. The ring of the firmware has 512 bytes, of which one tells full from empty."""

NULLS_TO_LOW = 2
"""How many F0 in a row are loaded before DATA_READY goes low."""

_NULL_BYTE, _ESCAPE_BYTE = bytes((NULL,)), bytes((ESCAPE,))
_SAID = re.compile(rb"[^\xf0]")


class Wiring(NamedTuple):
    """How one end of the wires takes them: the SPI mode (CPOL and CPHA), and which bit of a byte goes first."""

    mode: int = 0
    msb_first: bool = True

    @classmethod
    def of_option(cls, option: int) -> "Wiring":
        """Of an option of AT+MSPI: bit 0 is the rising edge, bit 1 a clock that idles high, bit 3 MSB first."""
        idles_high, rising = bool(option & 2), bool(option & 1)
        return cls(2 * idles_high + (rising == idles_high), bool(option & 8))


def escaped(data: bytes) -> bytes:
    """Data as it goes over the wire."""
    return data.replace(_ESCAPE_BYTE, b"\xf1\x01").replace(_NULL_BYTE, b"\xf1\x00")


def without_nulls(wire: bytes) -> bytes:
    """What is said on the wire."""
    return wire.replace(_NULL_BYTE, b"")


class Piece(NamedTuple):
    """What the host has said up to ``end``: data, and perhaps a code that came at its end."""

    end: int
    data: bytes = b""
    code: int | None = None


class Mosi:
    """What the bytes of the host mean."""

    __slots__ = ("_escaped",)

    def __init__(self) -> None:
        self._escaped = False

    def read(self, mosi: bytes, start: int, most: int) -> Piece:
        """Read on from ``start``: a run of NULLs, up to ``most`` bytes of data, or the rest of a code."""
        if mosi[start] == NULL:
            said = _SAID.search(mosi, start)
            return Piece(said.start() if said else len(mosi))
        if self._escaped:
            return self._read_code(mosi[start], start + 1)
        if mosi[start] == ESCAPE:
            self._escaped = True
            return Piece(start + 1)
        end = min(start + most, len(mosi))
        escape = mosi.find(ESCAPE, start, end)
        end = end if escape < 0 else escape
        return Piece(end, without_nulls(mosi[start:end]))

    def _read_code(self, code: int, end: int) -> Piece:
        if code == ESCAPE:
            return Piece(end)  # the first one does not count
        self._escaped = False
        match code:
            case 0:
                return Piece(end, _NULL_BYTE, code)
            case 1:
                return Piece(end, _ESCAPE_BYTE, code)
            case _:
                return Piece(end, code=code)


class Miso:
    """What comes back. ``set_ready`` is called at each change of DATA_READY."""

    __slots__ = ("_due", "_nulls", "_queue", "_register", "_resumed", "_set_ready", "ready", "stopped")

    def __init__(self, set_ready: Callable[[bool], None]) -> None:
        self._set_ready = set_ready
        self.ready = False
        self.stopped = False
        """The host has sent XOFF."""
        self._queue = bytearray()
        self._due = bytearray()  # the rest of a pair, and behind it codes: at most XOFF, XON and an answer to SYNC each
        self._register = NULL
        self._nulls = NULLS_TO_LOW
        self._resumed = False

    @property
    def queued_bytes(self) -> int:
        return len(self._queue)

    @property
    def room(self) -> int:
        return QUEUE_BYTES - len(self._queue)

    def put(self, data: bytes) -> None:
        """Queue output that there is room for."""
        self._queue += data
        self.call()

    def put_silently(self, data: bytes) -> None:
        """Queue output if there is room, without a word to the host."""
        if self.room >= len(data):
            self._queue += data

    def put_code(self, code: int) -> None:
        """Send a code before anything else; one that is due already is not sent twice."""
        pair = bytes((ESCAPE, code))
        if pair not in self._due:
            self._due += pair
        self.call()

    def call(self) -> None:
        """DATA_READY high, until two NULLs are loaded."""
        self._nulls = 0
        if not self.ready:
            self.ready = True
            self._set_ready(True)

    def stop(self) -> None:
        """The host takes nothing for now but codes."""
        self.stopped = True

    def resume(self) -> None:
        """The host takes output again. It hears of what waits when the first byte of it is loaded."""
        self._resumed = self.stopped and bool(self._queue)
        self.stopped = False

    def exchange(self, count: int) -> bytes:
        """What so many transfers in a row give back."""
        loaded = self._load(count)
        came = bytes((self._register,)) + loaded[:-1]
        self._register = loaded[-1]
        return came

    def _load(self, count: int) -> bytes:
        loaded = bytes(self._due[:count])
        del self._due[:count]
        if self._queue and not self.stopped and len(loaded) < count:
            loaded += self._take(count - len(loaded))
            if self._resumed:
                self._resumed = False
                self.call()
        if loaded:
            self._nulls = 0
        nulls = count - len(loaded)
        self._nulls += nulls
        if self.ready and self._nulls >= NULLS_TO_LOW:
            self.ready = False
            self._set_ready(False)
        return loaded + _NULL_BYTE * nulls

    def _take(self, count: int) -> bytes:
        """So many bytes for the wire out of the queue, or all that it has; what is left of a pair comes next."""
        data = bytes(self._queue[:count])
        wire = escaped(data)[:count]
        cut = wire.endswith(_ESCAPE_BYTE)
        used = len(wire) - wire.count(ESCAPE) + cut
        if cut:
            self._due += escaped(data[used - 1 : used])[1:]
        del self._queue[:used]
        return wire
