"""The boot loader's YMODEM receiver (firmware 1.0.5.2): one file, CRC read but not verified."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from wizfi_emu.module import effects as fx
from wizfi_emu.module.tasks import Read, Steps

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

SOH, STX, EOT, ACK, NAK, CAN = b"\x01", b"\x02", b"\x04", b"\x06", b"\x15", b"\x18"
CRC_REQUEST = b"C"
BLOCK_BYTES = {SOH: 128, STX: 1024}
PACKET_LIMIT_US = 300_000  # the boot loader counts instead of measuring; this is an estimate
ERRORS_MAX = 5
_SUFFIXES = {"k": 1024, "m": 1024 * 1024}


class Outcome(Enum):
    """How a transfer ended."""

    DONE = "done"
    TOO_BIG = "too big"
    ABORTED = "aborted"
    FAILED = "failed"


class Transfer(NamedTuple):
    """A transfer that is over. Name and data are empty unless it is done; ``erased``: it began to write."""

    outcome: Outcome
    erased: bool = False
    name: str = ""
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
    """Receives one file over the serial line of a module, as a part of its foreground task."""

    def __init__(self, module: Module, limit_bytes: int) -> None:
        self._module = module
        self._limit_bytes = limit_bytes
        self._name = ""
        self._size = 0
        self._data = bytearray()
        self._erased = False
        self._led_lit = False

    def receive(self) -> Steps[Transfer]:
        """Run the transfer to its end, whatever end that is."""
        expected, in_file, errors, got_packet = 0, False, 0, False
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
                return Transfer(Outcome.FAILED, self._erased)
            if packet is _Signal.END:
                self._send(ACK)
                expected, in_file = 0, False
                continue
            assert isinstance(packet, _Packet)
            if packet.number != expected & 0xFF:
                self._send(NAK)
                continue
            errors, got_packet = 0, True
            if in_file:
                self._data += packet.data
                self._send(ACK)
                expected += 1
                continue
            if not packet.data.strip(b"\0"):
                self._send(ACK)
                return Transfer(Outcome.DONE, self._erased, self._name, bytes(self._data[: self._size]))
            if not self._read_header(packet.data):
                return self._cancel(Outcome.TOO_BIG)
            self._send(ACK + CRC_REQUEST)
            expected, in_file = 1, True

    def _read_header(self, data: bytes) -> bool:
        """Take name and size of block 0; False when the file is too big."""
        name, _, rest = data.partition(b"\0")
        self._name = name.decode("latin-1")
        self._size = _parse_size(rest.partition(b"\0")[0].partition(b" ")[0].decode("latin-1"))
        if self._size > self._limit_bytes:
            return False
        self._erased = True
        self._data.clear()
        return True

    def _read_packet(self) -> Steps[_Packet | _Signal]:
        first = yield Read(1, PACKET_LIMIT_US)
        if first == EOT:
            return _Signal.END
        if first in (b"a", b"A"):
            return _Signal.ABORTED
        if first == CAN:
            second = yield Read(1, PACKET_LIMIT_US)
            return _Signal.CANCELLED if second == CAN else _Signal.BAD
        size = BLOCK_BYTES.get(first) if isinstance(first, bytes) else None
        if size is None:
            return _Signal.BAD
        rest = yield Read(2 + size + 2, PACKET_LIMIT_US)
        if not isinstance(rest, bytes) or rest[0] ^ rest[1] != 0xFF:
            return _Signal.BAD
        return _Packet(rest[0], rest[2 : 2 + size])

    def _cancel(self, outcome: Outcome) -> Transfer:
        self._send(CAN + CAN)
        return Transfer(outcome, self._erased)

    def _send(self, data: bytes) -> None:
        self._module.emit(fx.UartSend(data))

    def _toggle_led(self) -> None:
        self._led_lit = not self._led_lit
        self._module.emit(fx.SetPin("led1", level=not self._led_lit))


def _parse_size(text: str) -> int:
    """Decimal or 0x, with an optional k or m. Anything else counts as 0."""
    factor = _SUFFIXES.get(text[-1:].lower(), 1)
    digits = text[:-1] if factor > 1 else text
    try:
        return int(digits, 16 if digits.lower().startswith("0x") else 10) * factor
    except ValueError:
        return 0
