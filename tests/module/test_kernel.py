"""What runs the tasks of a module: each gets what it waits for, and nothing after a stop."""

from __future__ import annotations

from functools import partial

import pytest

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.tasks import Read, Sleep, Steps, Until


@pytest.fixture
def kernel() -> Kernel:
    kernel = Kernel()
    kernel.now_us = 1000
    kernel.start()
    return kernel


def at(kernel: Kernel, now_us: int) -> None:
    kernel.now_us = now_us
    kernel.fire_timers()


def test_a_task_sleeps(kernel: Kernel) -> None:
    said: list[str] = []

    def steps() -> Steps[None]:
        said.append("begins")
        yield Sleep(100)
        said.append("goes on")

    kernel.start_task(steps())
    assert not kernel.busy
    at(kernel, 1099)
    assert said == ["begins"]
    at(kernel, 1100)
    assert said == ["begins", "goes on"]


def test_the_foreground_task_keeps_it_busy_and_its_end_is_the_beginning_of_silence(kernel: Kernel) -> None:
    def steps() -> Steps[None]:
        yield Sleep(100)

    kernel.start_foreground(steps())
    assert (kernel.busy, kernel.silent_since_us) == (True, 1000)
    at(kernel, 1200)
    assert (kernel.busy, kernel.silent_since_us) == (False, 1200)


def test_requests_have_numbers_and_only_their_own_answer_counts(kernel: Kernel) -> None:
    written: list[tuple[str, bool]] = []

    def write(name: str) -> Steps[None]:
        answer = yield from kernel.ask(fx.WriteFlash, name.encode())
        written.append((name, answer.ok))

    kernel.start_task(write("a"))
    kernel.start_task(write("b"))
    assert kernel.take_effects() == [fx.WriteFlash(1, b"a"), fx.WriteFlash(2, b"b")]
    assert kernel.take_effects() == []
    kernel.answer(ev.PingEnded(2, ev.PingResult.TIMEOUT))
    kernel.answer(ev.FlashWritten(3, ok=True))
    assert written == []
    kernel.answer(ev.FlashWritten(2, ok=False))
    kernel.answer(ev.FlashWritten(2, ok=True))
    kernel.answer(ev.FlashWritten(1, ok=True))
    assert written == [("b", False), ("a", True)]


def test_a_timer_that_is_started_again_has_one_end(kernel: Kernel) -> None:
    ended: list[int] = []
    kernel.after("t", 100, lambda: ended.append(1))
    kernel.after("t", 200, lambda: ended.append(2))
    at(kernel, 1199)
    assert ended == []
    at(kernel, 1200)
    assert ended == [2]


def test_nothing_ends_without_power(kernel: Kernel) -> None:
    ended: list[str] = []

    def stop() -> None:
        kernel.stop()
        kernel.after("late", 0, lambda: ended.append("late"))

    kernel.after("stop", 100, stop)
    kernel.after("other", 100, lambda: ended.append("other"))
    at(kernel, 2000)
    assert ended == []


def test_a_part_calls_back(kernel: Kernel) -> None:
    got: list[object] = []

    def steps() -> Steps[None]:
        got.append((yield Until(lambda resume: kernel.after("part", 10, lambda: resume(b"it")))))

    kernel.start_task(steps())
    at(kernel, 1010)
    assert got == [b"it"]


def reader(got: list[bytes | None], *reads: Read) -> Steps[None]:
    for read in reads:
        data = yield read
        assert data is None or isinstance(data, bytes)
        got.append(data)


def test_bytes_that_are_there_are_read_at_once_and_the_rest_stays(kernel: Kernel) -> None:
    got: list[bytes | None] = []
    kernel.receive_serial(b"abcde")
    kernel.start_foreground(reader(got, Read(2, 0), Read(2, 0), Read(2, 100)))
    assert got == [b"ab", b"cd"]
    kernel.receive_serial(b"fgh")
    assert got == [b"ab", b"cd", b"ef"]
    assert bytes(kernel.rx) == b"gh"
    at(kernel, 10_000)
    assert len(got) == 3, "its limit is forgotten"
    kernel.forget_input()
    assert kernel.rx == b""


def test_a_read_has_a_limit_for_all_bytes_or_for_each(kernel: Kernel) -> None:
    for per_byte, late in ((False, None), (True, b"abc")):
        got: list[bytes | None] = []
        start_us = kernel.now_us
        kernel.forget_input()
        kernel.start_foreground(reader(got, Read(3, 100, per_byte)))
        for number in range(3):
            at(kernel, start_us + 60 * number)
            kernel.receive_serial(b"abc"[number : number + 1])
        assert got == [late]


def test_a_read_without_a_limit(kernel: Kernel) -> None:
    got: list[bytes | None] = []
    kernel.start_foreground(reader(got, Read(1, None)))
    at(kernel, 10**12)
    assert got == []
    assert kernel.timers.next_us is None


def test_background_work_is_done_in_order_and_queued_once(kernel: Kernel) -> None:
    done: list[str] = []

    def work(name: str) -> Steps[None]:
        yield Sleep(10)
        done.append(name)

    for name in ("a", "b", "a"):
        kernel.in_background(name, partial(work, name))
    assert (list(kernel.waiting_work), kernel.busy) == (["a", "b"], False)
    kernel.do_background_work()
    assert kernel.busy
    at(kernel, 1010)
    assert (done, kernel.busy) == (["a"], True)
    at(kernel, 1020)
    assert (done, kernel.busy, kernel.waiting_work) == (["a", "b"], False, {})


def test_asleep_it_is_deaf(kernel: Kernel) -> None:
    kernel.start_foreground(kernel.fall_asleep(500))
    assert kernel.receiver_off
    at(kernel, 1500)
    assert not kernel.receiver_off


def test_a_stop_forgets_everything(kernel: Kernel) -> None:
    got: list[bytes | None] = []

    def ask() -> Steps[None]:
        yield from kernel.ask(fx.WriteFlash, b"")
        raise AssertionError("nobody waits any more")

    kernel.start_task(ask())
    kernel.in_background("work", lambda: reader(got, Read(1, None)))
    kernel.start_foreground(reader(got, Read(2, 100)))
    kernel.receive_serial(b"a")
    kernel.stop()
    assert (kernel.powered, kernel.busy, kernel.waiting_work, bytes(kernel.rx)) == (False, False, {}, b"")
    kernel.start()
    kernel.answer(ev.FlashWritten(1, ok=True))
    kernel.receive_serial(b"bc")
    at(kernel, 10_000)
    assert got == []


def test_a_task_that_stops_it_ends_there(kernel: Kernel) -> None:
    def steps() -> Steps[None]:
        kernel.stop()
        yield Sleep(0)
        raise AssertionError("there is nothing to go on with")

    kernel.start_foreground(steps())
    at(kernel, 10_000)
    assert not kernel.powered


def test_a_stalled_foreground_task_stands_where_it_printed(kernel: Kernel) -> None:
    seen = []

    def steps() -> Steps[None]:
        kernel.stall()
        yield Sleep(1000)
        seen.append(kernel.now_us)

    kernel.start_foreground(steps())
    at(kernel, 5000)
    assert kernel.busy
    kernel.go_on()
    at(kernel, 5999)
    assert not seen
    at(kernel, 6000)
    assert seen == [6000]
    assert not kernel.busy


def test_a_stalled_task_that_reads_gets_what_is_there_when_it_goes_on(kernel: Kernel) -> None:
    got: list[object] = []

    def steps() -> Steps[None]:
        kernel.stall()
        got.append((yield Read(2, None)))

    kernel.start_foreground(steps())
    kernel.receive_serial(b"ab")
    assert got == []
    assert kernel.missing_bytes is None
    kernel.go_on()
    assert got == [b"ab"]


def test_how_far_the_host_may_be_ahead(kernel: Kernel) -> None:
    def steps() -> Steps[None]:
        yield Read(2, None, behind=5)
        yield Sleep(1)

    assert kernel.awaited_bytes == 0
    kernel.start_foreground(steps())
    kernel.receive_serial(b"a")
    assert kernel.awaited_bytes == 7
    kernel.receive_serial(b"b")
    assert kernel.awaited_bytes == 0


def test_what_runs_beside_the_foreground_is_not_stalled(kernel: Kernel) -> None:
    seen = []

    def steps() -> Steps[None]:
        yield Sleep(10)
        seen.append(kernel.now_us)

    kernel.stall()
    kernel.start_task(steps())
    at(kernel, 1010)
    assert seen == [1010]


def test_a_reset_ends_a_stall(kernel: Kernel) -> None:
    kernel.stall()
    kernel.stop()
    assert not kernel.stalled
