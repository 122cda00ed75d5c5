"""What a scenario names outside of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.scenes import scene
from wizfi_emu.errors import UserError
from wizfi_emu.scenario.check import check_scenario


@pytest.mark.parametrize(
    ("steps", "head", "message"),
    [
        (
            "",
            "faults: [{fault: ap-off, access_point: WizFiDemoAp}]",
            "faults[0].access_point: the world has no access point 'WizFiDemoAp'; did you mean WizFiDemoAP?",
        ),
        (
            "- start: {fault: key-changed, access_point: Nowhere, key: '12345678'}",
            "",
            "steps[0].start.access_point: the world has no access point 'Nowhere'",
        ),
        (
            "- start: {fault: dns-fail, name: names}\n- heal: name",
            "",
            "steps[1].heal: no fault 'name' is set; there is: names; did you mean names?",
        ),
        ("- heal: tcp-reset", "", "steps[0].heal: no fault 'tcp-reset' is set; there is: none"),
    ],
)
def test_what_is_not_there(steps: str, head: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        check_scenario(scene(steps, head=head))
    assert str(caught.value) == message


def test_what_is_there() -> None:
    steps = "- start: {fault: ap-off, access_point: WizFiDemoAP}\n- heal: ap-off\n- heal: ap-off-2"
    check_scenario(scene(steps, head="exec: nowhere"))


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("./hosst {port}", "exec: there is no program './hosst' in {0}; did you mean ./host?"),
        ("./readme", "exec: './readme' in {0} is not executable"),
        ("wizfi-no-such", "exec: there is no program 'wizfi-no-such' on the PATH"),
        ("readme", "exec: there is no program 'readme' on the PATH; did you mean ./readme?"),
    ],
)
def test_programs(command: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "host").touch(0o700)
    (tmp_path / "readme").touch(0o600)
    with pytest.raises(UserError) as caught:
        check_scenario(scene(head=f"exec: {command}"), tmp_path)
    assert str(caught.value) == message.format(tmp_path)
    check_scenario(scene(head="exec: ./host"), tmp_path)
    check_scenario(scene(head="exec: sh -c true"), tmp_path)
