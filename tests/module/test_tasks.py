"""Named timers."""

from __future__ import annotations

from wizfi_emu.module.tasks import Timers


def drain(timers: Timers, now_us: int) -> None:
    while (action := timers.pop_due(now_us)) is not None:
        action()


def test_timers_end_in_the_order_of_their_deadlines_and_then_of_their_start() -> None:
    timers, ended = Timers(), list[str]()
    for name, deadline_us in (("late", 300), ("first", 100), ("second", 100), ("early", 50)):
        timers.start(name, deadline_us, lambda name=name: ended.append(name))  # type: ignore[misc]
    assert timers.next_us == 50
    drain(timers, 99)
    assert ended == ["early"]
    drain(timers, 100)
    assert ended == ["early", "first", "second"]
    assert timers.next_us == 300
    assert timers.pop_due(299) is None
    drain(timers, 1000)
    assert ended[-1] == "late"
    assert timers.next_us is None


def test_a_name_has_one_deadline() -> None:
    timers, ended = Timers(), list[int]()
    timers.start("t", 100, lambda: ended.append(1))
    timers.start("t", 200, lambda: ended.append(2))
    drain(timers, 150)
    assert ended == []
    drain(timers, 200)
    assert ended == [2]


def test_stop_and_clear() -> None:
    timers = Timers()
    timers.stop("none")
    for name in ("a", "b", "c"):
        timers.start(name, 100, lambda: None)
    timers.stop("a")
    assert [timers.running(name) for name in ("a", "b", "c")] == [False, True, True]
    timers.clear()
    assert timers.next_us is None
    assert timers.pop_due(1000) is None
