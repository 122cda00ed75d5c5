"""Pins: LEDs, the FUNCTION button, GPIOs, the analogue input."""

from __future__ import annotations

import pytest

from tests.desk import BOTH, INVALID_INPUT, LINK_DOWN, LINK_UP, MEASURED, MS, OK, Desk, S, event
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import FlashImage, Profile, Security, decode_image, encode_image
from wizfi_emu.profile.fields import (
    AccessPointSetting,
    ReceiveForm,
    SecuritySetting,
    SocketRegistration,
    UartSetting,
)

SET_UP = b"Set AP Mode & Web Server Launch\r\n"
SETUP_LINK = b"\r\n[Link-Up Event]\r\n  IP Addr    : 192.168.12.1\r\n  Gateway    : 192.168.12.1\r\n"


def flash_of(desk: Desk) -> Profile:
    image = decode_image(desk.image)
    assert image is not None
    return image.profile


# --- LEDs -------------------------------------------------------------------------------------------------------------


def test_leds_flash_three_times_after_the_banner() -> None:
    desk = Desk()
    banner = next(at for at, effect in enumerate(desk.effects) if isinstance(effect, fx.UartSend))
    flashes = [effect for effect in desk.effects[banner:] if isinstance(effect, fx.SetPin) and "led" in effect.pin]
    on_and_off = [fx.SetPin(led, level) for level in (False, True) for led in ("led1", "led2")]
    assert flashes == on_and_off * 3
    assert (desk.pins["led1"], desk.pins["led2"]) == (True, True)


def test_flashing_ends_as_link_and_mode_are() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SCON=S,USN,,,5000,1", "AT+MPROF=S")
    desk.power_on()
    desk.run(S)
    assert desk.module.data_mode.active
    assert (desk.pins["led1"], desk.pins["led2"]) == (False, False)


# --- FUNCTION ---------------------------------------------------------------------------------------------------------


def test_four_presses_are_an_error() -> None:
    desk = Desk()
    for presses in (4, 5, 9):
        desk.press(presses)
        assert desk.quiet(S) == b"Error\r\n"
    assert desk.resets == []


def test_time_from_the_press_to_the_action() -> None:
    desk = Desk()
    desk.press(4)
    last_edge_us = desk.now_us - 300 * MS
    while not (printed := desk.quiet(10 * MS)):
        assert desk.now_us - last_edge_us < S
    assert printed == b"Error\r\n"
    assert 500 * MS <= desk.now_us - last_edge_us <= 610 * MS


def test_long_press_counts_once_and_short_presses_can_be_missed() -> None:
    desk = Desk()
    desk.press(1, low_us=400 * MS)
    desk.press(1, low_us=50 * MS, high_us=50 * MS)
    desk.press(3)
    assert desk.quiet(S).startswith((b"Error\r\n", b"Set "))
    desk = Desk()
    desk.press(1, low_us=5 * S)
    assert SET_UP in desk.quiet(S)


def test_pin_that_is_low_since_boot_counts_after_a_release() -> None:
    desk = Desk()
    desk.feed(ev.PinDriven("function", level=False))
    desk.restart()
    assert desk.quiet(5 * S) == b""
    desk.feed(ev.PinDriven("function", level=None))
    assert desk.quiet(S) == b""
    desk.press(4)
    assert desk.quiet(S) == b"Error\r\n"


def test_a_pin_that_is_low_since_boot_is_not_pressed_when_it_is_pulled_low_again() -> None:
    desk = Desk()
    desk.feed(ev.PinDriven("function", level=False))
    desk.restart()
    desk.feed(ev.PinDriven("function", level=False))
    assert desk.quiet(3 * S) == b""


def test_waits_for_a_silent_line() -> None:
    desk = Desk()
    desk.press(4, high_us=100 * MS)
    for _ in range(20):
        desk.send(b"\n")
        assert desk.quiet(90 * MS) == b""
    assert desk.quiet(100 * MS) == b"Error\r\n"


def test_works_in_data_mode() -> None:
    desk = Desk(joined=True)
    desk.tcp_client(data_mode=True)
    desk.press(4)
    assert desk.quiet(S) == b"Error\r\n"
    assert desk.in_data_mode


def test_nothing_is_watched_while_the_pin_is_high() -> None:
    desk = Desk()
    desk.run(S)
    assert desk.module.wakeup_us is None
    desk.press(4)
    desk.run(2 * S)
    assert desk.module.wakeup_us is None


# --- one press --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_one_press_sets_an_access_point_up(firmware: str) -> None:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+MEXT1=1,2")  # not saved, so lost
    desk.press(1)
    line = b"" if firmware == MEASURED else b"Joining : WizFi250_AP_0008DC000000\r\n"
    assert desk.quiet(3 * S) == SET_UP + OK + LINK_DOWN + desk.banner + line + SETUP_LINK
    profile = flash_of(desk)
    assert (profile.wifi_mode, profile.dhcp, profile.auto_ap) == (1, False, False)
    assert profile.access_point == AccessPointSetting(b"WizFi250_AP_0008DC000000", 1)
    assert profile.ap_security == SecuritySetting(Security.WPA2, b"123456789")
    assert (profile.address, profile.netmask, profile.gateway) == ("192.168.12.1", "255.255.255.0", "192.168.12.1")
    assert profile.registration == SocketRegistration()
    assert profile.station.ssid == b"WizFiDemoAP"
    assert profile.extension == (0, 0)
    assert desk.exchange(b"AT+FWEBS=?\rAT+MAIRCMD=?\r").count(b"1,M\r\n") == 1
    assert desk.visit(50001) == b""
    assert desk.hear(b"WizFi250AirCmd:AT\r") == b""
    desk.run(S)
    assert desk.got() == OK
    # The flag was for one boot; the settings stay.
    assert desk.restart() == desk.banner
    assert desk.at("AT+WSET=?").startswith(b"1,WizFi250_AP_")
    assert desk.at("AT+MAIRCMD=?").startswith(b",")


@pytest.mark.parametrize("level", [1, 2])
def test_texts_and_levels(level: int) -> None:
    desk = Desk()
    desk.at(f"AT+MMSG={level}")
    desk.press(1)
    assert desk.quiet(450 * MS) == SET_UP + (OK if level == 2 else b"")


def test_web_server_command_does_the_same() -> None:
    desk = Desk()
    assert desk.at("AT+FWEBS=1,f", 2 * S) == OK + SET_UP + OK + desk.banner + SETUP_LINK


def test_session_gives_the_former_settings_back() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=1,before,,3", "AT+WSEC=1,OPEN,", "AT+WSET2=0,station", "AT+WNET=1,10.0.0.1")
    desk.ok("AT+SCON=S,TSN,,,7000,0", "AT+MEXT1=11,60", "AT+MPROF=S")
    desk.press(1)
    assert desk.quiet(3 * S).endswith(SETUP_LINK)
    assert flash_of(desk).access_point.ssid.startswith(b"WizFi250_AP_")
    assert desk.quiet(57 * S) == b""
    assert desk.quiet(6 * S).startswith(LINK_DOWN + desk.banner + b"Joining : station\r\n")
    profile = flash_of(desk)
    assert (profile.wifi_mode, profile.dhcp, profile.address, profile.backup) == (0, True, "10.0.0.1", None)
    assert (profile.access_point.ssid, profile.ap_security.type) == (b"before", Security.OPEN)
    assert profile.registration == SocketRegistration("S", "TSN", "0.0.0.0", 0, 7000, False)
    image = decode_image(desk.image)
    assert image is not None
    assert image.wifi.access_point.ssid == b"before"


@pytest.mark.parametrize(
    ("code", "ssid", "text"),
    [
        ("SHINHEUNG", b"SAM4S_PRT_0008DC000000", SET_UP),
        ("URIEL", b"W_AP_0008DC000000", SET_UP + b"(with Factory Default)\r\n"),
        ("ENCORED", b"GetIT_0008DC000000", SET_UP),
    ],
)
def test_customer_codes(code: str, ssid: bytes, text: bytes) -> None:
    desk = Desk()
    desk.ok(f"AT+MCUSTOM={code}", "AT+MEXT1=5,6", "AT+MPROF=S")
    desk.press(1, low_us=2200 * MS if code == "URIEL" else 150 * MS, high_us=300 * MS)
    assert desk.quiet(S).startswith(text + OK)
    desk.run(2 * S)
    profile = flash_of(desk)
    assert (profile.access_point.ssid, profile.custom_code) == (ssid, code)
    if code == "SHINHEUNG":
        assert profile.receive_form == ReceiveForm("110001110", 0x7B, 0x3B, 0x7D, 0x00, 0x0A)
        assert (profile.uart, profile.message_level) == (UartSetting(460800, flow="HW"), 2)
        assert profile.registration == SocketRegistration("S", "TSN", "", 0, 5000, data_mode=False)
    if code == "URIEL":
        assert profile.uart == UartSetting(9600)


def test_button_of_uriel_has_to_be_held() -> None:
    desk = Desk()
    desk.ok("AT+MCUSTOM=URIEL")
    desk.press(3)
    desk.press(1, low_us=1900 * MS)
    assert desk.quiet(5 * S) == b""
    desk.press(1, low_us=2200 * MS)
    assert desk.quiet(5 * S).startswith(SET_UP + b"(with Factory Default)\r\n" + OK + desk.banner)


def test_factory_defaults_of_three_presses() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+WNET=0", "AT+MPROF=S")
    desk.press(3)
    assert desk.quiet(2 * S) == b"Set Factory Default\r\n" + OK + LINK_DOWN + desk.banner
    assert flash_of(desk).dhcp


def test_update_mode_of_two_presses() -> None:
    desk = Desk(joined=True)
    desk.tcp_client()
    desk.press(2)
    printed = desk.quiet(5 * S)
    assert printed.startswith(b"Set OTA Mode\r\n")
    assert event("DISCONNECT", 0) not in printed  # at once, without closing anything
    assert desk.exchange(b"AT\r") == b""
    assert desk.restart().endswith(desk.banner)


# --- GPIO -------------------------------------------------------------------------------------------------------------


def test_defaults_drive_all_low() -> None:
    desk = Desk()
    assert desk.at("AT+FGPIO=?") == b"{1,1,3,0},{1,5,3,0},{1,6,3,0},{1,7,3,0},{1,8,3,0}\r\n" + OK
    assert [desk.pins[f"gpio{number}"] for number in (1, 5, 6, 7, 8)] == [False] * 5


@pytest.mark.parametrize(
    ("config", "value", "level"),
    [(3, 0, False), (3, 1, True), (4, 0, False), (4, 1, None), (5, 0, False), (5, 1, None)],
)
def test_outputs(config: int, value: int, level: bool | None) -> None:
    desk = Desk()
    desk.ok(f"AT+FGPIO=2,7,{config}", f"AT+FGPIO=1,7,{value}")
    assert desk.pins["gpio7"] is level
    assert f"{{1,7,{config},{value}}}".encode() in desk.at("AT+FGPIO=?")
    assert desk.at("AT+FGPIO=0,7") == INVALID_INPUT


@pytest.mark.parametrize(("config", "undriven"), [(0, 1), (1, 0), (2, 0)])
def test_inputs(config: int, undriven: int) -> None:
    desk = Desk()
    desk.ok(f"AT+FGPIO=2,6,{config}")
    assert desk.pins["gpio6"] is None
    assert desk.at("AT+FGPIO=0,6") == b"%d\r\n" % undriven + OK
    for level in (True, False):
        desk.feed(ev.PinDriven("gpio6", level))
        assert desk.at("AT+FGPIO=0,6") == b"%d\r\n" % level + OK
        assert b"{0,6,%d,%d}" % (config, level) in desk.at("AT+FGPIO=?")
    desk.feed(ev.PinDriven("gpio6", None))
    assert desk.at("AT+FGPIO=0,6") == b"%d\r\n" % undriven + OK
    assert desk.at("AT+FGPIO=1,6,1") == INVALID_INPUT


def test_configuration_keeps_the_output_register() -> None:
    desk = Desk()
    desk.ok("AT+FGPIO=1,8,1", "AT+FGPIO=2,8,0", "AT+FGPIO=2,8,3")
    assert desk.pins["gpio8"] is True


def test_saved_settings_are_applied_at_boot() -> None:
    desk = Desk()
    desk.ok("AT+FGPIO=1,8,1", "AT+FGPIO=2,1,0", "AT+MPROF=S", "AT+FGPIO=1,5,1")
    desk.restart()
    assert (desk.pins["gpio8"], desk.pins["gpio1"], desk.pins["gpio5"]) == (True, None, False)


def test_link_of_a_service_comes_before_the_gpios() -> None:
    desk = Desk(joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+MPROF=S")
    desk.effects.clear()
    assert LINK_UP in desk.restart()
    up = desk.effects.index(fx.UartSend(b"\r\n[Link-Up Event]\r\n"))
    gpios = [at for at, effect in enumerate(desk.effects) if effect == fx.SetPin("gpio1", level=False)]
    assert min(gpios) > up


# --- ADC --------------------------------------------------------------------------------------------------------------


def test_analogue_input() -> None:
    desk = Desk()
    assert desk.at("AT+FGETADC") == b"1234\r\n" + OK
    desk.feed(ev.AdcDriven(4095))
    assert desk.at("AT+FGETADC=?") == b"4095\r\n" + OK
    assert desk.pins["gpio5"] is None  # an analogue input until it is configured again
    assert b"{1,5,3,0}" in desk.at("AT+FGPIO=?")
    desk.ok("AT+FGPIO=2,5,3")
    assert desk.pins["gpio5"] is False


def test_levels_outside_survive_a_reset() -> None:
    desk = Desk(image=encode_image(FlashImage(Profile(firmware_version="1.0.5.2"))))
    desk.feed(ev.PinDriven("gpio1", True), ev.AdcDriven(7))
    desk.ok("AT+FGPIO=2,1,1", "AT+MPROF=S")
    desk.restart()
    assert desk.at("AT+FGPIO=0,1") == b"1\r\n" + OK
    assert desk.at("AT+FGETADC") == b"7\r\n" + OK
