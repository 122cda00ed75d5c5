"""What counts as a failure of one input: an exception, too much time, too much memory."""

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from fuzz.targets import Play

HANG_S = 1.0
"""Processor time, so that other programs make no difference."""
GROWTH_BYTES = 256 * 1024 * 1024
"""By how much one input may raise the most memory that the process ever had."""
PROCESS_MB = 1536
"""What all inputs together may leave behind, the tables of the fuzzer with them."""


class HangError(BaseException):
    """An input takes too long. Not an ``Exception``, so that nobody handles it by the way."""


class GrowthError(Exception):
    """An input takes too much memory."""


def judge(play: Play, data: bytes) -> None:
    """Play an input. Raises what it raises, HangError or GrowthError."""
    before = _most_bytes()
    with _within(HANG_S):
        play(data)
    if _most_bytes() - before > GROWTH_BYTES:
        raise GrowthError(f"{_most_bytes() - before} bytes for an input of {len(data)}")


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("only the main thread can be interrupted")
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise HangError(f"more than {HANG_S:g} s of processor time")


def _most_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
