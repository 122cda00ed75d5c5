"""Tests that end when what they hold takes too long; in processor time, which other programs do not use up."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TookTooLongError(AssertionError):
    """It has used all the time it had."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Fail when the body uses more processor time than that. In the main thread only."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLongError(f"more than {seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
