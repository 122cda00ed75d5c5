"""Reading recordings from files, and writing recordings and what is made of them."""

import os
import stat
from pathlib import Path

from wizfi_emu import portable
from wizfi_emu.errors import UserError
from wizfi_emu.recording.format import Recording, decode_recording

FILE_BYTES_MAX = 1024 * 1024 * 1024
"""Of a recording, a log or a capture: days of a busy line."""
FLAGS = portable.O_NOFOLLOW | portable.O_NONBLOCK | portable.O_CLOEXEC | portable.O_BINARY


def read_recording(path: Path) -> Recording:
    """Read a recording. Raises UserError for a file that cannot be read or is no recording."""
    return decode_recording(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """The content of a file. Raises UserError when it cannot be read, or has more than `FILE_BYTES_MAX`."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > FILE_BYTES_MAX:
        raise UserError(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    return data


def write_file(path: Path, content: bytes) -> None:
    """Write a file, in place of what is there; see `open_output`. Raises UserError when it cannot be written."""
    refusal = f"{path}: cannot be written"
    fd = open_output(path, refusal)
    try:
        with open(fd, "wb") as file:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                file.truncate(0)
            file.write(content)
    except OSError as error:
        raise UserError(f"{refusal}: {error.strerror}") from error


def open_output(path: Path, refusal: str) -> int:
    """Open a file for writing that only its owner can read, as it is; a link is not followed, a pipe not waited for.

    Nobody else writes a regular file until the descriptor is closed. Raises UserError, beginning with ``refusal``, when
    it cannot be had or a running program has it.
    """
    if path.is_symlink():
        raise UserError(f"{refusal}: a symbolic link, which is not followed")
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | FLAGS, 0o600)
    except OSError as error:
        raise UserError(f"{refusal}: {error.strerror}") from error
    try:
        if stat.S_ISREG(os.fstat(fd).st_mode):
            portable.lock(fd)
            portable.keep_private(fd)  # it may have been there before
        if portable.O_NONBLOCK:
            os.set_blocking(fd, True)
    except BlockingIOError:
        holder = _lock_holder(fd)
        os.close(fd)
        raise UserError(f"{refusal}: {holder} is recording into it") from None
    except OSError as error:
        os.close(fd)
        raise UserError(f"{refusal}: {error.strerror}") from error
    return fd


def _lock_holder(fd: int) -> str:
    status = os.fstat(fd)
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    locks = Path("/proc/locks")  # of Linux
    for line in locks.read_text().splitlines() if locks.exists() else ():
        fields = line.split()  # 1: FLOCK ADVISORY WRITE <process id> <place> 0 EOF
        if "FLOCK" in fields and place in fields:
            return f"the program with the process id {fields[fields.index(place) - 1]}"
    return "another program"
