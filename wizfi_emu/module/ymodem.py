"""The boot loader's YMODEM receiver (firmware 1.0.5.2): one file, CRC read but not verified."""

import re
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from wizfi_emu.module import effects as fx
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.tasks import Read, Steps

SOH, STX, EOT, ACK, NAK, CAN = b"\x01", b"\x02", b"\x04", b"\x06", b"\x15", b"\x18"
CRC_REQUEST = b"C"
BLOCK_BYTES = {SOH: 128, STX: 1024}
BYTE_LIMIT_US = 300_000  # for each byte; the boot loader counts instead of measuring, so this is an estimate
ERRORS_MAX = 5
_SIZE = re.compile(rb"(0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10})([kKmM]?)")
_FACTORS = {b"": 1, b"k": 1024, b"m": 1024 * 1024}


class Outcome(Enum):
    """How a transfer ended."""

    DONE = "done"
    TOO_BIG = "too big"
    UNWRITABLE = "flash error"
    ABORTED = "aborted"
    FAILED = "failed"


class Transfer(NamedTuple):
    """A transfer that is over. ``erased``: what it was to replace is gone. ``size_bytes`` is what block 0 said."""

    outcome: Outcome
    erased: bool
    name: bytes = b""
    size_bytes: int = 0
    data: bytes = b""


class _Packet(NamedTuple):
    number: int
    data: bytes


class _Signal(Enum):
    BAD = "bad"
    END = "end of transmission"
    CANCELLED = "cancelled by the sender"
    ABORTED = "aborted by a key"


class YmodemReceiver:
    """Receives one file over the serial line, as a part of the foreground task."""

    def __init__(self, kernel: Kernel, limit_bytes: int, erase: Callable[[], Steps[bool]]) -> None:
        """``erase`` makes room when a file of at most ``limit_bytes`` is announced, and gives whether that worked."""
        self._kernel = kernel
        self._limit_bytes = limit_bytes
        self._erase = erase
        self._erased = False
        self._name = b""
        self._size = 0
        self._data = bytearray()
        self._led_lit = False

    def receive(self) -> Steps[Transfer]:
        """Run the transfer to its end, whatever end that is."""
        expected, errors, got_packet = 0, 0, False
        while True:
            packet = yield from self._read_packet()
            self._toggle_led()
            if packet is _Signal.BAD:
                errors += got_packet
                if errors > ERRORS_MAX:
                    return self._cancel(Outcome.FAILED)
                self._send(CRC_REQUEST)
                continue
            if packet is _Signal.ABORTED:
                return self._cancel(Outcome.ABORTED)
            if packet is _Signal.CANCELLED:
                self._send(ACK)
                return self._end(Outcome.FAILED)
            errors = 0
            if packet is _Signal.END:
                self._send(ACK)
                expected = 0
                continue
            assert isinstance(packet, _Packet)
            if packet.number != expected & 0xFF:
                self._send(NAK)
                continue
            got_packet = True
            if expected:
                # What exceeds the announced size is padding.
                self._data += packet.data[: self._size - len(self._data)]
                self._send(ACK)
            elif not packet.data.startswith(b"\0"):
                refused = yield from self._begin(packet.data)
                if refused is not None:
                    return self._cancel(refused)
                self._send(ACK + CRC_REQUEST)
            else:
                self._send(ACK)
                return self._end(Outcome.DONE if self._size else Outcome.FAILED)
            expected += 1

    def _begin(self, header: bytes) -> Steps[Outcome | None]:
        """Take name and size of block 0 and make room; gives why not."""
        if self._erased:
            return Outcome.FAILED  # The real one would write a second file behind the first.
        self._name, _, rest = header.partition(b"\0")
        self._size = _parse_size(rest.partition(b"\0")[0].partition(b" ")[0])
        if self._size > self._limit_bytes:
            return Outcome.TOO_BIG
        self._erased = True
        return None if (yield from self._erase()) else Outcome.UNWRITABLE

    def _read_packet(self) -> Steps[_Packet | _Signal]:
        first = yield from self._read(1)
        if first == EOT:
            return _Signal.END
        if first in (b"a", b"A"):
            return _Signal.ABORTED
        if first == CAN:
            return _Signal.CANCELLED if (yield from self._read(1)) == CAN else _Signal.BAD
        size = BLOCK_BYTES.get(first)
        if size is None:
            return _Signal.BAD
        rest = yield from self._read(2 + size + 2)
        if not rest or rest[0] ^ rest[1] != 0xFF:
            return _Signal.BAD
        return _Packet(rest[0], rest[2 : 2 + size])

    def _read(self, count: int) -> Steps[bytes]:
        """So many bytes; empty when they did not come, and then the piece that came is gone too."""
        data = yield Read(count, BYTE_LIMIT_US, per_byte=True)
        if isinstance(data, bytes):
            return data
        self._kernel.forget_input()
        return b""

    def _cancel(self, outcome: Outcome) -> Transfer:
        self._send(CAN + CAN)
        return self._end(outcome)

    def _end(self, outcome: Outcome) -> Transfer:
        return Transfer(outcome, self._erased, self._name, self._size, bytes(self._data))

    def _send(self, data: bytes) -> None:
        self._kernel.emit(fx.UartSend(data))

    def _toggle_led(self) -> None:
        self._led_lit = not self._led_lit
        self._kernel.emit(fx.SetPin("led1", level=not self._led_lit))


def _parse_size(text: bytes) -> int:
    """Decimal or 0x, with an optional k or m. Anything else counts as 0."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return 0
    number, suffix = found.groups()
    return int(number, 16 if number[1:2] in (b"x", b"X") else 10) * _FACTORS[suffix.lower()]
