"""Schedules by chance."""

from __future__ import annotations

from random import Random

from wizfi_emu.explore.choices import CHOICES, fitting
from wizfi_emu.explore.draw import Drawer
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.faults.model import When

MOMENTS = [When(event="PoweredOn"), When(pattern="[OK]\r\n", nth=3)]


def drawer(seed: int = 0, at_most: int = 3, access_point: str = "WizFiDemoAP") -> Drawer:
    made = Drawer(
        Random(seed),
        CHOICES,
        at_most=at_most,
        firmware=["1.0.5.2"],
        says={"server": ["hi"]},
        access_point=access_point,
    )
    made.moments = MOMENTS
    return made


def drawn(seed: int, count: int = 1000) -> list[Schedule]:
    made = drawer(seed)
    found = [made.new()]
    for number in range(count):
        found.append(made.changed(found[number], found[number // 2]))
    return found


def test_the_same_seed_draws_the_same() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_all_kinds_of_things_and_never_too_many() -> None:
    found = drawn(1)
    assert {one.size for one in found} >= {1, 2, 3}
    assert max(one.size for one in found) <= 3
    assert any(one.firmware for one in found)
    assert any(one.blocks for one in found)
    assert {fault.word for one in found for fault in one.faults} >= {"tcp-reset", "brown-out", "serial-pieces"}


def test_the_first_are_each_fault_that_lasts_alone() -> None:
    first = list(drawer().first())
    assert first[0] == Schedule(firmware="1.0.5.2")
    assert all(one.size == 1 for one in first)
    assert {fault.word for one in first for fault in one.faults} == {one.word for one in CHOICES if one.lasts}


def test_without_an_access_point_nothing_happens_to_one() -> None:
    made = drawer(access_point="")
    words = {fault.word for _ in range(300) for fault in made.new().faults}
    assert words.isdisjoint({"ap-off", "key-changed"})


def test_nothing_can_be_drawn_where_nothing_fits() -> None:
    assert not Drawer(Random(0), fitting([], (), ())).can_draw
