"""Notice that somebody opens a file, by Linux' inotify. Python's library has no call for it, the C library has."""

import ctypes
import os

from wizfi_emu.errors import UserError

IN_OPEN = 0x20
"""linux/inotify.h: a file was opened."""


def watch_open(path: str) -> int:
    """A descriptor that is readable once anybody has opened ``path`` after this call. The caller closes it.

    Raises ``UserError`` when the system refuses, as it does beyond 128 watched ports of one user
    (fs.inotify.max_user_instances).
    """
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    if descriptor < 0:
        raise refusal(path)
    if libc.inotify_add_watch(descriptor, os.fsencode(path), IN_OPEN) < 0:
        error = refusal(path)
        os.close(descriptor)
        raise error
    return descriptor


def refusal(path: str) -> UserError:
    """The reason that the C library left."""
    return UserError(f"cannot wait for a host to open {path}: inotify: {os.strerror(ctypes.get_errno())}")
