"""The application image (``APP.bin``): what its header tells, whether it can be one at all, and how to make one.

Little-endian 32-bit words: 0x00 offset of the vector table, 0x04 image size with header, 0x10 and 0x14 the addresses of
the name and the version text. There is no magic number and no checksum (firmware 1.0.5.2).
"""

import re
import struct
from typing import NamedTuple

APP_ADDRESS = 0x08010000
APP_BYTES_MAX = 983_040
VECTOR_TABLE_OFFSET = 0x200
APP_BYTES_MIN = VECTOR_TABLE_OFFSET + 8
"""Header area, initial stack pointer and reset vector: nothing can start with less."""
NAME = "wizfi_wiced"

_HEADER = struct.Struct("<6I")
_VECTORS = struct.Struct("<2I")
_STACK_ADDRESS = 0x20020000
_TEXT_BYTES = 32
_TEXTS_OFFSET = APP_BYTES_MIN
_CODE_OFFSET = _TEXTS_OFFSET + 2 * _TEXT_BYTES
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII)


class AppImage(NamedTuple):
    """An image that can be an application. Texts are empty where the header leads nowhere."""

    size_bytes: int
    name: str
    version: str


def read_app_image(data: bytes) -> AppImage | str:
    """The image in ``data``, or in words why it cannot be one."""
    if len(data) < APP_BYTES_MIN:
        return f"the file has {len(data)} bytes, too few for a firmware image"
    if len(data) > APP_BYTES_MAX:
        return f"the file has more than the {APP_BYTES_MAX} bytes of the application area"
    vectors, size, _, _, name, version = _HEADER.unpack_from(data)
    if vectors != VECTOR_TABLE_OFFSET:
        return f"word 0 is 0x{vectors:08x}, a firmware image has 0x{VECTOR_TABLE_OFFSET:08x}"
    if not APP_BYTES_MIN <= size <= APP_BYTES_MAX:
        return f"word 1 is {size}, a firmware image has {APP_BYTES_MIN} to {APP_BYTES_MAX} bytes"
    if size > len(data):
        return f"word 1 is {size}, but the file has only {len(data)} bytes"
    return AppImage(size, _text_at(data, name), _version_in(_text_at(data, version)))


def make_app_image(version: str, size_bytes: int) -> bytes:
    """An image that `read_app_image` takes and no processor could run; the same bytes for the same arguments.

    Raises ValueError for a text that is no version, and for a size that no image can have.
    """
    if _VERSION.fullmatch(version) is None:
        raise ValueError(f"{version!r} is not a version like 1.0.5.2")
    if not _CODE_OFFSET <= size_bytes <= APP_BYTES_MAX:
        raise ValueError(f"{size_bytes} bytes, an image has {_CODE_OFFSET} to {APP_BYTES_MAX}")
    name_address = APP_ADDRESS + _TEXTS_OFFSET
    header = _HEADER.pack(VECTOR_TABLE_OFFSET, size_bytes, 0, 0, name_address, name_address + _TEXT_BYTES)
    # Bit 0 of a vector says that the code is Thumb code.
    vectors = _VECTORS.pack(_STACK_ADDRESS, (APP_ADDRESS + _CODE_OFFSET) | 1)
    texts = b"".join(text.encode().ljust(_TEXT_BYTES, b"\0") for text in (NAME, version))
    # Every byte value occurs, so that a transfer that changes one is found.
    code = bytes(range(256)) * (size_bytes // 256)
    return (header.ljust(VECTOR_TABLE_OFFSET, b"\0") + vectors + texts + code)[:size_bytes]


def _text_at(data: bytes, address: int) -> str:
    start = address - APP_ADDRESS
    if not 0 <= start < len(data):
        return ""
    text = data[start : start + _TEXT_BYTES].partition(b"\0")[0]
    return text.decode("ascii") if text.isascii() and text.decode("ascii").isprintable() else ""


def _version_in(text: str) -> str:
    """The four numbers of the version text, whatever else stands around them."""
    found = _VERSION.search(text)
    return found.group() if found else ""
