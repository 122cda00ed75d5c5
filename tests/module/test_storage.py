"""Who writes flash, and what of it: RAM, flash profile and the Wi-Fi section (firmware 1.0.5.2)."""

from __future__ import annotations

import msgspec
import pytest

from tests.desk import BOTH, ERROR, GUIDE, INVALID_INPUT, MEASURED, OK, Desk, S
from wizfi_emu.air.world import AccessPoint, World, Wps
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import FlashImage, Security, decode_image, factory_profile
from wizfi_emu.profile.fields import AccessPointSetting, SecuritySetting, StationSetting


def image_of(desk: Desk) -> FlashImage:
    image = decode_image(desk.image)
    assert image is not None
    return image


def writes(desk: Desk) -> int:
    return len(desk.ordered(fx.WriteFlash))


# --- at once: AT+WSET, AT+WSET2, AT+WSEC ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "station", "access_point", "mode"),
    [
        ("AT+WSET=0,net", StationSetting(b"net", "", 0), AccessPointSetting(), 0),
        ("AT+WSET2=0,net,1:2:3:4:5:6,7", StationSetting(b"net", "01:02:03:04:05:06", 7), AccessPointSetting(), 0),
        ("AT+WSET=1,mine,,11", StationSetting(), AccessPointSetting(b"mine", 11), 1),
        ("AT+WSET2=1,mine", StationSetting(), AccessPointSetting(b"mine", 6), 1),
        ("AT+WSET=01,whatever", StationSetting(), AccessPointSetting(), 1),
    ],
)
def test_network_goes_to_flash_at_once_and_nothing_else(
    command: str, station: StationSetting, access_point: AccessPointSetting, mode: int
) -> None:
    desk = Desk()
    desk.ok("AT+MMSG=3", "AT+MMSG=2", "AT+WNET=0", "AT+MEXT1=1,2")
    desk.effects.clear()
    desk.ok(command)
    assert writes(desk) == 1
    image = image_of(desk)
    assert (image.profile.station, image.profile.access_point, image.profile.wifi_mode) == (station, access_point, mode)
    assert (image.wifi.station, image.wifi.access_point) == (station, access_point)
    assert (image.profile.dhcp, image.profile.extension) == (True, (0, 0))
    assert (desk.module.ram.dhcp, desk.module.ram.wifi_mode) == (False, mode)
    desk.ok(command)
    assert writes(desk) == 0


def test_security_goes_to_flash_at_once_and_nothing_else() -> None:
    desk = Desk()
    desk.ok("AT+WNET=0")
    desk.effects.clear()
    desk.ok("AT+WSEC=1,WPA,abcdefgh")
    assert writes(desk) == 1
    image = image_of(desk)
    setting = SecuritySetting(Security.WPA, b"abcdefgh")
    assert (image.profile.ap_security, image.wifi.ap_security, image.profile.wifi_mode) == (setting, setting, 1)
    assert image.profile.station_security == SecuritySetting()
    assert image.profile.dhcp
    desk.ok("AT+WSEC=1,WPA,abcdefgh")
    assert writes(desk) == 0


def test_same_network_in_the_other_mode_is_a_change() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,net", "AT+WSET2=1,mine")
    desk.effects.clear()
    desk.ok("AT+WSET2=0,net")
    assert writes(desk) == 1
    desk.ok("AT+WSET2=1,mine")
    assert writes(desk) == 1
    desk.ok("AT+WSET=01,x")
    assert writes(desk) == 0


@pytest.mark.parametrize(("firmware", "shown"), [(GUIDE, b"ff"), (MEASURED, b"06")])
def test_octets_of_the_bssid_that_count(firmware: str, shown: bytes) -> None:
    desk = Desk(firmware)
    desk.ok("AT+WSET2=0,net,1:2:3:4:5:6,7", "AT+WSET2=0,net,1:2:3:4:ff:ff,7")
    assert desk.at("AT+WSET=?").endswith(b":" + shown + b",7\r\n" + OK)
    desk.ok("AT+WSET2=0,net,1:2:3:5:5:6,7")
    assert b"01:02:03:05:05:06" in desk.at("AT+WSET=?")


def test_same_network_still_selects_the_mode_in_ram() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=0,net", "AT+MPROF=S")
    desk.module.ram.wifi_mode = 1
    desk.ok("AT+WSET2=0,net")
    assert desk.at("AT+WSET=?").startswith(b"0,net,")


@pytest.mark.parametrize(
    "command", ["AT+WSET2=0,net", "AT+WSET2=1,net", "AT+WSET=01,x", "AT+WSEC=1,OPEN,", "AT+MPROF=S", "AT+MCERT=D,C"]
)
def test_flash_that_fails(command: str) -> None:
    desk = Desk()
    desk.world.flash_works = False
    assert desk.at(command) == ERROR


# --- everything: AT+MPROF=S and the commands that reset ---------------------------------------------------------------


def test_save_and_load() -> None:
    desk = Desk()
    desk.ok("AT+WNET=0", "AT+MPROF=S", "AT+WNET=1", "AT+MEXT1=3,4")
    assert desk.at("AT+WNET=?").startswith(b"1,")
    desk.ok("AT+MPROF=l")
    assert desk.at("AT+WNET=?").startswith(b"0,")
    assert desk.at("AT+MEXT1=?") == b"0,0\r\n" + OK
    desk.restart()
    assert desk.at("AT+WNET=?").startswith(b"0,")


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("command", ["AT+WREG=KR", "AT+MMAC=00:08:DC:01:02:03", "AT+USET=9600,N,8,1,N", "AT+MSPI=1"])
def test_commands_that_reset_save_everything(firmware: str, command: str) -> None:
    desk = Desk(firmware)
    desk.ok("AT+MEXT1=3,4")
    assert desk.at(command, S) == OK + desk.banner
    assert desk.exchange(b"AT+MEXT1=?\r").endswith(b"3,4\r\n" + OK)
    assert len(desk.resets) == 1


def test_address_that_is_left_out() -> None:
    desk = Desk(MEASURED)
    assert desk.at("AT+MMAC=", S) == OK + desk.banner
    assert Desk(GUIDE).at("AT+MMAC=", S) == INVALID_INPUT


def test_serial_setting_without_reset() -> None:
    desk = Desk()
    desk.ok("AT+USET=9600,N,8,1,N,W")
    assert desk.quiet(S) == b""
    assert [effect for effect in desk.effects if isinstance(effect, fx.ConfigureUart)][1:] == []
    desk.restart()
    assert fx.ConfigureUart(9600, "N", 8, "1", "N") in desk.effects
    assert desk.at("AT+USET=?") == b"9600,N,8,1,N\r\n" + OK


def test_factory_defaults() -> None:
    desk = Desk()
    desk.ok("AT+WNET=0", "AT+WADNS=1.1.1.1", "AT+WANT=1", "AT+MPROF=S")
    assert desk.at("AT+MFDEF=fr", S) == OK + desk.banner
    assert desk.exchange(b"AT+WNET=?\r").count(b"1,192.168.12.101") == 1
    assert b"1.1.1.1,\r\n" in desk.exchange(b"AT+WADNS=?\r")
    assert b"1(1)\r\n" in desk.exchange(b"AT+WANT=?\r")


def test_ram_only() -> None:
    desk = Desk()
    desk.effects.clear()
    desk.ok("AT+WNET=0", "AT+SFORM=000000000", "AT+FSOCK=4,10", "AT+SOPT1=10,5", "AT+SCON=S,TSN,,,1,0")
    desk.ok("AT+WADNS=1.1.1.1", "AT+WANT=1", "AT+MEVTMSG=1", "AT+MCUSTOM=URIEL", "AT+FWEBM=0000000")
    assert writes(desk) == 0


# --- WPS --------------------------------------------------------------------------------------------------------------

BUTTON = World(
    access_points=(AccessPoint("00:08:DC:AA:BB:01", "wps", security="WPA2", key="abcdefgh", wps=Wps("12345670", True)),)
)


@pytest.mark.parametrize("command", ["AT+WWPS=0", "AT+WWPS=1,12345670"])
def test_wps_stores_and_reloads(command: str) -> None:
    desk = Desk(world=BUTTON)
    desk.ok("AT+WNET=0", "AT+WSET2=1,mine")
    answer = desk.at(command, S)
    assert answer.endswith(b"Sending WSC Done\r\n" + OK)
    image = image_of(desk)
    assert image.profile.station == image.wifi.station == StationSetting(b"wps", "", 0)
    assert image.wifi.station_security == SecuritySetting(Security.WPA2, b"abcdefgh")
    assert image.profile.wifi_mode == desk.module.ram.wifi_mode == 0
    assert desk.module.ram.dhcp  # what was not saved is lost
    assert not desk.module.link.is_up
    desk.ok("AT+WNET=1")
    assert b"Successfully joined : wps\r\n" in desk.at("AT+WJOIN")


def test_wps_of_the_guide_joins() -> None:
    assert b"Successfully joined : wps\r\n" in Desk(GUIDE, world=BUTTON).at("AT+WWPS=0", S)


def test_wps_without_anybody() -> None:
    desk = Desk()
    image = desk.image
    assert desk.at("AT+WWPS=0") == ERROR
    assert desk.image == image


# --- certificates -----------------------------------------------------------------------------------------------------


def test_certificates_have_a_section_of_their_own() -> None:
    desk = Desk()
    desk.ok("AT+WNET=0")
    desk.exchange(b"AT+MCERT=W,C,4\rCERTAT+MCERT=W,K,3\rKEYAT+MCERT=W,R,4\rROOT")
    security = image_of(desk).security
    assert (security.certificate, security.private_key) == (b"CERT", b"KEY")
    assert desk.module.settings.volatile.root_ca == b"ROOT"
    assert image_of(desk).profile.dhcp
    desk.at("AT+MFDEF=FR", S)
    assert image_of(desk).security == security
    assert desk.exchange(b"AT+MCERT=R,K\r").endswith(b"KEY\r\n" + OK)
    desk.exchange(b"AT+MCERT=D,K\r")
    assert image_of(desk).security.private_key == b""


@pytest.mark.parametrize("length", [2047, 2048, 2049, 4095])
def test_certificate_that_is_longer_than_the_receive_buffer(length: int) -> None:
    desk = Desk()
    data = bytes(1 + at % 251 for at in range(length))
    assert desk.at(f"AT+MCERT=W,C,{length}") == b""
    desk.send(data[:-1])
    assert desk.quiet(100 * S) == b""
    assert desk.exchange(data[-1:]) == OK
    assert image_of(desk).security.certificate == data


def test_wrong_target_of_a_profile_command() -> None:
    desk = Desk()
    for wrong in ("", "?", "Vd", "vD", "X", "SS", "V"):
        assert desk.at(f"AT+MPROF={wrong}") == INVALID_INPUT


# --- damage -----------------------------------------------------------------------------------------------------------

DAMAGE = [
    ("event_form", ""),
    ("socket_options", []),
    ("socket_options", [5000, 5000, 5, 100, 0, -1, 0, 0, 0]),
    ("socket_options", [5000, 5000, 5, 100, 0, 0, 0, -1, 0]),
    ("gpios", []),
    ("mac", "x"),
    ("uart", {"stop_bits": "x"}),
]


def warnings(desk: Desk) -> list[str]:
    return [effect.text for effect in desk.effects if isinstance(effect, fx.Log) and effect.level == "warning"]


@pytest.mark.parametrize(("field", "value"), DAMAGE)
def test_a_profile_that_no_command_can_have_stored_is_reported_and_replaced(field: str, value: object) -> None:
    profile = {"firmware_version": "1.0.5.2", "message_level": 3, field: value}
    desk = Desk(image=msgspec.json.encode({"profile": profile}))
    assert warnings(desk) == ["the flash image cannot be read; starting with factory defaults"]
    assert image_of(desk).profile == factory_profile("1.0.5.2")
    desk.ok("AT")
    desk.quiet(10 * S)
    desk.feed(ev.PoweredOn(desk.image))
    assert len(warnings(desk)) == 1
