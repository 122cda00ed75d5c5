"""The situations as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.air.load import load_world
from wizfi_emu.audit.situations import (
    JOINED,
    Situation,
    faults_for,
    load_situations,
    timing_of,
    with_other_leases,
)
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.timing import load_timing
from wizfi_emu.userfiles.plain import as_yaml

BUGS = Path(__file__).parents[2] / "examples" / "field-bugs"


def test_each_has_a_name_and_the_first_is_calm() -> None:
    situations = load_situations()
    assert len({situation.name for situation in situations}) == len(situations)
    calm = situations[0]
    assert calm == Situation(calm.name, calm.story)


def test_all_field_bugs_that_a_fault_can_show_are_there() -> None:
    told = {situation.bug for situation in load_situations()} - {""}
    assert {path.parent.name for path in BUGS.glob("*/scenario.yaml")} - told == {"eaten_line_feed", "glued_escape"}
    assert all((BUGS / bug).is_dir() for bug in told)


@pytest.mark.parametrize("situation", load_situations(), ids=lambda situation: situation.name)
def test_what_they_name_is_there(situation: Situation) -> None:
    with_switches(load_firmware("guide"), situation.switches)
    if timing_of(situation):
        assert load_timing(timing_of(situation)).description


def test_the_access_point_that_the_host_joins() -> None:
    lost = next(situation for situation in load_situations() if situation.name == "network-lost")
    [fault] = lost.faults
    assert getattr(fault, "access_point", None) == JOINED
    [fault] = faults_for(lost, "Mine")
    assert getattr(fault, "access_point", None) == "Mine"


@pytest.mark.parametrize("name", ["demo", "office", "hotel"])
def test_other_leases(name: str, tmp_path: Path) -> None:
    world = with_other_leases(load_world(name), 3)
    path = tmp_path / "world.yaml"
    path.write_text(as_yaml(world))
    again = load_world(str(path))
    for before, after in zip(load_world(name).access_points, again.access_points, strict=True):
        change = next(step for step in after.schedule if step.at_s == 3 and step.dhcp is not None)
        assert change.dhcp is not None
        assert change.dhcp.start != before.dhcp.start
        assert change.dhcp.start.rpartition(".")[0] == before.dhcp.start.rpartition(".")[0]
