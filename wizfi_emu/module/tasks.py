"""How the machine runs several things at once without a clock and without threads.

A task is a generator. It yields what it waits for and is resumed with the answer:

=================  ===================================================  ======================================
yields             resumed when                                         with
=================  ===================================================  ======================================
``Sleep(us)``      the time is over                                     None
``Ask(request)``   its answer came, or is overdue                       that event, or a failure
``Read(n, us)``    n serial bytes are there, or the time is over        the bytes, or None
``Until(arrange)`` the part that ``arrange`` told calls back            what that part gives
=================  ===================================================  ======================================

Only the foreground task (boot, a command, background work: the module has one task for all three) may ``Read``.
"""

from collections.abc import Callable, Generator
from typing import TypeVar

from msgspec import Struct

from wizfi_emu.module import effects as fx
from wizfi_emu.module.events import Answer, SocketSent


class Sleep(Struct, frozen=True):
    """Wait for a time."""

    us: int


class Ask(Struct, frozen=True):
    """Order a request and wait for its answer."""

    request: fx.Request[Answer]


class Read(Struct, frozen=True):
    """Wait for raw serial bytes, at most ``timeout_us`` (None: for ever), with ``per_byte`` so long for each next one.

    Bytes that came before the time was over stay for the next ``Read``. ``behind``: so many more the task is going to
    read, and the host may send ahead.
    """

    count: int
    timeout_us: int | None
    per_byte: bool = False
    behind: int = 0


Resume = Answer | SocketSent | bytes | None


class Until(Struct, frozen=True):
    """Wait for a part: ``arrange`` is called with what resumes the task."""

    arrange: Callable[[Callable[[Resume], None]], None]


Wait = Sleep | Ask | Read | Until

T = TypeVar("T")
Steps = Generator[Wait, Resume, T]


class Task:
    """A generator under way, and what to do at its end."""

    __slots__ = ("on_end", "steps")

    def __init__(self, steps: Steps[None], on_end: Callable[[], None]) -> None:
        self.steps = steps
        self.on_end = on_end
