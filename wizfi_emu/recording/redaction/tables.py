"""Configuration tables that go to the boot loader by YMODEM: the private key and the profile in them.

A table is found by its first bytes in block 1, held back until the end of the transmission, and written again into the
blocks that it came in, with right checksums. What is not known of its layout is cleared: the module does not read it.
"""

import re
from binascii import crc_hqx
from collections.abc import Iterator

from wizfi_emu.boot.dct import (
    FULL_BYTES,
    KEY_BYTES,
    KEY_OFFSET,
    PROFILE_BYTES,
    PROFILE_OFFSET,
    USED_BYTES,
    read_dct,
    write_dct,
)
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_image

_FIRST_BLOCK = re.compile(rb"[\x01\x02]\x01\xfe\x00\x40\x00\x00\x1c\x20\x00\x00.{4}BRCM", re.DOTALL)
_MARK = b"BRCM"
_FIRST_BYTES = 19
_SIZES = {0x01: 128, 0x02: 1024}  # SOH, STX
_HEAD, _CRC = 3, 2
_ENDS = b"\4\x18aA"  # EOT, CAN, and the keys that abort
_HEADER_BYTES = 20
_SECOND_KEY = slice(0x18B0, 0x18C0)
_LIMIT_BYTES = 4 * FULL_BYTES  # blocks may come several times


class TableMasker:
    """Watches the bytes from the host for a configuration table."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks
        self._seen = bytearray()
        self._pieces: list[bytearray] = []
        self._before = 0

    @property
    def waits(self) -> bool:
        """Whether a table has begun and not ended."""
        return bool(self._pieces)

    def receive(self, data: bytearray) -> bool:
        """Take the data of one event; whether it belongs to a table. It is changed when the table has ended."""
        if not self._pieces:
            self._before = len(self._seen)
            self._seen += data
            found = _FIRST_BLOCK.search(self._seen) if _MARK in self._seen else None
            if found is None:
                del self._seen[: -(_FIRST_BYTES - 1)]
                return False
            self._before -= found.start()
            del self._seen[: found.start()]
        else:
            self._seen += data
        self._pieces.append(data)
        ended = self._ended()
        if ended:
            self._mask()
        elif len(self._seen) > _LIMIT_BYTES:
            self.give_up()
        return True

    def give_up(self) -> None:
        """The table will not end: clear what came of it."""
        if self._pieces:
            for number, start, size in self._blocks():
                skipped = _FIRST_BYTES - _HEAD if number == 1 else 0
                self._seen[start + skipped : start + size] = bytes(max(0, min(size, len(self._seen) - start) - skipped))
            self._write_back()

    def _ended(self) -> bool:
        position = 0
        for _, start, size in self._blocks():
            position = start + size + _CRC
        return position <= len(self._seen) and any(byte in _ENDS for byte in self._seen[position:])

    def _blocks(self) -> Iterator[tuple[int, int, int]]:
        """Number, start and size of the data of each block; the last one may be incomplete."""
        position = 0
        while position < len(self._seen):
            first = self._seen[position]
            size = _SIZES.get(first)
            if first in _ENDS:
                return
            if size is None:
                position += 1
                continue
            if position + 1 < len(self._seen):
                yield self._seen[position + 1], position + _HEAD, size
            position += _HEAD + size + _CRC

    def _mask(self) -> None:
        blocks: dict[int, bytes] = {}
        for number, start, size in self._blocks():
            blocks.setdefault(number, bytes(self._seen[start : start + size]))
        table = bytearray(b"".join(blocks.values()))
        mask_table(table, self._masks)
        places: dict[int, int] = {}
        place = 0
        for number, data in blocks.items():
            places[number] = place
            place += len(data)
        for number, start, size in self._blocks():
            data = bytes(table[places[number] : places[number] + size])
            self._seen[start : start + size + _CRC] = data + crc_hqx(data, 0).to_bytes(_CRC, "big")
        self._write_back()

    def _write_back(self) -> None:
        # The beginning of block 1 may have come in an event that is gone already; it does not change.
        position = self._before
        for data in self._pieces:
            skipped = max(0, -position)
            part = self._seen[position + skipped : position + len(data)]
            data[skipped : skipped + len(part)] = part
            position += len(data)
        self._pieces.clear()
        self._seen.clear()


def mask_table(table: bytearray, masks: Masks) -> None:
    """Mask a configuration table where it is; one that the module will not read is cleared behind its header."""
    dct = read_dct(bytes(table[:FULL_BYTES]))
    if isinstance(dct, str):
        table[_HEADER_BYTES:] = bytes(max(0, len(table) - _HEADER_BYTES))
        return
    key = masks.private_key(dct.private_key)
    table[KEY_OFFSET : KEY_OFFSET + KEY_BYTES] = key.ljust(KEY_BYTES, b"\0")
    table[_SECOND_KEY] = bytes(_SECOND_KEY.stop - _SECOND_KEY.start)
    table[PROFILE_OFFSET:USED_BYTES] = _masked_profile(dct.profile, masks)
    table[USED_BYTES:] = bytes(len(table) - USED_BYTES)


def _masked_profile(profile: bytes | None, masks: Masks) -> bytes:
    if profile is not None:
        try:
            return write_dct(b"", b"", mask_image(profile, masks))[PROFILE_OFFSET:USED_BYTES]
        except ValueError:
            pass  # with the masks it can no longer be packed into the room that there is
    return bytes(PROFILE_BYTES)
