"""AT+WWPS against the world: a button that was pressed in time, a PIN that matches, and their opposites."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.desk import BOTH, ERROR, GUIDE, INVALID_INPUT, JOINING, LINK_UP, MEASURED, OK, Desk, S, world_named
from wizfi_emu.air.world import World, Wps

DEMO = world_named("demo").access_points[1]
PROGRESS = b"".join(
    text + b"\r\n"
    for text in (
        b"Sending EAPOL start",
        b"Sending Identity",
        b"Sending Identity",
        b"Sending nonce",
        b"Sending hashes",
        b"Sending WSC Done",
    )
)


def desk_with(wps: Wps, firmware: str) -> Desk:
    return Desk(firmware, world=World(access_points=(replace(DEMO, wps=wps),)))


def test_button_stores_the_credentials_and_does_not_join() -> None:
    desk = desk_with(Wps(button_pressed=True), MEASURED)
    desk.ok("AT+WSEC=0,WPA2,anotherkey", "AT+WNET=0,10.0.0.1")
    assert desk.at("AT+WWPS=0", S) == PROGRESS + OK
    assert desk.at("AT+WSET=?") == b"0,WizFiDemoAP,00:00:00:00:00:00,0\r\n" + OK
    assert desk.at("AT+WSEC=?") == b"0,WPA2,12345678\r\n" + OK
    # RAM was loaded from flash again: what was not saved is lost.
    assert desk.at("AT+WNET=?").startswith(b"1,192.168.12.101,")
    assert desk.at("AT+WSTAT").splitlines()[1].startswith(b"Down////")
    assert desk.at("AT+WJOIN") == JOINING + LINK_UP + OK


def test_guide_joins_too() -> None:
    desk = desk_with(Wps(button_pressed=True), GUIDE)
    assert desk.at("AT+WWPS=0", S) == PROGRESS + JOINING + LINK_UP + OK


@pytest.mark.parametrize("firmware", BOTH)
def test_pin(firmware: str) -> None:
    desk = desk_with(Wps(pin="12345670"), firmware)
    assert desk.at("AT+WWPS=1,12345671", S) == ERROR
    assert desk.at("AT+WWPS=1,12345670", S).startswith(PROGRESS)
    assert desk.at("AT+WSEC=?") == b"0,WPA2,12345678\r\n" + OK


def test_button_that_is_pressed_while_the_module_waits() -> None:
    desk = desk_with(Wps(), MEASURED)
    desk.send(b"AT+WWPS=0\r")
    desk.run(100 * S)
    assert desk.read() == b""
    desk.world.schedule(desk.radio.press_wps_button("WizFiDemoAP", desk.now_us))
    desk.run(S)
    assert desk.read() == PROGRESS + OK


def test_nobody_presses_within_two_minutes() -> None:
    desk = desk_with(Wps(), MEASURED)
    desk.send(b"AT+WWPS=0\r")
    desk.run(119 * S)
    assert desk.read() == b""
    desk.run(2 * S)
    assert desk.read() == ERROR


@pytest.mark.parametrize("firmware", BOTH)
def test_checks_in_their_order(firmware: str) -> None:
    desk = desk_with(Wps(button_pressed=True), firmware)
    assert desk.at("AT+WWPS=2") == INVALID_INPUT
    assert desk.at("AT+WWPS=") == INVALID_INPUT
    assert desk.at("AT+WWPS=1") == INVALID_INPUT
    assert desk.at("AT+WWPS=1,123456789", S) == (INVALID_INPUT if firmware == GUIDE else ERROR)
    assert desk.at("AT+WWPS=1,1234567890") == INVALID_INPUT
    assert desk.join().endswith(OK)
    assert desk.at("AT+WWPS=2") == ERROR
