"""What the wires make of bytes whose sender and receiver do not agree. Pure.

- Another SPI mode: one end looks at the line where the other changes it, and sees each bit one clock late. The first
  bit of a byte is what was on the line before: the last one of the byte before it.
- Another bit order: the bits of each byte come in the opposite order.
"""

from wizfi_emu.module.spi import Wiring

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
IDLE_BIT = 1  # before the first byte: the line is pulled up


class Wire:
    """One direction."""

    def __init__(self) -> None:
        self._last_bit = IDLE_BIT

    def carry(self, data: bytes, sender: Wiring, receiver: Wiring) -> bytes:
        """What arrives of bytes that are sent, as many as these."""
        if sender == receiver or not data:
            return data
        bits = data if sender.msb_first else data.translate(_REVERSED)
        if sender.mode != receiver.mode:
            bits = self._late(bits)
        return bits if receiver.msb_first else bits.translate(_REVERSED)

    def _late(self, bits: bytes) -> bytes:
        before, self._last_bit = self._last_bit, bits[-1] & 1
        number = before << 8 * len(bits) | int.from_bytes(bits)
        return (number >> 1).to_bytes(len(bits))


class Wires:
    """MOSI and MISO between a host and a module."""

    def __init__(self, host: Wiring) -> None:
        self.host = host
        self._mosi, self._miso = Wire(), Wire()

    def to_module(self, mosi: bytes, module: Wiring) -> bytes:
        return self._mosi.carry(mosi, self.host, module)

    def to_host(self, miso: bytes, module: Wiring) -> bytes:
        return self._miso.carry(miso, module, self.host)
