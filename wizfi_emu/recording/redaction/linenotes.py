"""Keys and passwords in what the line has carried, where faults have made something else of it.

The bytes of the host as they came over the line are put together from what the machine was told and from the notes, and
masked as a line of commands is. So a key is found also where a fault has spoilt the name of its command for the module.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.redactor import LINE_BYTES, SerialMasker
from wizfi_emu.stages.notes import LineChanged

WAITING_NOTES_MAX = 4096
"""Notes that wait for the end of a line; then what there is of it is masked."""

Noted = list[tuple[int, LineChanged]]


@dataclass(slots=True)
class _Waiting:
    time_us: int
    note: LineChanged
    line: bytearray


class LineMasker:
    """Follows the bytes of the host on the line, and gives the notes about them when it is clear what is secret."""

    def __init__(self, masks: Masks, in_data_mode: Callable[[], bool]) -> None:
        self._serial = SerialMasker(masks)
        self._in_data_mode = in_data_mode
        self._head = bytearray()
        """The line that the host is at, until there is a note."""
        self._has_notes = False
        self._told_bytes = 0
        self._skipped_bytes = 0
        self._ahead: deque[tuple[int, LineChanged]] = deque()
        self._waiting: list[_Waiting] = []

    def changed(self, time_us: int, note: LineChanged) -> Noted:
        """A note about bytes to the module; ``at`` counts from the beginning of the recording."""
        if not self._has_notes:
            self._has_notes = True
            self._carry(bytearray(self._head))
            self._head.clear()
        self._ahead.append((time_us, note))
        self._reach()
        return self._ready()

    def told(self, data: bytes) -> Noted:
        """The machine is told bytes. Those that no note is about are what the line has carried."""
        if not self._has_notes:
            self._head += data
            start = max(self._head.rfind(b"\r") + 1, len(self._head) - LINE_BYTES)
            del self._head[:start]
            self._told_bytes += len(data)
            return []
        while data:
            size = len(data)
            if self._skipped_bytes:
                size = min(size, self._skipped_bytes)
                self._skipped_bytes -= size
            else:
                if self._ahead:
                    size = min(size, self._ahead[0][1].at - self._told_bytes)
                self._carry(bytearray(data[:size]))
            self._told_bytes += size
            data = data[size:]
            self._reach()
        return self._ready()

    def reset(self) -> Noted:
        """The module restarts: its line begins anew."""
        self._serial.reset()
        self._head.clear()
        return self._ready()

    def close(self) -> Noted:
        """No more comes."""
        for time_us, note in self._ahead:
            self._enter(time_us, note)
        self._ahead.clear()
        self._serial.give_up()
        return self._ready()

    def _reach(self) -> None:
        """Enter what begins where the machine has been told up to."""
        while self._ahead and not self._skipped_bytes and self._ahead[0][1].at <= self._told_bytes:
            time_us, note = self._ahead.popleft()
            self._enter(time_us, note)
            self._skipped_bytes = len(note.machine)

    def _enter(self, time_us: int, note: LineChanged) -> None:
        line = bytearray(note.line)
        self._waiting.append(_Waiting(time_us, note, line))
        self._carry(line)

    def _carry(self, data: bytearray) -> None:
        self._serial.receive(data, in_data_mode=self._in_data_mode())

    def _ready(self) -> Noted:
        if self._serial.waits:
            if len(self._waiting) < WAITING_NOTES_MAX:
                return []
            self._serial.give_up()
        ready, self._waiting = self._waiting, []
        return [(one.time_us, _masked(one.note, bytes(one.line))) for one in ready]


def _masked(note: LineChanged, line: bytes) -> LineChanged:
    return replace(note, line=line, machine=carried_over(note.line, line, note.machine))


def carried_over(known: bytes, masked: bytes, other: bytes) -> bytes:
    """What a fault has made of bytes, or has made them of, with the same masks; ``?`` where it cannot be said."""
    if known == masked:
        return other
    if len(known) == len(other):
        return bytes(a ^ b ^ c for a, b, c in zip(known, masked, other, strict=True))
    return b"?" * len(other)
