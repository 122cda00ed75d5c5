"""How far a search is, on the terminal: one line that changes, or a line now and then where nothing can change."""

import time
from collections.abc import Callable
from typing import TextIO

from wizfi_emu.explore.search import Progress

TERMINAL_S = 0.2
FILE_S = 10.0
"""How often it is told."""

_CLEAR = "\r\x1b[K"


class Teller:
    """Tells on a stream how far a search is."""

    def __init__(self, stream: TextIO, now_s: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._now_s = now_s
        self._is_terminal = stream.isatty()
        self._next_s = now_s() + (0 if self._is_terminal else FILE_S)
        self._shown = False

    def tell(self, progress: Progress) -> None:
        """Tell it, if it is time."""
        now_s = self._now_s()
        if now_s < self._next_s:
            return
        self._next_s = now_s + (TERMINAL_S if self._is_terminal else FILE_S)
        begin, end = (_CLEAR, "") if self._is_terminal else ("", "\n")
        self._stream.write(f"{begin}{in_words(progress)}{end}")
        self._stream.flush()
        self._shown = True

    def clear(self) -> None:
        """Make room for a line of something else."""
        if self._shown and self._is_terminal:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._shown = False


def in_words(progress: Progress) -> str:
    """One line."""
    rate = progress.runs / progress.elapsed_s if progress.elapsed_s else 0.0
    return (
        f"{progress.runs} runs, {rate:.0f} a second; coverage {progress.features}, {progress.kept} kept; "
        f"{failures_in_words(progress.failures)}; {progress.left_s:.0f} s left; {progress.doing}"
    )


def failures_in_words(count: int) -> str:
    """So many failures."""
    return f"{count or 'no'} failure{'' if count == 1 else 's'}"
