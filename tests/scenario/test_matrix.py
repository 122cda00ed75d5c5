"""One scenario with several personalities."""

from __future__ import annotations

import pytest

from tests.scenario.scenes import scene
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import known_versions
from wizfi_emu.scenario.matrix import Row, names_of, summary, with_firmware
from wizfi_emu.scenario.virtual import run_virtually


def row(firmware: str, wanted: str) -> Row:
    known = with_firmware(scene(f'- line: AT+MINFO\n- expect: "{wanted}"\n  within: 0.1\n'), firmware)
    return Row(firmware, run_virtually(known, 0))


def test_which_personalities() -> None:
    assert names_of("all") == ["guide", *(known.version for known in known_versions())]
    assert names_of("1.0.5.2, guide,1.0.5.2") == ["1.0.5.2", "guide"]
    with pytest.raises(UserError, match="expected all or names"):
        names_of(" , ")
    with pytest.raises(UserError, match="unknown firmware"):
        names_of("guide,none")


def test_a_row() -> None:
    good, bad = row("1.0.5.2", "1.0.5.2"), row("guide", "1.0.5.2")
    assert good.line(7).startswith("1.0.5.2  ok      2 of 2     0.0")
    assert bad.line(7) == "guide    FAIL    1 of 2     0.100 s  steps[1]: '1.0.5.2' did not come within 0.1 s"
    assert good.as_json()["passed"] is True
    assert bad.as_json()["problem"] == "steps[1]: '1.0.5.2' did not come within 0.1 s"


def test_all_of_them() -> None:
    assert list(summary([row("1.0.5.2", "1.0.5.2")])) == ["passed: 1 of 1 personalities"]
    assert list(summary([row("1.0.5.2", "1.0.5.2"), row("guide", "1.0.5.2")])) == ["failed: 1 of 2 personalities"]
