"""The application image (``APP.bin``): what its header tells, and whether it can be one at all.

Little-endian 32-bit words: 0x00 offset of the vector table, 0x04 image size with header, 0x10 and 0x14 the addresses of
the name and the version text. There is no magic number and no checksum (firmware 1.0.5.2).
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

APP_ADDRESS = 0x08010000
APP_BYTES_MAX = 983_040
HEADER_BYTES = 0x18
VECTOR_TABLE_OFFSET = 0x200
TEXT_BYTES_MAX = 32
_VERSION = re.compile(rb"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")


class AppImage(NamedTuple):
    """An image that can be an application. Texts are empty where the header leads nowhere."""

    size_bytes: int
    name: str
    version: str


def read_app_image(data: bytes) -> AppImage | str:
    """The image in ``data``, or in words why it cannot be one."""
    if len(data) < HEADER_BYTES:
        return f"the file has {len(data)} bytes, too few for a firmware image"
    vectors, size, _, _, name, version = struct.unpack_from("<6I", data)
    if vectors != VECTOR_TABLE_OFFSET:
        return f"word 0 is 0x{vectors:08x}, a firmware image has 0x{VECTOR_TABLE_OFFSET:08x}"
    if size > APP_BYTES_MAX:
        return f"word 1 is {size}, a firmware image has at most {APP_BYTES_MAX} bytes"
    if size > len(data):
        return f"word 1 is {size}, but the file has only {len(data)} bytes"
    return AppImage(size, _text_at(data, name), _version_in(data, version))


def _text_at(data: bytes, address: int) -> str:
    start = address - APP_ADDRESS
    if not 0 <= start < len(data):
        return ""
    text = data[start : start + TEXT_BYTES_MAX].partition(b"\0")[0]
    return text.decode("ascii") if text.isascii() and text.decode("ascii").isprintable() else ""


def _version_in(data: bytes, address: int) -> str:
    """The four numbers of the version text, whatever else stands around them."""
    found = _VERSION.search(_text_at(data, address).encode())
    return found.group().decode() if found else ""
