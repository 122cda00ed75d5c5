"""Threads of a host take turns, and wait for each other in virtual time."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import serial

from wizfi_emu.testing.lockstep import lockstep


def test_threads_wait_for_each_other() -> None:
    with lockstep() as bench:
        lines: queue.Queue[bytes] = queue.Queue()
        simple: queue.SimpleQueue[int] = queue.SimpleQueue()
        ready, ended, lock = threading.Event(), threading.Event(), threading.RLock()

        def read() -> None:
            with serial.Serial(bench.port, timeout=0.1) as port:
                ready.set()
                with lock, lock:
                    while not ended.is_set():
                        if line := port.readline():
                            lines.put(line)
            simple.put(7)

        reader = threading.Thread(target=read)
        reader.start()
        assert ready.wait(1)
        assert not lock.acquire(timeout=0.5)
        assert not lock.acquire(blocking=False)
        with serial.Serial(bench.port) as port:
            port.write(b"AT\r")
        assert [lines.get(timeout=1), lines.get(timeout=1)] == [b"AT\r\n", b"[OK]\r\n"]
        begin = time.monotonic()
        with pytest.raises(queue.Empty):
            lines.get(timeout=2)
        assert 2 <= time.monotonic() - begin < 2.001
        ended.set()
        assert simple.get() == 7
        reader.join()


def test_a_pool_of_threads() -> None:
    with lockstep(), ThreadPoolExecutor(3) as pool:
        begin = time.monotonic()
        assert list(pool.map(time.sleep, (3, 1, 2))) == [None, None, None]
        assert 3 <= time.monotonic() - begin < 3.01


def test_threads_end_with_the_run() -> None:
    ends: list[str] = []

    def run() -> None:
        try:
            while True:
                time.sleep(1)
        finally:
            ends.append("over")

    with lockstep():
        threading.Thread(target=run).start()
        threading.Thread(target=run, daemon=True).start()
        time.sleep(2.5)
    assert len(ends) == 2


def test_a_thread_that_fails_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    with lockstep():
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    assert "ZeroDivisionError" in capsys.readouterr().err
