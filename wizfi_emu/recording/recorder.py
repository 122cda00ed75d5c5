"""Writes a recording: an observer for ``Device.observers``.

With the secrets in it, each event and effect is written as it passes. Without them, the redacted events go to a machine
of the recorder's own, the twin, and its effects are written: it never knew a secret, so none can be in what it orders,
and a replay gives the same bytes. What the module itself ordered is compared with that; a difference is logged.
"""

import logging
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from wizfi_emu.errors import UserError
from wizfi_emu.factory import new_module
from wizfi_emu.module.effects import Effect, UartSend
from wizfi_emu.module.events import Event, PoweredOn, UartReceived
from wizfi_emu.recording.files import open_output
from wizfi_emu.recording.format import (
    EVENTS,
    Header,
    Item,
    Left,
    decode_recording,
    encode_header,
    encode_item,
    encode_left,
    encode_note,
)
from wizfi_emu.recording.redaction.linenotes import LineMasker, carried_over
from wizfi_emu.recording.redaction.redactor import Redactor
from wizfi_emu.stages.notes import LineChanged, Note

Write = Callable[[bytes], None]
"""Takes whole lines: what belongs together, in one piece."""

HEADER_BYTES_MAX = 64 * 1024
"""A longer file is a recording with something in it, or no recording."""

_log = logging.getLogger("wizfi_emu.recording")


class LineNotes:
    """Notes of the bytes to the host that have left the line. What leaves in one go, with nothing between, is one."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._last: Left | None = None

    def left(self, count: int, since_us: float, until_us: float, waiting: int) -> None:
        """So many bytes have left the line from when to when, and so many wait behind them."""
        last, since = self._last, round(since_us)
        if last is not None and last.until_us == since:
            count, since = last.count + count, last.since_us
        else:
            self.flush()
        self._last = Left(count, since, round(until_us), waiting)

    def flush(self) -> None:
        """Write what is held back; call it before anything else is written."""
        if self._last is not None:
            self._write(encode_left(self._last))
            self._last = None


class Recorder:
    """Records everything as it is."""

    def __init__(self, write: Write, header: Header) -> None:
        self._write = write
        self.line = LineNotes(write)
        self._ordered_bytes = self._told_bytes = 0
        write(encode_header(header))

    def __call__(self, item: Item, time_us: int) -> None:
        """Record an event, or an effect of the last event."""
        self._count(item)
        self.line.flush()
        self._write(encode_item(time_us, item))

    def see_note(self, note: Note, time_us: int) -> None:
        """Record what happens around the machine."""
        if isinstance(note, LineChanged):
            note = self._placed(note)
        self._write_note(note, time_us)

    def _write_note(self, note: Note, time_us: int) -> None:
        self.line.flush()
        self._write(encode_note(time_us, note))

    def _placed(self, note: LineChanged) -> LineChanged:
        """Counted from the beginning of the recording."""
        at = self._ordered_bytes - note.at if note.way == "to-host" else self._told_bytes + note.at
        return replace(note, at=at)

    def _count(self, item: Item) -> None:
        if isinstance(item, UartSend):
            self._ordered_bytes += len(item.data)
        elif isinstance(item, UartReceived):
            self._told_bytes += len(item.data)

    def close(self) -> None:
        self.line.flush()


class RedactingRecorder(Recorder):
    """Records a session in which every key and password is another one."""

    def __init__(self, write: Write, header: Header) -> None:
        super().__init__(write, header)
        self.diverged = False
        """Whether the twin did something else than the module: then the recording is of the twin from there on."""
        self._twin = new_module(header.firmware)
        self._redactor = Redactor(lambda: self._twin.data_mode.active, lambda: self._twin.ports.miso is not None)
        self._ordered: deque[list[Effect]] = deque()
        self._expected: deque[list[Effect]] = deque()
        self._line_masker = LineMasker(self._redactor.masks, lambda: self._twin.data_mode.active)
        self._compared_bytes = 0
        self._to_host: deque[tuple[int, LineChanged]] = deque()

    def __call__(self, item: Item, time_us: int) -> None:
        """Record an event; an effect is only compared with what the twin does."""
        if isinstance(item, UartReceived):
            self._write_notes(self._line_masker.told(item.data))
        elif isinstance(item, PoweredOn):
            self._write_notes(self._line_masker.reset())
        self._count(item)
        if type(item).__name__ in EVENTS:
            self._compare()
            self._ordered.append([])
            overflows = self._redactor.overflows
            self._record(self._redactor.receive(time_us, item))  # type: ignore[arg-type]  # by its name an event
            if self._redactor.overflows > overflows == 0:
                _log.warning("a command line with a key does not end; the recording masks the rest of it")
        elif self._ordered:
            self._ordered[-1].append(item)  # type: ignore[arg-type]  # what is no event is an effect

    def see_note(self, note: Note, time_us: int) -> None:
        """Record what happens around the machine; bytes are written when it is known what of them is secret."""
        if not isinstance(note, LineChanged):
            self._write_note(note, time_us)
        elif note.way == "to-host":
            self._to_host.append((time_us, self._placed(note)))
        else:
            self._write_notes(self._line_masker.changed(time_us, self._placed(note)))

    def _write_notes(self, notes: list[tuple[int, LineChanged]]) -> None:
        for time_us, note in notes:
            self._write_note(note, time_us)

    def close(self) -> None:
        self._record(self._redactor.close())
        self.line.flush()
        self._compare()
        self._write_notes(self._line_masker.close())

    def _record(self, ready: list[tuple[int, Event]]) -> None:
        lines: list[bytes] = []
        for time_us, event in ready:
            effects = self._twin.handle(event, time_us)
            self._expected.append(effects)
            lines.append(encode_item(time_us, event))
            lines += [encode_item(time_us, effect) for effect in effects]
        if lines:
            self.line.flush()
            self._write(b"".join(lines))

    def _compare(self) -> None:
        while self._expected and self._ordered:
            ordered, expected = self._ordered.popleft(), self._expected.popleft()
            self._write_to_host(_sent(ordered), _sent(expected))
            if ordered != expected and not self.diverged and not self._alike(ordered, expected):
                self.diverged = True
                _log.warning(
                    "the recording is no longer what the module does: a key or password that is left out of it makes a "
                    "difference; --record-secrets records everything"
                )

    def _write_to_host(self, ordered: bytes, expected: bytes) -> None:
        """The notes about these bytes, which are known as the module and as the twin has sent them."""
        start, self._compared_bytes = self._compared_bytes, self._compared_bytes + len(ordered)
        while self._to_host and self._to_host[0][1].at < self._compared_bytes:
            time_us, note = self._to_host.popleft()
            place = slice(note.at - start, note.at - start + len(note.machine))
            masked = expected[place] if len(expected) == len(ordered) else b"?" * len(note.machine)
            line = carried_over(note.machine, masked, note.line)
            self._write_note(replace(note, machine=masked, line=line), time_us)

    def _alike(self, ordered: list[Effect], expected: list[Effect]) -> bool:
        """Whether masks can be all that is different."""
        return self._redactor.masks.used and [_outline(one) for one in ordered] == [_outline(one) for one in expected]


def _sent(effects: list[Effect]) -> bytes:
    return b"".join(effect.data for effect in effects if isinstance(effect, UartSend))


def _outline(effect: Effect) -> tuple[type[Effect], int]:
    return type(effect), len(getattr(effect, "data", b""))


def new_recorder(write: Write, header: Header) -> Recorder:
    """The recorder that the header asks for. ``close`` it at the end."""
    return RedactingRecorder(write, header) if header.redacted else Recorder(write, header)


@contextmanager
def open_recorder(path: Path, header: Header, *, overwrite: bool = False) -> Iterator[Recorder]:
    """Record into a file; see `open_recording`."""
    with open_recording(path, overwrite=overwrite) as write:
        recorder = new_recorder(write, header)
        try:
            yield recorder
        finally:
            recorder.close()


@contextmanager
def open_recording(path: Path, *, overwrite: bool = False) -> Iterator[Write]:
    """A file for a recording, which only its owner can read. ``overwrite``: what was there before is gone.

    Raises UserError when the file cannot be written, another program is recording into it, or it holds something that
    is not to be overwritten. When writing fails later, a warning is logged and the recording ends there, but nothing
    else does.
    """
    fd = open_output(path, f"--record {path}")
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            if not overwrite and not _holds_nothing(path):
                raise UserError(f"--record {path}: the file is not empty; --force overwrites it")
            os.ftruncate(fd, 0)
        elif path != Path(os.devnull):
            raise UserError(f"--record {path}: not a regular file")
        yield _FileWriter(fd, path).write
    finally:
        os.close(fd)


def _holds_nothing(path: Path) -> bool:
    """Whether nothing would be lost: a start that failed leaves the header of a recording alone."""
    if path.stat().st_size > HEADER_BYTES_MAX:
        return False
    content = path.read_bytes()
    try:
        return not content or not decode_recording(content, str(path)).batches
    except UserError:
        return False


class _FileWriter:
    """Writes each piece with one system call, so that a kill leaves whole pieces."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self._path = path
        self._failed = False

    def write(self, data: bytes) -> None:
        while data and not self._failed:
            try:
                data = data[os.write(self._fd, data) :]
            except OSError as error:
                self._failed = True
                _log.warning("--record %s: %s; the recording ends here", self._path, error.strerror)
