"""The serial line with its faults, one direction at a time.

Garbled first, then thinned out and flipped, then late. Which bytes are hit does not depend on how they are cut into
pieces; what is late does, since it is the pieces that are late.
"""

from collections import deque
from collections.abc import Callable, Sequence

from wizfi_emu.faults import model
from wizfi_emu.faults.baud import hear
from wizfi_emu.faults.live import Live, of_kind
from wizfi_emu.stages.notes import Way

LIMIT_BYTES = 256 * 1024
"""Most that waits; as much as waits in front of the line itself."""

Baud = Callable[[], int | None]
"""A baud rate now; None where it cannot be known."""


def strike(data: bytes, live: Live, way: str, lost: bytes | None) -> bytes:
    """Bytes on a way with a fault of single bytes: ``lost`` is in the place of each that is hit, None flips a bit."""
    random = live.chance(way)
    probability = live.fault.probability
    changed = bytearray()
    # One question after another for each byte: how the bytes are cut into pieces makes no difference.
    for byte in data:
        hit = probability >= 1 or random.random() < probability
        live.hits += hit
        if not hit:
            changed.append(byte)
        elif lost is None:
            changed.append(byte ^ 1 << random.randrange(8))
        else:
            changed += lost
    return bytes(changed)


class DelayLine:
    """One direction. Bytes go in with `put` and come out with `take`, at once or later, in order."""

    def __init__(self, direction: Way, module_baud: Baud, host_baud: Baud) -> None:
        self.direction = direction
        self._module_baud = module_baud
        self._host_baud = host_baud
        self._queue: deque[tuple[int, bytes]] = deque()
        self._free_us = 0
        self.queued_bytes = 0
        self.lost_bytes = 0
        """What there was no room for."""

    @property
    def next_us(self) -> int | None:
        return self._queue[0][0] if self._queue else None

    @property
    def last_us(self) -> int:
        """When the last of what waits comes out; 0 when nothing does."""
        return self._queue[-1][0] if self._queue else 0

    def struck_by(self, active: Sequence[Live]) -> list[tuple[Live, int]]:
        """The faults that concern this direction, with how often they have done something."""
        return [(live, live.hits) for live in self._faults(active)]

    def _faults(self, active: Sequence[Live]) -> list[Live]:
        return [
            live for live, fault in of_kind(active, model.SerialFault) if fault.direction in ("both", self.direction)
        ]

    def put(self, data: bytes, active: Sequence[Live], now_us: int) -> bytes:
        """Take bytes; gives what faults have made of them, which comes out now or later."""
        faults = self._faults(active)
        data = self._garbled(data, faults)
        for live in faults:
            if isinstance(live.fault, model.SerialLoss | model.SerialFlip):
                data = strike(data, live, self.direction, b"" if isinstance(live.fault, model.SerialLoss) else None)
        room = LIMIT_BYTES - self.queued_bytes
        self.lost_bytes += max(0, len(data) - room)
        if data := data[:room]:
            self._queue_up(data, faults, now_us)
        return data

    def take(self, now_us: int, room: int) -> bytes:
        """What comes out by now, at most so many bytes."""
        taken = bytearray()
        while self._queue and self._queue[0][0] <= now_us and len(taken) < room:
            due_us, data = self._queue.popleft()
            fits = room - len(taken)
            taken += data[:fits]
            if len(data) > fits:
                self._queue.appendleft((due_us, data[fits:]))
        self.queued_bytes -= len(taken)
        return bytes(taken)

    def _garbled(self, data: bytes, faults: list[Live]) -> bytes:
        for live in faults:
            match live.fault:
                case model.WrongBaud(baud=baud):
                    host: int | None = baud
                case model.StrictBaud():
                    host = self._host_baud()
                case _:
                    continue
            module = self._module_baud()
            if host and module and host != module:
                live.hits += 1
                data = hear(data, host, module) if self.direction == "to-module" else hear(data, module, host)
        return data

    def _queue_up(self, data: bytes, faults: list[Live], now_us: int) -> None:
        delay_us = gap_us = 0
        size = len(data)
        for live in faults:
            match live.fault:
                case model.SerialDelay(delay_ms=delay_ms, jitter_ms=jitter_ms) if live.applies():
                    delay_us += delay_ms * 1000 + live.jitter_us(jitter_ms)
                case model.SerialPieces(bytes=count, gap_ms=gap_ms) if live.applies():
                    size, gap_us = min(size, count), max(gap_us, gap_ms * 1000)
        due_us = max(now_us + delay_us, self._free_us)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._queue.append((due_us, piece))
            self._free_us = due_us + gap_us
            due_us += gap_us
        self.queued_bytes += len(data)
