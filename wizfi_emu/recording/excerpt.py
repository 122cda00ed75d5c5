"""What happened last, everybody's part of it in one list: what a person reads when something has failed.

Bytes are those of the serial line, as they passed there; what the module was told instead, or had ordered, is in the
lines of the faults. A line of text is one line of the list, at the time of its first byte.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_lines
from wizfi_emu.recording.show import show_bytes
from wizfi_emu.recording.words import lane_of, words_of
from wizfi_emu.stages.notes import Note

KEPT_LINES = 400
SHOWN_LINES = 40
LINE_BYTES = 512
"""A longer line is cut into several."""
SHOWN_BYTES = 120
PAUSE_US = 1_000_000
"""After a pause as long as this a line without an end is over, unless it may be a command that is typed."""

_ENDS = (b"\r", b"\n")


@dataclass(slots=True)
class _Line:
    time_us: int
    who: str
    data: bytearray
    last_us: int

    @property
    def text(self) -> str:
        data = mask_lines(bytes(self.data), Masks())
        more = f" and {len(data) - SHOWN_BYTES} more bytes" if len(data) > SHOWN_BYTES else ""
        return show_bytes(data[:SHOWN_BYTES])[1:-1] + more


@dataclass(frozen=True, slots=True)
class _Remark:
    time_us: int
    who: str
    text: str


class Excerpt:
    """Gets everything that passes, and keeps the last of it. Times are the module's, in microseconds."""

    def __init__(self, kept_lines: int = KEPT_LINES) -> None:
        self._entries: deque[_Line | _Remark] = deque(maxlen=kept_lines)
        self._open: dict[str, _Line] = {}
        self._ended: dict[str, _Line] = {}

    def see(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        """An event or effect of the machine."""
        match item:
            case ev.PoweredOn(cause=cause):
                self.remark("power", f"the module starts ({cause.value})", now_us)
            case ev.ResetPulled(cause=cause):
                self.remark("power", f"reset from outside ({cause.value})", now_us)
            case fx.Reset(cause=cause):
                self.remark("power", f"the module resets itself ({cause.value})", now_us)
            case ev.UartLost(count=count, cause=reason):
                self.remark("line", f"the module loses {count} bytes: {reason.value}", now_us)
            case _:
                pass

    def see_line(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        """What the serial line has carried."""
        if isinstance(item, ev.HostBytes | fx.HostEffect) and (data := said(item)):
            self.heard("host" if isinstance(item, ev.HostBytes) else "module", data, now_us)

    def see_note(self, note: Note, now_us: int) -> None:
        """What happens around the machine."""
        self.remark(lane_of(note), words_of(note), now_us)

    def remark(self, who: str, text: str, now_us: int) -> None:
        """Something that is said of somebody."""
        self._entries.append(_Remark(now_us, who, text))

    def heard(self, who: str, data: bytes, now_us: int) -> None:
        """Bytes of somebody. They are joined to lines."""
        for piece in _lines(data):
            line, ended = self._open.get(who), self._ended.get(who)
            if piece == b"\n" and line is None and ended is not None and ended.data.endswith(b"\r"):
                ended.data += piece
                continue
            if line is None or (now_us - line.last_us > PAUSE_US and b"+" not in line.data):
                line = self._open[who] = _Line(now_us, who, bytearray(), now_us)
                self._entries.append(line)
            line.data += piece
            line.last_us = now_us
            if piece.endswith(_ENDS) or len(line.data) >= LINE_BYTES:
                self._ended[who] = self._open.pop(who)

    def lines(self, count: int = SHOWN_LINES) -> Iterator[str]:
        """The last lines: time, who, and what."""
        kept = tuple(self._entries)  # in one step: another thread may look while things happen
        entries = sorted(kept, key=lambda entry: entry.time_us)[-count:]
        width = max((len(entry.who) for entry in entries), default=0)
        for entry in entries:
            yield f"{entry.time_us / 1e6:9.3f} s  {entry.who:<{width}}  {entry.text}"


def _lines(data: bytes) -> Iterator[bytes]:
    """Pieces that end with a line, as far as there is an end, and none of them longer than a line may be."""
    start = 0
    while start < len(data):
        ends = [at for end in _ENDS if (at := data.find(end, start)) >= 0]
        end = min(ends) + 1 if ends else len(data)
        if data[end - 1 : end + 1] == b"\r\n":
            end += 1
        end = min(end, start + LINE_BYTES)
        yield data[start:end]
        start = end
