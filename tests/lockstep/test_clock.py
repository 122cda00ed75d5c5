"""Who goes on when, and what ends a run."""

from __future__ import annotations

import threading
import time

import pytest
import serial

from wizfi_emu.lockstep.clock import LockstepError
from wizfi_emu.testing.lockstep import lockstep


def test_a_busy_loop_comes_to_its_end() -> None:
    with lockstep() as bench, serial.Serial(bench.port) as port:
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            pass
        port.write(b"AT\r")
        while port.in_waiting < 10:
            pass
        assert port.read(10) == b"AT\r\n[OK]\r\n"


def test_threads_go_on_in_the_order_of_their_times() -> None:
    events: list[tuple[str, float]] = []

    def tick(name: str, period: float) -> None:
        for _ in range(3):
            time.sleep(period)
            events.append((name, round(time.monotonic() - begin, 2)))

    with lockstep():
        begin = time.monotonic()
        threads = [threading.Thread(target=tick, args=args) for args in (("a", 0.3), ("b", 0.2))]
        for thread in threads:
            thread.start()
        assert threads[0].is_alive()
        threads[0].join(0.1)
        assert threads[0].is_alive()
        for thread in threads:
            thread.join()
            assert not thread.is_alive()
    assert events == [("b", 0.2), ("a", 0.3), ("b", 0.4), ("a", 0.6), ("b", 0.6), ("a", 0.9)]


def test_nobody_would_ever_go_on() -> None:
    with lockstep() as bench, serial.Serial(bench.port) as port:
        port.timeout = None
        port.reset_input_buffer()
        time.sleep(1)
        port.reset_input_buffer()
        with pytest.raises(LockstepError, match=r"nothing will happen: .*test_clock\.py, line \d+"):
            port.read(1)


def test_nobody_would_ever_go_on_in_another_thread() -> None:
    with lockstep():
        never = threading.Event()
        threading.Thread(target=never.wait).start()
        with pytest.raises(LockstepError, match="nothing will happen"):
            never.wait()


def test_a_run_has_a_limit_of_its_time() -> None:
    with lockstep(limit_s=100), pytest.raises(LockstepError, match=r"more than 100 s .*test_clock\.py, line \d+"):
        time.sleep(101)
