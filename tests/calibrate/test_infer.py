"""Elimination: a value stays as long as some combination with it answers as the module did."""

from __future__ import annotations

from collections.abc import Mapping

from wizfi_emu.calibrate.infer import infer
from wizfi_emu.calibrate.plan import Probe
from wizfi_emu.calibrate.play import Exchange, Played
from wizfi_emu.firmware.load import load_firmware

KNOWN = (load_firmware("1.0.5.2"),)
ONE = Probe(name="one", asks="", lines=("AT",), decides=("query_line_end",))
BOTH = Probe(name="both", asks="", lines=("AT",), decides=("query_line_end", "sform_upper_case"))


class Rule:
    """A model that answers by a rule."""

    def text(self, probe: Probe, switches: Mapping[str, object]) -> str:
        if probe.name == "one":
            return "end" if switches["query_line_end"] else "none"
        return str(switches["query_line_end"] or switches["sform_upper_case"])


def played(probe: Probe, answer: str) -> Played:
    return Played(probe, (Exchange(b"", answer.encode(), 0),))


def test_one_probe_decides_what_another_leaves_open() -> None:
    alone = infer([played(BOTH, "True")], Rule(), KNOWN)
    assert alone.decided == {}
    assert alone.open == {"query_line_end": (False, True), "sform_upper_case": (False, True)}
    both = infer([played(BOTH, "True"), played(ONE, "none")], Rule(), KNOWN)
    assert both.decided == {"query_line_end": False, "sform_upper_case": True}
    assert both.asked["query_line_end"] == ["both", "one"]


def test_an_answer_that_nothing_explains_decides_nothing() -> None:
    found = infer([played(ONE, "something else"), played(BOTH, "False")], Rule(), KNOWN)
    assert [one.probe.name for one in found.unexplained] == ["one"]
    assert found.decided == {"query_line_end": False, "sform_upper_case": False}
