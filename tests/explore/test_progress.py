"""How far a search is."""

from __future__ import annotations

import io

from wizfi_emu.explore.progress import FILE_S, TERMINAL_S, Teller
from wizfi_emu.explore.search import Progress

PROGRESS = Progress(120, 0, 2.0, 58.0, 300, 20, 1, "searching")
LINE = "120 runs, 60 a second; coverage 300, 20 kept; 1 failure; 58 s left; searching"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def tell(stream: io.StringIO, times_s: list[float]) -> str:
    clock = iter([0.0, *times_s])
    teller = Teller(stream, lambda: next(clock))
    for _ in times_s:
        teller.tell(PROGRESS)
    teller.clear()
    return stream.getvalue()


def test_a_terminal_has_one_line_that_changes() -> None:
    assert tell(Terminal(), [0.0, TERMINAL_S / 2, TERMINAL_S]) == f"\r\x1b[K{LINE}" * 2 + "\r\x1b[K"


def test_a_file_has_a_line_now_and_then() -> None:
    assert tell(io.StringIO(), [1.0, FILE_S, FILE_S + 1]) == f"{LINE}\n"
