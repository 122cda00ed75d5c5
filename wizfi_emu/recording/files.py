"""Reading recordings from files, and writing what is made of them."""

from __future__ import annotations

from pathlib import Path

from wizfi_emu.errors import UserError
from wizfi_emu.recording.format import Recording, decode_recording


def read_recording(path: Path) -> Recording:
    """Read a recording. Raises UserError for a file that cannot be read or is no recording."""
    return decode_recording(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """The content of a file. Raises UserError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def write_file(path: Path, content: bytes) -> None:
    """Write a file, in place of what is there. Raises UserError when it cannot be written."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error
