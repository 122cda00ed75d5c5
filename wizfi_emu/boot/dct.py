"""The device configuration table (DCT) as a file, as far as its layout is known (firmware 1.0.5.2).

======  =====  ==================================================================
offset  bytes  content
======  =====  ==================================================================
0       4      full size, 0x4000
4       4      used size, 0x201C
8       4      flags: write incomplete, current, application valid, manufacturer
12      4      ``BRCM``
16      4      function to run at the next boot
20      156    manufacturer's texts
0xB0    2048   private key, PEM text
0x8B0   4096   certificate, PEM text
0x18B0  16     key
0x18C0  1884   Wi-Fi configuration and AT profile: layout not known
======  =====  ==================================================================

The last part of a real module's table is therefore opaque: key and certificate are taken from it, and the profile is
reset, as after any change of version. In a table that `write_dct` made, that part holds the profile in a form of our
own, so such tables carry everything from one virtual module to another.
"""

import struct
import zlib
from typing import Annotated, NamedTuple

from wizfi_emu.secret import Secret, discreet

FULL_BYTES = 0x4000
USED_BYTES = 0x201C
KEY_OFFSET, KEY_BYTES = 0xB0, 2048
CERTIFICATE_OFFSET, CERTIFICATE_BYTES = 0x8B0, 4096
PROFILE_OFFSET = 0x18C0
PROFILE_BYTES = USED_BYTES - PROFILE_OFFSET
_HEADER = struct.Struct("<II4s4sI")
_FLAGS = bytes((0, 1, 1, 0))  # complete, current, application valid, no manufacturer's information
_MAGIC = b"BRCM"
_OURS = b"wizfi-emu\0"


@discreet
class Dct(NamedTuple):
    """A configuration table. ``profile`` is what `write_dct` was given, None when that part is opaque."""

    application_valid: bool
    private_key: Annotated[bytes, Secret.PRIVATE_KEY]
    certificate: bytes
    profile: Annotated[bytes | None, Secret.IMAGE]


def read_dct(data: bytes) -> Dct | str:
    """The table in ``data``, or in words why it is none."""
    if not USED_BYTES <= len(data) <= FULL_BYTES:
        size = f"more than {FULL_BYTES}" if len(data) > FULL_BYTES else str(len(data))
        return f"the file has {size} bytes, a configuration table has {USED_BYTES} to {FULL_BYTES}"
    full, used, flags, magic, _ = _HEADER.unpack_from(data)
    if magic != _MAGIC or (full, used) != (FULL_BYTES, USED_BYTES):
        return "the file does not begin as a configuration table does"
    incomplete, current, valid, _ = flags
    if incomplete or not current:
        return f"the table is marked as {'incomplete' if incomplete else 'replaced by another one'}"
    return Dct(
        valid == 1,
        _text(data, KEY_OFFSET, KEY_BYTES),
        _text(data, CERTIFICATE_OFFSET, CERTIFICATE_BYTES),
        _unpack_profile(data[PROFILE_OFFSET:USED_BYTES]),
    )


def write_dct(private_key: bytes, certificate: bytes, profile: bytes) -> bytes:
    """A table with these contents. Raises ValueError when one does not fit."""
    packed = _OURS + zlib.compress(profile, 9)
    for what, content, room in (
        ("private key", private_key, KEY_BYTES - 1),
        ("certificate", certificate, CERTIFICATE_BYTES - 1),
        ("profile", packed, PROFILE_BYTES - 2),
    ):
        if len(content) > room:
            raise ValueError(f"the {what} has {len(content)} bytes, the configuration table has room for {room}")
    table = bytearray(b"\0" * USED_BYTES)
    _HEADER.pack_into(table, 0, FULL_BYTES, USED_BYTES, _FLAGS, _MAGIC, 0)
    table[KEY_OFFSET : KEY_OFFSET + len(private_key)] = private_key
    table[CERTIFICATE_OFFSET : CERTIFICATE_OFFSET + len(certificate)] = certificate
    table[PROFILE_OFFSET : PROFILE_OFFSET + 2 + len(packed)] = struct.pack("<H", len(packed)) + packed
    return bytes(table)


def _text(data: bytes, offset: int, room: int) -> bytes:
    # Erased flash reads as ones, a cleared field as zeros.
    return data[offset : offset + room].partition(b"\0")[0].rstrip(b"\xff")


def _unpack_profile(area: bytes) -> bytes | None:
    (length,) = struct.unpack_from("<H", area)
    packed = area[2 : 2 + length]
    if not packed.startswith(_OURS):
        return None
    try:
        return zlib.decompress(packed[len(_OURS) :])
    except zlib.error:
        return None
