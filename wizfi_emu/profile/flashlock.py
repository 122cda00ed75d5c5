"""The lock of a flash file: one program at a time uses it.

This file is an edge: it opens, locks and removes files.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from wizfi_emu import portable
from wizfi_emu.errors import UserError

_LOCK_TEXT = re.compile(rb"\d{0,20}\n?")


class FlashLock:
    """An exclusive lock beside the flash file; the file itself is replaced by every write and cannot carry it.

    The kernel drops the lock when the program ends, however it ends. The lock file says who holds it, and is removed
    by ``release``.
    """

    def __init__(self, target: Path, shown: Path) -> None:
        """Lock ``target``, which messages call ``shown``. Raises UserError when that cannot be done."""
        self._path = target.with_name(target.name + ".lock")
        self._fd: int | None = None
        while self._fd is None:
            fd = self._open(shown)
            try:
                self._take(fd, shown)
            finally:
                if self._fd is None:
                    os.close(fd)

    def _take(self, fd: int, shown: Path) -> None:
        """Lock the file, unless its last holder removed it between our open and our lock."""
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1 or not _LOCK_TEXT.fullmatch(os.pread(fd, 32, 0)):
            raise UserError(f"cannot use flash file {shown}: {self._path} is in the way")
        try:
            portable.lock(fd)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            by = f"the program with the process id {holder}" if holder else "another program"
            raise UserError(f"flash file {shown} is in use by {by}") from None
        except OSError as error:
            raise unusable(shown, error) from error
        if self._is_current(fd):
            self._fd = fd
            with suppress(OSError):  # a full disk: others will not learn who has it, only that somebody has
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        if self._fd is not None:
            # Removed while locked, so that nobody can lock a file that is about to go.
            with suppress(OSError):  # the directory may have become read-only; an unlocked file does no harm
                self._path.unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = None

    def _open(self, shown: Path) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unusable(shown, error) from error

    def _is_current(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            return False


def unusable(path: Path, error: OSError) -> UserError:
    """What to tell a user whose flash file the system refuses."""
    return UserError(f"cannot use flash file {path}: {error.strerror}")
