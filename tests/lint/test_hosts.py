"""A host for each rule that breaks it and no other, and right hosts in which nothing is found. In lockstep."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.scenario.bugs import BUGS, bug_scenario
from wizfi_emu.lint.conversation import Item
from wizfi_emu.lint.rules import NAMES
from wizfi_emu.lint.search import find_mistakes
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import Answer, ModuleOptions, Scenario, ServerPeer, read_scenario

EXAMPLES = Path(__file__).parents[2] / "examples"
HOSTS = Path(__file__).parent / "hosts"
FIRMWARE = {"connect_is_ok": "1.0.5.2"}
"""Where it has to be another one: [CONNECT x] comes before [OK]."""

FOUND_IN_BUGS = {
    "early_data": ["early-data"],
    "eaten_line_feed": ["line-feed-is-data"],
    "glued_escape": ["broken-escape"],
    "missed_disconnect": ["disconnect-ignored"],
}
"""What shows on the serial line of the hosts that have the field bugs."""


def found_in(scenario: Scenario, directory: Path) -> list[str]:
    """The rules that the host of a scenario breaks."""
    items: list[tuple[int, Item]] = []
    run_in_lockstep(scenario, 0, directory, [lambda item, now_us: items.append((now_us, item))])
    assert items
    return [finding.rule for finding in find_mistakes(items, ahead_us=0)]


@pytest.mark.parametrize("rule", NAMES)
def test_a_host_that_breaks_a_rule(rule: str) -> None:
    name = rule.replace("-", "_")
    scenario = Scenario(
        scenario=1,
        module=ModuleOptions(firmware=FIRMWARE.get(name, "guide"), boot="now"),
        host=f"env PYTHONPATH={EXAMPLES / 'field-bugs'} {sys.executable} {name}.py {{port}} {{server.port}}",
        peers={"server": ServerPeer(answers=(Answer("?", "21.5"), Answer("bye", close=True)))},
    )
    assert set(found_in(scenario, HOSTS)) == {rule}


def test_there_is_no_host_without_a_rule() -> None:
    assert sorted(path.stem.replace("_", "-") for path in HOSTS.glob("*.py")) == sorted(NAMES)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_field_bugs(bug: Path) -> None:
    assert found_in(bug_scenario(bug, "fixed"), bug) == []
    assert found_in(bug_scenario(bug, "buggy"), bug)[:1] == FOUND_IN_BUGS.get(bug.name, [])


def test_the_host_of_the_scenarios() -> None:
    directory = EXAMPLES / "scenarios"
    assert found_in(read_scenario(directory / "brown_out.yaml"), directory) == []
