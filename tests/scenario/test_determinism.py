"""Scenarios by chance, each played twice: the same events at the same times, to the last one."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.scenario.random_scenes import random_scenario
from wizfi_emu.factory import new_module
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.virtual import run_virtually

SEED = 20250
SCENARIOS = 200

Items = list[tuple[int, ev.Event | fx.Effect]]


def play(scenario: Scenario, seed: int) -> tuple[Items, Report]:
    """What the machine was told and what it ordered, with the times."""
    items: Items = []
    report = run_virtually(scenario, seed, [lambda item, now_us: items.append((now_us, item))])
    return items, report


@pytest.mark.slow
def test_200_random_scenarios_from_one_seed_run_twice_have_identical_event_lists() -> None:
    print(f"seed {SEED}")
    random = Random(SEED)
    seen: Counter[str] = Counter()
    lists = set()
    for number in range(SCENARIOS):
        scenario, seed = random_scenario(random), random.getrandbits(32)
        first, report = play(scenario, seed)
        second, again = play(scenario, seed)
        where = f"scenario {number} of seed {SEED}"
        assert first == second, where
        assert report == again, where
        assert_machine_repeats(scenario, first, where)
        seen.update(type(item).__name__ for _, item in first)
        seen.update(f"{text.split()[0].partition('-2')[0]} begins" for _, text in report.journal if "begins" in text)
        lists.add(str(first))
    assert len(lists) > SCENARIOS * 0.9, "they are hardly different"
    faults = [name for name in seen if name.endswith(" begins")]
    assert len([name for name in faults if seen[name] >= 2]) >= 25, faults
    for kind in (ev.SocketReceived, ev.SocketClosed, ev.LinkLost, ev.PoweredOff, ev.ResetPulled, fx.SendData, fx.Reset):
        assert seen[kind.__name__] >= 3, (kind, seen)


def assert_machine_repeats(scenario: Scenario, items: Items, where: str) -> None:
    """Faults stand outside: a machine that is told the same orders the same, without any of them."""
    machine = new_module(load_firmware(scenario.module.firmware))
    ordered: list[fx.Effect] = []
    for now_us, item in items:
        if isinstance(item, ev.Event):
            assert ordered == [], where
            ordered = machine.handle(item, now_us)
        else:
            assert ordered.pop(0) == item, where


@pytest.mark.slow
def test_another_seed_makes_a_difference() -> None:
    random = Random(1)
    different = 0
    for _ in range(20):
        scenario = random_scenario(random)
        different += play(scenario, 1)[0] != play(scenario, 2)[0]
    assert different >= 2, "chance is used"
