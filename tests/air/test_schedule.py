from __future__ import annotations

from wizfi_emu.air.schedule import Schedule
from wizfi_emu.air.world import AccessPoint, Step

SECOND_US = 1_000_000


def schedule(*at_s: float, repeat_s: float = 0) -> Schedule:
    steps = tuple(Step(at_s=one, rssi_dbm=-1 - index) for index, one in enumerate(at_s))
    return Schedule(AccessPoint(bssid="00:08:DC:AA:BB:01", ssid="A", schedule=steps, repeat_s=repeat_s))


def taken(schedule: Schedule, now_s: float) -> list[float]:
    return [step.at_s for step in schedule.take(round(now_s * SECOND_US))]


def test_each_step_is_due_once() -> None:
    one = schedule(0, 2.5, 10)
    assert one.next_us == 0
    assert taken(one, 0) == [0]
    assert taken(one, 0) == []
    assert one.next_us == 2_500_000
    assert taken(one, 20) == [2.5, 10]
    assert one.next_us is None
    assert taken(one, 1000) == []


def test_steps_repeat() -> None:
    one = schedule(1, 2, repeat_s=5)
    assert taken(one, 4.9) == [1, 2]
    assert one.next_us == 6 * SECOND_US
    assert taken(one, 6.5) == [1]
    assert taken(one, 11) == [2, 1]


def test_of_what_was_slept_through_the_last_round_is_done() -> None:
    one = schedule(1, 2, repeat_s=5)
    assert taken(one, 1_000_001.5) == [1, 2, 1, 2, 1]
    assert one.next_us == 1_000_002 * SECOND_US


def test_without_steps_there_is_never_anything() -> None:
    assert schedule().next_us is None
    assert taken(schedule(), 10) == []
