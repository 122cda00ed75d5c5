"""The profile: factory defaults, what survives them, and the defaults of customer codes."""

from __future__ import annotations

import msgspec
import pytest

from wizfi_emu.profile import Profile, Security, factory_profile
from wizfi_emu.profile.fields import (
    CUSTOM_CODES,
    SURVIVING_FIELDS,
    AccessPointSetting,
    AirCommand,
    Gpio,
    LinkCheck,
    MqttSetting,
    ReceiveForm,
    SecuritySetting,
    SocketRegistration,
    StationSetting,
    UartSetting,
    with_option,
)

DEFAULTS = {
    "firmware_version": "1.0.5.2",
    "mac": "00:08:DC:00:00:00",
    "uart": UartSetting(115200, "N", 8, "1", "N"),
    "message_level": 2,
    "echo": True,
    "interface": 0,
    "spi_option": 9,
    "wifi_mode": 0,
    "station": StationSetting(b"WizFiAP", "", 6),
    "station_security": SecuritySetting(Security.WPA2, b"12345678"),
    "access_point": AccessPointSetting(b"WizFiSoftAP", 1),
    "ap_security": SecuritySetting(Security.WPA2, b"12345678"),
    "dhcp": True,
    "address": "192.168.12.101",
    "netmask": "255.255.255.0",
    "gateway": "192.168.12.1",
    "dns1": "",
    "dns2": "",
    "country": "AU",
    "registration": SocketRegistration("O", "TSN", "", 0, 5000, True),
    "receive_form": ReceiveForm("111111111", 0x7B, 0x2C, 0x7D, 0x0D, 0x0A),
    "escape_time_ms": 1000,
    "web_type": "M",
    "gpios": (Gpio(1, 3, 0),) * 5,
    "web_user": b"admin",
    "web_password": b"admin",
    "auto_ap": False,
    "extension": (0, 0),
    "socket_options": (5000, 5000, 5, 100, 0, 0, 0, 0, 0),
    "antenna": 3,
    "web_scan_options": (1, 0, 0),
    "custom_code": "WIZNET    ",
    "custom_gpio": 0,
    "air_command": AirCommand("", "", 0, 0),
    "link_check": LinkCheck(0, 0, 0, 0),
    "listen_message": False,
    "web_menu": "1111111",
    "rf_mode": 0,
    "event_form": "1111111111",
    "event_delay_ms": 0,
    "cowaya_time_s": 0,
    "cowaya_text": b"",
    "socket_host_name": b"",
    "s_mode": 0,
    "mqtt": MqttSetting(b"", b"", b"", 0),
    "backup": None,
}


def test_factory_defaults() -> None:
    assert msgspec.structs.asdict(factory_profile("1.0.5.2")) == DEFAULTS


def changed() -> Profile:
    """A profile without a factory default anywhere but in what customer codes decide."""
    profile = Profile(
        firmware_version="0.9.2.0",
        mac="00:08:DC:11:22:33",
        message_level=3,
        echo=False,
        interface=1,
        spi_option=0,
        wifi_mode=1,
        station=StationSetting(b"other", "00:08:DC:AA:BB:01", 3),
        station_security=SecuritySetting(Security.OPEN, b""),
        access_point=AccessPointSetting(b"mine", 11),
        ap_security=SecuritySetting(Security.OPEN, b""),
        dhcp=False,
        address="10.0.0.1",
        netmask="255.0.0.0",
        gateway="10.0.0.2",
        dns1="8.8.8.8",
        dns2="8.8.4.4",
        country="KR",
        registration=SocketRegistration("S", "TCN", "1.2.3.4", 1, 2, False),
        receive_form=ReceiveForm("110000000"),
        escape_time_ms=50,
        web_type="A",
        gpios=(Gpio(0, 0, 1),) * 5,
        web_user=b"me",
        web_password=b"secret",
        auto_ap=True,
        extension=(11, 60),
        socket_options=(1,) * 9,
        antenna=1,
        web_scan_options=(0, 1, 2),
        custom_gpio=1,
        air_command=AirCommand("S", "U", 5, 1),
        link_check=LinkCheck(10, 5, 1, 1),
        listen_message=True,
        web_menu="0000000",
        rf_mode=2,
        event_form="2222222222",
        event_delay_ms=7,
        cowaya_time_s=3,
        cowaya_text=b"x",
        socket_host_name=b"name",
        s_mode=9,
        mqtt=MqttSetting(b"u", b"p", b"c", 30),
    )
    profile.uart = UartSetting(9600)
    return profile


def test_what_a_factory_reset_keeps() -> None:
    before = changed()
    after = factory_profile("1.0.5.2", before)
    kept = {"mac", "dns1", "dns2", "antenna", "custom_code", "custom_gpio", "air_command", "listen_message"}
    kept |= {"extension", "s_mode", "mqtt"}
    assert set(SURVIVING_FIELDS) == kept
    for name, default in DEFAULTS.items():
        assert getattr(after, name) == (getattr(before, name) if name in kept else default), name


CODE_DEFAULTS: dict[str, dict[str, object]] = {
    "WIZNET": {},
    "SHINHEUNG": {},
    "URIEL": {"uart": UartSetting(9600), "antenna": 1},
    "POSBANK": {"uart": UartSetting(1843200, flow="HW")},
    "COWAYA": {
        "socket_options": (5000, 5000, 5, 100, 0, 30, 0, 0, 0),
        "event_delay_ms": 100,
        "cowaya_time_s": 20,
        "cowaya_text": b"A1001",
        "extension": (11, 240),
    },
    "COWAYB": {
        "socket_options": (5000, 5000, 5, 100, 0, 30, 0, 600, 0),
        "socket_host_name": b"iocare.coway.co.kr",
    },
    "ENCORED": {"uart": UartSetting(38400), "web_menu": "1000000"},
}


def test_every_code_is_looked_at() -> None:
    assert tuple(CODE_DEFAULTS) == CUSTOM_CODES


@pytest.mark.parametrize("code", CUSTOM_CODES)
def test_defaults_of_customer_codes(code: str) -> None:
    profile = factory_profile("1.0.5.2", Profile(custom_code=code))
    assert msgspec.structs.asdict(profile) == DEFAULTS | {"custom_code": code} | CODE_DEFAULTS[code]


def test_what_shinheung_sets_for_a_network_of_its_own() -> None:
    profile = Profile(custom_code="SHINHEUNG", message_level=0)
    profile.set_up_for_shinheung()
    assert msgspec.structs.asdict(profile) == DEFAULTS | {
        "firmware_version": "",
        "custom_code": "SHINHEUNG",
        "message_level": 2,
        "receive_form": ReceiveForm("110001110", ord("{"), ord(";"), ord("}"), 0, ord("\n")),
        "uart": UartSetting(460800, flow="HW"),
    }


def test_copies_are_independent() -> None:
    profile = Profile()
    copy = profile.copied()
    copy.mac = "00:08:DC:11:22:33"
    assert profile.mac == "00:08:DC:00:00:00"


def test_security_of_the_selected_mode() -> None:
    profile = Profile(ap_security=SecuritySetting(Security.OPEN, b""))
    assert profile.security == SecuritySetting(Security.WPA2, b"12345678")
    profile.wifi_mode = 1
    assert profile.security == SecuritySetting(Security.OPEN, b"")


@pytest.mark.parametrize("number", range(1, 10))
def test_one_socket_option(number: int) -> None:
    profile = Profile(socket_options=with_option((0,) * 9, number, 7))
    assert [profile.socket_option(other) for other in range(1, 10)] == [7 * (other == number) for other in range(1, 10)]


@pytest.mark.parametrize(("open_type", "service"), [("O", False), ("S", True), ("SO", True)])
def test_service_registrations(open_type: str, service: bool) -> None:
    assert SocketRegistration(open_type).is_service is service
