"""The lines that host and module say, put together from the pieces in which a recording has them.

A person's keys and their echo come byte by byte, and both directions at once; a line of the module comes in one piece
for each of its fields. People want to read lines.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from wizfi_emu.module.effects import UartSend
from wizfi_emu.module.events import PoweredOff, PoweredOn, UartReceived
from wizfi_emu.recording.format import Item

LINE_BYTES_MAX = 512
"""More is another row."""
BACK_TO_BACK_US = 20_000
"""What follows so soon was sent in one go."""
TYPED_BYTES = 2
TYPED_GAP_US = 3_000_000
"""Pieces of so few bytes each, with so much time between them at most, are somebody's keys or their echo."""


class Line(NamedTuple):
    """An event or effect; a line of the serial line has the time of its first piece in ``since_us``."""

    since_us: int
    time_us: int
    item: Item


@dataclass(slots=True)
class _Open:
    """A line to which more may come."""

    at: int
    since_us: int
    time_us: int
    data: bytearray
    typed: bool
    """All pieces had few bytes."""

    def takes(self, time_us: int, piece: bytes) -> bool:
        if len(self.data) + len(piece) > LINE_BYTES_MAX or self.data.endswith(b"\n"):
            return False
        gap_us = time_us - self.time_us
        if self.data.endswith(b"\r"):
            return piece == b"\n" and gap_us <= BACK_TO_BACK_US
        return gap_us <= (TYPED_GAP_US if self.typed and len(piece) <= TYPED_BYTES else BACK_TO_BACK_US)


def in_lines(items: Iterable[tuple[int, Item]]) -> list[Line]:
    """Events and effects in the order of their times, the serial bytes put together to lines.

    A line stands where its last piece came. It ends with CR, LF or both, with a pause, and where the module has said a
    whole line since (then the host's open line ends too).
    """
    rows: list[Line] = []
    lines: list[_Open] = []
    open_lines: dict[type[Item], _Open] = {}
    for time_us, item in items:
        if isinstance(item, UartReceived | UartSend):
            kind = type(item)
            line = open_lines.get(kind)
            if line is not None and line.takes(time_us, item.data):
                line.data += item.data
                line.typed = line.typed and len(item.data) <= TYPED_BYTES
                line.at, line.time_us = len(rows), time_us
            else:
                line = open_lines[kind] = _Open(
                    len(rows), time_us, time_us, bytearray(item.data), typed=len(item.data) <= TYPED_BYTES
                )
                lines.append(line)
            rows.append(Line(time_us, time_us, item))
            if kind is UartSend and line.data.endswith(b"\n"):
                said = open_lines.get(UartReceived)
                # The echo of a line is no answer to its beginning.
                if said is not None and not bytes(line.data).startswith(bytes(said.data)):
                    del open_lines[UartReceived]
            continue
        if isinstance(item, PoweredOn | PoweredOff):
            open_lines.clear()
        rows.append(Line(time_us, time_us, item))
    return _joined(rows, lines)


def _joined(rows: list[Line], lines: list[_Open]) -> list[Line]:
    whole = {line.at: line for line in lines}
    joined = []
    for at, row in enumerate(rows):
        if not isinstance(row.item, UartReceived | UartSend):
            joined.append(row)
        elif (line := whole.get(at)) is not None:
            joined.append(Line(line.since_us, line.time_us, type(row.item)(bytes(line.data))))
    return joined
