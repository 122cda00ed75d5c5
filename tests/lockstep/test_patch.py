"""What stands in for time and ports, for whom and how long."""

from __future__ import annotations

import select
import threading
import time
from time import monotonic, sleep

import pytest
import serial

from wizfi_emu.testing.lockstep import lockstep


def test_time_is_that_of_the_run_and_comes_back() -> None:
    real = time.monotonic, time.sleep, time.time, threading.Lock, serial.Serial, threading.Thread.start
    begin = time.perf_counter()
    with lockstep():
        assert 0.1 < time.monotonic() < 0.101
        time.sleep(3000)
        assert 3000.1 < time.monotonic() < 3000.101
        assert time.time() == pytest.approx(1_704_067_200 + 3000.1, abs=0.001)
        assert time.time_ns() // 1_000_000_000 == 1_704_067_200 + 3000
    assert real == (time.monotonic, time.sleep, time.time, threading.Lock, serial.Serial, threading.Thread.start)
    assert time.perf_counter() - begin < 10


def test_select_waits_for_a_port() -> None:
    with lockstep() as bench, serial.Serial(bench.port) as port:
        assert select.select([port], [], [], 1) == ([], [], [])
        assert select.select([port], [port], []) == ([], [port], [])
        port.write(b"AT\r")
        assert select.select([port], [], []) == ([port], [], [])
        with pytest.raises(ValueError, match="only ports"):
            select.select([0], [], [])


def test_there_is_one_at_a_time() -> None:
    with lockstep(), pytest.raises(RuntimeError, match="one lockstep"), lockstep():
        pass


def test_other_threads_are_not_of_it() -> None:
    seen: list[float] = []
    begun, go_on = threading.Event(), threading.Event()

    def look() -> None:
        begun.set()
        go_on.wait()
        seen.append(time.monotonic())

    thread = threading.Thread(target=look)
    thread.start()
    begun.wait()
    real = time.monotonic()
    with lockstep():
        go_on.set()
        deadline = real + 5
        while not seen:
            time.sleep(0.001)
            assert time.monotonic() < deadline
    thread.join()
    assert seen[0] >= real


def test_what_is_imported_by_name_goes_by_the_time_too() -> None:
    with lockstep():
        begin = monotonic()
        sleep(1000)
        assert 1000 <= monotonic() - begin < 1001
    assert sleep is time.sleep


def test_sleep_refuses_what_it_always_does() -> None:
    with lockstep():
        sleep(0)
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
