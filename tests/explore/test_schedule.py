"""Schedules: what goes wrong beside what the scenario has."""

from __future__ import annotations

from tests.explore.hosts import scenario_of
from wizfi_emu.actions.host import Send
from wizfi_emu.explore.schedule import NOTHING, Schedule, with_schedule, without_one
from wizfi_emu.faults.model import TcpReset, Watchdog, When
from wizfi_emu.scenario.model import Block

BLOCK = Block(When(at=1), (Send("hi", peer="server"),))
ALL = Schedule("1.0.5.2", (TcpReset(), Watchdog()), (BLOCK,))


def test_it_comes_to_what_the_scenario_has() -> None:
    known = scenario_of("faults: [{fault: brown-out}]\npeers: {server: {peer: server}}")
    played = with_schedule(known, ALL)
    assert [fault.word for fault in played.faults] == ["brown-out", "tcp-reset", "watchdog"]
    assert played.blocks == (BLOCK,)
    assert played.module.firmware == "1.0.5.2"
    assert with_schedule(known, NOTHING) == known


def test_its_size_and_what_is_one_smaller() -> None:
    assert (NOTHING.size, ALL.size) == (0, 4)
    assert [one.size for one in without_one(ALL)] == [3, 3, 3, 3]
    assert len(set(without_one(ALL))) == 4
    assert without_one(NOTHING) == []
