"""What Linux has and other systems have in part: locks of files, and flags for opening them.

Without `fcntl` (on Windows) nothing is locked: two programs may then use one file.
"""

import os

from wizfi_emu.errors import UserError

O_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
O_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
O_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
O_BINARY = getattr(os, "O_BINARY", 0)
"""Windows would turn line ends into others."""


def lock(fd: int, *, shared: bool = False, wait: bool = False) -> None:
    """Lock a file until its descriptor is closed, or the program ends.

    Raises BlockingIOError when another program has it, unless it is waited for.
    """
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))


def keep_private(fd: int) -> None:
    """Let only its owner read a file that is open. Windows has no such mode."""
    if hasattr(os, "fchmod"):
        os.fchmod(fd, 0o600)


def need_module(name: str, what: str) -> None:
    """Raise UserError that says what this system cannot do when it has no such module of Python's."""
    try:
        __import__(name)
    except ImportError:
        raise UserError(f"{what} needs a system with Python's module {name}, as Linux is") from None
