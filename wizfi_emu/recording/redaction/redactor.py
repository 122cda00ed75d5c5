"""Events without their keys and passwords.

Only events are looked at: what the machine orders is found by a second machine that gets the redacted events and never
knew a secret (see `recorder`). On the serial line a secret may come in pieces, so events are held back from the moment
at which a line is known to hold one until its end.

Not looked at is the data that host and peers exchange: it is theirs, and its form is not known.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from wizfi_emu.module import events as ev
from wizfi_emu.module.spi import Mosi
from wizfi_emu.recording.redaction import secrets
from wizfi_emu.recording.redaction.bursts import SpiBurst
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.requests import RequestMasker
from wizfi_emu.recording.redaction.tables import TableMasker

LINE_BYTES = 1024
"""A longer line is not waited for. The module takes 255 bytes; the others may be edited away or be data."""
PATIENCE_US = 60_000_000
"""How long the end of a line is waited for. What is held back would be lost in a kill."""
HELD_BYTES_MAX = 256 * 1024
"""What comes while the end of a line is waited for, from peers too, is held back up to here."""
_HELD_COST_BYTES = 64  # what an event counts beside its data, so that many small ones are bounded too
COMMAND_MODE_BYTES = 2048
"""More bytes at a time are data, of data mode or of AT+SSEND: the receive buffer has no more room for commands."""
_WHOLE_REST = 1 << 62  # bytes, more than come
_COMMAND_BYTES = 16  # more than the longest command word that is looked for
_LF, _BACKSPACE, _SLASH = 0x0A, 0x08, 0x2F


class _Piece(NamedTuple):
    """Bytes of the current line: ``size`` of them from ``start`` on in the data of one event."""

    data: bytearray
    start: int
    size: int


class SerialMasker:
    """Finds lines in the bytes from the host, and masks them where they are."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._line = bytearray()
        self._pieces: list[_Piece] = []
        self._to_blank = 0  # bytes at most, up to the end of the line
        self._key_bytes_left = 0
        self._key_bytes_again = 0  # what ``A/`` asks for, which repeats the last line
        self._tables = TableMasker(masks)

    @property
    def waits(self) -> bool:
        """Whether what came is not complete, so that the data given last must not be used yet."""
        return self._tables.waits or (self._may_hold_command and secrets.COMMAND.search(self._edited()) is not None)

    @property
    def _may_hold_command(self) -> bool:
        """Whether it is worth while to edit the line and to look: each command has both, and editing adds nothing."""
        return b"=" in self._line and b"+" in self._line

    def receive(self, data: bytearray, *, in_data_mode: bool = False) -> None:
        """Take the data of one event. It is changed now, and later as long as `waits` is true.

        Data is not waited for, although a command may be in it by mistake.
        """
        waited = self.waits
        if not in_data_mode or waited:
            if not self._tables.receive(data):
                self._receive_lines(data)
        else:
            self._receive_lines(data)
            if self.waits:
                self.give_up(LINE_BYTES)

    def _receive_lines(self, data: bytearray) -> None:
        if self._matters(data):
            self._read_lines(data)
        else:
            self._begin_line_behind(data)
        self._forget_data()

    def _matters(self, data: bytearray) -> bool:
        """Whether there can be a command; data mode would be slow otherwise."""
        return len(data) > COMMAND_MODE_BYTES or b"+" in data or self._is_within

    @property
    def _is_within(self) -> bool:
        """Whether what comes next may be the rest of something that is masked."""
        return bool(self._to_blank or self._key_bytes_left or self._key_bytes_again or b"+" in self._line)

    def _begin_line_behind(self, data: bytearray, position: int = 0) -> None:
        """Pass over the lines in the data from a position on; the last one may go on."""
        start = data.rfind(b"\r", position) + 1
        if start:
            self._begin_line()
        self._add(_Piece(data, max(start, position), len(data) - max(start, position)))

    def _begin_line(self) -> None:
        self._line.clear()
        self._pieces.clear()

    def _read_lines(self, data: bytearray) -> None:
        upper = data.upper() if len(data) > COMMAND_MODE_BYTES else None
        position = 0
        while position < len(data):
            if upper is not None and not self._line and not self._is_within:
                command = upper.find(secrets.COMMAND_START, position)
                if command < 0:
                    self._begin_line_behind(data, position)
                    return
                position = max(position, data.rfind(b"\r", position, command) + 1)
            if self._key_bytes_left:
                count = min(self._key_bytes_left, len(data) - position)
                data[position : position + count] = self._masks.private_key(bytes(count))
                self._key_bytes_left -= count
                position += count
                continue
            found = data.find(b"\r", position)
            end = len(data) if found < 0 else found
            repeated = self._end_of_repeat(data, position, end) if self._key_bytes_again else 0
            if repeated:
                self._begin_line()
                self._key_bytes_left = self._key_bytes_again
                position = repeated
                continue
            count = min(self._to_blank, end - position)
            if count:
                self._blank(data, range(position, position + count))
                self._to_blank -= count
            self._add(_Piece(data, position + count, end - position - count))
            if found >= 0:
                self._end_line()
            position = end + 1

    def _end_of_repeat(self, data: bytearray, position: int, end: int) -> int:
        """Where ``A/`` at the beginning of a line ends, if it does so in this part of the data."""
        stored = bytearray(self._edited())
        for index in range(position, end):
            byte = data[index]
            if byte == _SLASH and stored.upper() == b"A":
                return index + 1
            if byte == _BACKSPACE:
                del stored[-1:]
            elif byte != _LF:
                stored.append(byte)
        return 0

    def expect_private_key(self, line: bytes) -> None:
        """A line that came by air is executed: it may ask for a key on the serial line."""
        self._key_bytes_left += secrets.private_key_follows(line)

    def give_up(self, rest_bytes: int = _WHOLE_REST) -> None:
        """Mask what there is of the line, and of the rest of it so many bytes when they come."""
        if self._line:
            self._mask_line()
            self._to_blank = rest_bytes
        self._tables.give_up()

    def reset(self) -> None:
        """The module restarts: the line begins anew."""
        self.give_up()
        self._to_blank = 0
        self._key_bytes_left = self._key_bytes_again = 0

    def _add(self, piece: _Piece) -> None:
        if piece.size:
            self._pieces.append(piece)
            self._line += memoryview(piece.data)[piece.start : piece.start + piece.size]

    def _end_line(self) -> None:
        self._to_blank = 0
        if self._line:
            self._key_bytes_left = self._key_bytes_again = secrets.private_key_follows(self._mask_line())

    def _forget_data(self) -> None:
        """A line that is as long as this is data; only its end may be the beginning of a command."""
        if len(self._line) > LINE_BYTES:
            if self.waits:
                self.give_up()
            else:
                last = self._pieces[-1]
                size = min(last.size, _COMMAND_BYTES)
                del self._line[: len(self._line) - size]
                self._pieces[:] = [_Piece(last.data, last.start + last.size - size, size)]

    def _edited(self) -> bytes:
        """The line as the module's line editor makes it."""
        if _BACKSPACE not in self._line:
            return bytes(self._line).replace(b"\n", b"")
        return bytes(self._line[index] for index in self._kept())

    def _kept(self) -> list[int]:
        """Where in the line each byte stands that the line editor keeps."""
        kept: list[int] = []
        for index, byte in enumerate(self._line):
            if byte == _BACKSPACE:
                del kept[-1:]
            elif byte != _LF:
                kept.append(index)
        return kept

    def _mask_line(self) -> bytes:
        """Write the masks into the events; gives the line as it was."""
        line = self._edited() if self._may_hold_command else b""
        command = secrets.find_command(line)
        if command is not None:
            kept = self._kept()
            # What was typed behind the command's word and deleted again may have been a secret too.
            behind = range(kept[command.end() - 1] + 1, len(self._line))
            self._blank(self._line, set(behind).difference(kept))
            for index, byte in zip(kept, secrets.mask_line(line, self._masks), strict=True):
                self._line[index] = byte
            self._write_back()
        self._begin_line()
        return line

    def _blank(self, data: bytearray, indices: Iterable[int]) -> None:
        """Overwrite bytes with ``x``, except for the line editor's own characters."""
        for index in indices:
            if data[index] not in (_LF, _BACKSPACE):
                data[index] = ord("x")
                self._masks.used = True

    def _write_back(self) -> None:
        position = 0
        for data, start, size in self._pieces:
            data[start : start + size] = self._line[position : position + size]
            position += size


class Redactor:
    """Takes events, and gives them back when it is clear what of them is secret."""

    def __init__(
        self, in_data_mode: Callable[[], bool] = lambda: False, hears_spi: Callable[[], bool] = lambda: True
    ) -> None:
        """Of a module that has done what was given back: whether it is in data mode, and whether it hears SPI."""
        self.masks = Masks()
        self.overflows = 0
        """How often ``HELD_BYTES_MAX`` was reached: the rest of the line is masked to its end."""
        self._in_data_mode = in_data_mode
        self._hears_spi = hears_spi
        self._mosi = Mosi()
        self._serial = SerialMasker(self.masks)
        self._requests = RequestMasker(self.masks)
        self._held: list[tuple[int, ev.Event | bytearray | SpiBurst]] = []
        self._held_bytes = 0

    def receive(self, time_us: int, event: ev.Event) -> list[tuple[int, ev.Event]]:
        """The events that are ready, with their times. Most often it is this one alone."""
        if isinstance(event, ev.UartReceived):
            data = bytearray(event.data)
            self._held.append((time_us, data))
            self._serial.receive(data, in_data_mode=self._in_data_mode())
        elif isinstance(event, ev.SpiTransferred):
            burst = SpiBurst(event.data, self._mosi if self._hears_spi() else None)
            self._held.append((time_us, burst))
            if burst.data:
                self._serial.receive(burst.data, in_data_mode=self._in_data_mode())
        else:
            self._held.append((time_us, self._mask(event)))
        if self._serial.waits:
            self._held_bytes += len(getattr(event, "data", b"")) + _HELD_COST_BYTES
            full = self._held_bytes > HELD_BYTES_MAX
            if not full and time_us - self._held[0][0] < PATIENCE_US:
                return []
            self.overflows += full
            self._serial.give_up()
        return self._ready()

    def close(self) -> list[tuple[int, ev.Event]]:
        """No more events come: give what is held back."""
        self._serial.give_up()
        return self._ready()

    def _ready(self) -> list[tuple[int, ev.Event]]:
        held, self._held = self._held, []
        self._held_bytes = 0
        return [(time_us, _as_event(event)) for time_us, event in held]

    def _mask(self, event: ev.Event) -> ev.Event:
        masks = self.masks
        match event:
            case ev.PoweredOn():
                self._serial.reset()
                self._mosi = Mosi()
            case ev.AirCommandReceived():
                for line in event.data.split(b"\r"):
                    self._serial.expect_private_key(line)
                return replace(event, data=secrets.mask_lines(event.data, masks))
            case ev.WebDataReceived():
                return replace(event, data=self._requests.mask(event.client, event.data))
            case ev.SocketReceived():
                # Commands that went out as data by mistake, and a peer that sends back what it gets.
                return replace(event, data=secrets.mask_lines(event.data, masks))
        return secrets.mask_fields(event, masks)


def _as_event(held: ev.Event | bytearray | SpiBurst) -> ev.Event:
    match held:
        case bytearray():
            return ev.UartReceived(bytes(held))
        case SpiBurst():
            return ev.SpiTransferred(held.masked())
        case _:
            return held
