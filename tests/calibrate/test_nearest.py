"""The nearest personality, by the answers that are equal."""

from __future__ import annotations

from collections.abc import Mapping

from wizfi_emu.calibrate.nearest import nearest, with_found
from wizfi_emu.calibrate.plan import Probe
from wizfi_emu.calibrate.play import Exchange, Played
from wizfi_emu.firmware.load import load_firmware

PROBES = [
    Probe(name=switch, asks="", lines=("AT",), decides=(switch,))
    for switch in ("query_line_end", "sform_upper_case", "command_level")
]
KNOWN = [load_firmware(name) for name in ("guide", "1.0.3.6", "1.0.5.2")]


class Values:
    """A model that answers with the value of the first switch."""

    def text(self, probe: Probe, switches: Mapping[str, object]) -> str:
        return str(switches[probe.decides[0]])


def answers(*values: object) -> list[Played]:
    return [
        Played(probe, (Exchange(b"", str(value).encode(), 0),)) for probe, value in zip(PROBES, values, strict=True)
    ]


def test_the_one_with_most_equal_answers_among_those_with_its_version() -> None:
    found = nearest(KNOWN, answers(True, True, "1.0.5.2"), Values(), "1.0.3.6")
    assert (found.firmware.name, found.equal, found.percent) == ("guide", 3, 100)
    found = nearest(KNOWN, answers(False, False, "1.0.3.6"), Values(), "1.0.3.6")
    assert (found.firmware.name, found.equal) == ("1.0.3.6", 3)


def test_a_version_that_is_not_known_is_compared_with_all() -> None:
    assert nearest(KNOWN, answers(False, False, "1.0.5.2"), Values(), "9.9.9.9").firmware.name == "1.0.5.2"


def test_what_was_found_comes_over_the_nearest() -> None:
    base = load_firmware("1.0.4.4")
    found = with_found(base, {"query_line_end": True, "command_level": "1.0.4.2"})
    assert (found.query_line_end, found.command_level) == (True, "1.0.4.4")
    assert with_found(base, {"command_level": "1.0.5.0"}).command_level == "1.0.5.0"
