"""What counts as a failure, and what does not."""

from __future__ import annotations

import contextlib
import signal
from threading import Thread

import pytest

from fuzz import judge as judging
from fuzz.judge import GrowthError, HangError, judge


def test_what_does_no_harm() -> None:
    seen: list[bytes] = []
    before = signal.getsignal(signal.SIGVTALRM)
    judge(seen.append, b"x")
    assert seen == [b"x"]
    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_an_exception() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        judge(int, b"x")


def test_a_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "HANG_S", 0.02)

    def hang(_data: bytes) -> None:
        while True:
            with contextlib.suppress(Exception):
                sum(range(1000))

    with pytest.raises(HangError, match=r"more than 0\.02 s of processor time"):
        judge(hang, b"")


def test_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([10, 10 + judging.GROWTH_BYTES, 10, 11 + judging.GROWTH_BYTES, 11 + judging.GROWTH_BYTES])
    monkeypatch.setattr(judging, "_most_bytes", lambda: next(sizes))
    judge(bytes.lower, b"")
    with pytest.raises(GrowthError, match="bytes for an input of 3"):
        judge(bytes.lower, b"abc")


def test_only_the_main_thread_can_be_judged() -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            judge(bytes.lower, b"")
        except RuntimeError as error:
            failures.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert [str(error) for error in failures] == ["only the main thread can be interrupted"]
