"""Parts of the state."""

from __future__ import annotations

import pytest

from tests.scenario.scenes import JOIN, explain, failure, play
from wizfi_emu.scenario.state import check_path


@pytest.mark.parametrize(
    "path", ["mode", "wifi.ssid", "sockets", "sockets.0.local.virtual", "leds.led1", "profile.x.y"]
)
def test_paths(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("mod", "did you mean mode?"),
        ("wifi", "expected one of its parts: wifi.state, wifi.ssid"),
        ("wifi.sid", "got 'sid'; did you mean ssid?"),
        ("counters", "expected power, mode"),
    ],
)
def test_wrong_paths(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^expected ") as caught:
        check_path(path)
    assert message in str(caught.value)


def test_a_state_is_waited_for() -> None:
    report = play(
        f"{JOIN}- expect_state: {{wifi.state: station, wifi.ssid: WizFiDemoAP, sockets: 0, sockets.0.type: none}}"
    )
    assert report.passed, explain(report)


def test_what_is_another_state() -> None:
    failed = failure(play("- expect_state: {mode: data, power: 'true', busy: 'true'}\n  within: 1"))
    assert failed.message == "mode is command, busy is false after 1 s"


def test_pins_are_waited_for() -> None:
    report = play(f"{JOIN}- expect_pin: {{led1: 0, gpio5: 0}}\n- power: off\n- expect_pin: {{gpio6: free}}")
    assert report.passed, explain(report)
    failed = failure(play("- expect_pin: {gpio5: 1}\n  within: 0.5"))
    assert failed.message == "gpio5 is 0 after 0.5 s"
