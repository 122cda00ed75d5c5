"""Moments: times, matches on the serial line, events."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.agenda import Agenda
from wizfi_emu.faults.model import When
from wizfi_emu.faults.triggers import RUSH_TIMES, WINDOW_BYTES, Triggers
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev


class Watch:
    """A trigger, and how often it has fired."""

    def __init__(self, when: When, now_us: int = 0) -> None:
        self.agenda = Agenda()
        self.warnings = list[str]()
        self.triggers = Triggers(self.agenda, self.warnings.append)
        self.fired = 0
        self.armed = self.triggers.arm(when, now_us, self._fire)

    def _fire(self) -> None:
        self.fired += 1

    def offsets(self, data: bytes) -> list[int]:
        return [end for end, _ in self.triggers.matches("module", data)]


def test_a_time_counts_from_when_it_is_set() -> None:
    watch = Watch(When(at=1.5), now_us=1_000_000)
    assert watch.agenda.next_us == 2_500_000
    watch.agenda.run(2_500_000)
    assert watch.fired == 1


def test_a_match_is_where_its_last_byte_is() -> None:
    assert Watch(When(pattern="[OK]")).offsets(b"AT\r\n[OK]\r\n") == [8]


@pytest.mark.parametrize(
    ("when", "offsets"),
    [
        (When(pattern="OK"), [2]),
        (When(pattern="OK", nth=2), [5]),
        (When(pattern="OK", nth=2, every=True), [5, 8]),
        (When(regex="[OK]K"), [2]),
    ],
)
def test_which_match_counts(when: When, offsets: list[int]) -> None:
    assert Watch(when).offsets(b"OK OK OK") == offsets


@given(st.lists(st.integers(1, 5), max_size=30), st.integers(1, 3))
def test_a_pattern_is_found_however_the_text_is_cut(sizes: list[int], nth: int) -> None:
    text = b"x[CONNECT 0]yy[CONNECT 0][CONNECT 0]z"
    expected = [match.end() for match in re.finditer(rb"\[CONNECT 0\]", text)][nth - 1]
    watch = Watch(When(pattern="[CONNECT 0]", nth=nth))
    found, start = [], 0
    for size in [*sizes, len(text)]:
        found += [start + end for end in watch.offsets(text[start : start + size])]
        start += size
    assert found == [expected]


def test_a_match_without_bytes_counts_once() -> None:
    watch = Watch(When(regex=r"\b", every=True))
    assert watch.offsets(b" ab ") == [1, 3]
    assert watch.offsets(b"ab ") == [0, 2]


def test_what_was_long_ago_is_not_part_of_a_match() -> None:
    watch = Watch(When(regex="a.*z"))
    assert watch.offsets(b"a" + bytes(WINDOW_BYTES)) == []
    assert watch.offsets(b"z") == []
    watch = Watch(When(regex="a.*z"))
    assert watch.offsets(b"a" + bytes(WINDOW_BYTES - 1)) == []
    assert watch.offsets(b"z") == [1]


def test_what_was_sent_before_it_was_armed_does_not_count() -> None:
    watch = Watch(When(pattern="OK"))
    assert watch.offsets(b"O") == []
    late = watch.triggers.arm(When(pattern="OK"), 0, lambda: None)
    assert [armed for _, armed in watch.triggers.matches("module", b"K OK")] == [watch.armed, late]


def test_the_two_sides_are_looked_at_apart() -> None:
    watch = Watch(When(pattern="AT", source="host"))
    assert watch.triggers.matches("module", b"AT") == []
    assert [end for end, _ in watch.triggers.matches("host", b"AT")] == [2]
    assert watch.triggers.watches("host")
    assert not watch.triggers.watches("module")


def test_events_and_effects_by_their_names() -> None:
    watch = Watch(When(event="LinkLost", nth=2))
    for _ in range(3):
        watch.triggers.passed(ev.LinkLost(), 0)
        watch.triggers.passed(fx.Leave(), 0)
    assert watch.fired == 1
    watch = Watch(When(event="Leave"))
    watch.triggers.passed(ev.LinkLost(), 0)
    watch.triggers.passed(fx.Leave(), 0)
    assert watch.fired == 1


def test_a_while_after_the_moment() -> None:
    watch = Watch(When(event="LinkLost", after=0.25))
    watch.triggers.passed(ev.LinkLost(), 1000)
    assert watch.fired == 0
    assert watch.agenda.next_us == 251_000
    watch.agenda.run(251_000)
    assert watch.fired == 1


@pytest.mark.parametrize("when", [When(at=1), When(pattern="OK"), When(event="LinkLost"), When(event="Leave", after=1)])
def test_a_disarmed_trigger_does_not_fire(when: When) -> None:
    watch = Watch(when)
    watch.triggers.passed(fx.Leave(), 0)
    watch.triggers.disarm(watch.armed)
    watch.triggers.passed(ev.LinkLost(), 0)
    assert watch.offsets(b"OK") == []
    watch.triggers.fire(watch.armed, 0)
    watch.agenda.run(10_000_000)
    assert watch.fired == 0


@pytest.mark.parametrize("when", [When(event="LinkLost", every=True), When(pattern="OK", every=True)])
def test_who_is_disarmed_takes_nobody_with_it(when: When) -> None:
    watch = Watch(when)
    others = [watch.triggers.arm(when, 0, lambda: None) for _ in range(2)]
    for number, armed in enumerate(others):
        watch.triggers.passed(ev.LinkLost(), number)
        watch.triggers.disarm(armed)
        assert [one for _, one in watch.triggers.matches("module", b"OK ")].count(watch.armed) == (when.event is None)
    watch.triggers.passed(ev.LinkLost(), 9)
    assert watch.fired == (3 if when.event else 0)


def test_a_trigger_that_brings_itself_about_ends() -> None:
    watch = Watch(When(event="LinkLost", every=True))
    for _ in range(5000):
        watch.triggers.passed(ev.LinkLost(), 0)
    assert watch.fired == RUSH_TIMES
    assert len(watch.warnings) == 1


def test_a_trigger_may_fire_often() -> None:
    watch = Watch(When(event="LinkLost", every=True))
    for number in range(5000):
        watch.triggers.passed(ev.LinkLost(), number * 1000)
    assert watch.fired == 5000
    assert watch.warnings == []
