"""The plan that comes with the program: it names every switch, and of each probe all that its answers depend on."""

from __future__ import annotations

import random

import msgspec
import pytest

from tests.calibrate.modules import random_switches
from wizfi_emu.calibrate.bench import Model
from wizfi_emu.calibrate.load import known_personalities, load_plan
from wizfi_emu.calibrate.network import Network, link_lines
from wizfi_emu.calibrate.plan import Probe
from wizfi_emu.calibrate.values import usual_values
from wizfi_emu.firmware.load import load_firmware, switch_names

PLAN = load_plan()
FLIPS = 2


def test_names_are_not_used_twice() -> None:
    names = [probe.name for probe in (*PLAN.probes, *(measure.probe for measure in PLAN.measures))]
    assert sorted(set(names)) == sorted(names)


def test_every_switch_is_decided_or_what_would_decide_it_is_said() -> None:
    decided = {switch for probe in PLAN.probes for switch in probe.decides}
    assert decided | set(PLAN.undecided) == set(switch_names())
    assert not decided & set(PLAN.undecided)


def test_stages_and_links_are_asked_for() -> None:
    assert {probe.stage for probe in PLAN.chosen("read", "none")} == {"read"}
    assert {probe.stage for probe in PLAN.chosen("volatile", "station")} == {"read", "volatile"}
    assert {probe.link for probe in PLAN.chosen("flash", "ap")} == {"none", "ap"}
    assert PLAN.chosen("flash", "peer") == PLAN.probes
    assert [one.name for one in PLAN.measured("read", "none")] == ["serial line", "answers", "channels"]


def test_the_read_stage_sends_nothing_that_changes_a_module() -> None:
    harmless = ("=?", "AT", "hello", "AT+NOSUCH", "AT+MECHO=7", "AT+MMSG=9", "AT+SFORM=1", "AT+SMGMT=9", "AT+SMGMT=x")
    for probe in PLAN.chosen("read", "none"):
        assert not probe.undo
        for step in probe.steps:
            assert step.line is not None
            is_query = step.line.endswith(("=?", "=?,1"))
            reads = step.line.partition("=")[0] in (
                "AT+MINFO", "AT+MPROF", "AT+MFDEF", "AT+MHELP", "AT+WSCAN", "AT+MCERT", "AT+MCSTGPIO", "AT+FWEBSOPT",
                "AT+FDNS", "AT+WP2P_PEERLIST", "AT+SSEND", "AT+NOSUCHCOMMAND",
            )  # fmt: skip
            assert is_query or reads or step.line in harmless, step.line
            assert step.line not in ("AT+MPROF=S", "AT+MPROF=L", "AT+MFDEF=FR")


def test_a_network_is_filled_in() -> None:
    lines = list(link_lines(PLAN, "station", Network("my, net", "WPA2", "secret key")))
    assert lines == ["AT+WSET=0,my, net", "AT+WSEC=0,WPA2,secret key", "AT+WJOIN"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [None, 1])
def test_answers_depend_on_no_other_switch_than_those_that_a_probe_names(seed: int | None) -> None:
    base = load_firmware("guide")
    if seed is not None:
        base = random_switches(random.Random(seed), base)
    model = Model(PLAN, base)
    chance = random.Random(seed)

    def others_changed(probe: Probe) -> dict[str, object]:
        others = [switch for switch in switch_names() if switch not in probe.decides]
        return {switch: chance.choice(usual_values(switch, known_personalities())) for switch in others}

    for probe in PLAN.probes:
        expected = model.played(probe, base).text
        for _ in range(FLIPS):
            changes = others_changed(probe)
            assert model.played(probe, msgspec.structs.replace(base, **changes)).text == expected, (probe.name, changes)
