"""The flash as bytes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.profile import (
    FlashImage,
    Profile,
    SecuritySection,
    WifiSection,
    decode_image,
    encode_image,
    factory_profile,
)
from wizfi_emu.profile.fields import AccessPointSetting, Backup, SecuritySetting, SocketRegistration, StationSetting
from wizfi_emu.profile.image import Application, new_image


def test_there_and_back() -> None:
    profile = Profile(mac="00:08:DC:11:22:33", station=StationSetting(bytes(range(32)), "00:08:DC:AA:BB:01", 6))
    profile.backup = Backup(
        0, AccessPointSetting(), SecuritySetting(), True, "1.2.3.4", "255.0.0.0", "1.2.3.1", SocketRegistration("S")
    )
    image = FlashImage(profile, WifiSection.of(profile), SecuritySection(b"-----BEGIN\r\n", bytes(range(256))))
    assert decode_image(encode_image(image)) == image


def test_a_module_that_has_never_run() -> None:
    image = new_image("00:08:DC:11:22:33")
    assert image.factory_mac == image.profile.mac == "00:08:DC:11:22:33"
    assert image.profile == factory_profile("", Profile(mac="00:08:DC:11:22:33"))


def test_wifi_section_of_a_profile() -> None:
    profile = Profile(country="KR", mac="00:08:DC:11:22:33", access_point=AccessPointSetting(b"mine", 3))
    section = WifiSection.of(profile)
    assert (section.station, section.station_security) == (profile.station, profile.station_security)
    assert (section.access_point, section.ap_security) == (profile.access_point, profile.ap_security)
    assert (section.country, section.mac) == ("KR", "00:08:DC:11:22:33")
    assert WifiSection.of(Profile()) == WifiSection()


@pytest.mark.parametrize("data", [b"", b"\xff\xff", b"{}", b"null", b'{"profile":{"mac":5}}', b'{"profile":{}}x'])
def test_what_is_no_image(data: bytes) -> None:
    assert decode_image(data) is None


@pytest.mark.parametrize("version", ["x", "1.0.5", "1.0.5.2.1", "1.0.5.2\n", "1.0.5.1000", "١.0.5.2", "../guide"])
def test_an_application_of_a_version_that_is_none(version: str) -> None:
    image = FlashImage(Profile(), application=Application("guide", version))
    assert decode_image(encode_image(image)) is None


@pytest.mark.parametrize("version", ["", "1.0.5.2", "0.9.2.0", "255.255.255.255"])
def test_an_application(version: str) -> None:
    image = FlashImage(Profile(), application=Application("guide", version, 3000, valid=False, intact=False))
    assert decode_image(encode_image(image)) == image


def test_image_of_another_format() -> None:
    assert decode_image(encode_image(FlashImage(Profile(), format=2))) is None


def test_fields_that_are_missing_have_their_defaults() -> None:
    image = decode_image(b'{"profile":{"mac":"00:08:DC:11:22:33"}}')
    assert image == FlashImage(Profile(mac="00:08:DC:11:22:33"))


DAMAGED: list[tuple[str, object]] = [
    ("mac", "x"),
    ("mac", "00:08:dc:11:22:33"),
    ("mac", "00:08:DC:11:22:33\n"),
    ("uart", {"stop_bits": "x"}),
    ("uart", {"stop_bits": "005"}),
    ("uart", {"parity": "M"}),
    ("uart", {"data_bits": 9}),
    ("uart", {"flow": ""}),
    ("uart", {"baud": -1}),
    ("uart", {"baud": 2**32}),
    ("message_level", 0),
    ("interface", 3),
    ("spi_option", 12),
    ("wifi_mode", 2),
    ("station", {"ssid": "QQ==" * 11}),
    ("station", {"bssid": "1"}),
    ("station", {"channel": 15}),
    ("access_point", {"channel": 0}),
    ("station_security", {"type": "WPA3"}),
    ("station_security", {"key": "AAAA" * 22}),
    ("address", ""),
    ("address", "1.2.3"),
    ("netmask", "255.255.255.256"),
    ("dns1", "x"),
    ("country", ""),
    ("registration", {"open_type": "X"}),
    ("registration", {"socket_type": ""}),
    ("registration", {"port": 65536}),
    ("registration", {"address": "x"}),
    ("receive_form", {"flags": ""}),
    ("receive_form", {"start": 256}),
    ("escape_time_ms", 0),
    ("web_type", ""),
    ("gpios", []),
    ("gpios", [{}] * 6),
    ("gpios", [{"mode": 2}] + [{}] * 4),
    ("web_user", "QUFB" * 7),
    ("extension", [-1, 0]),
    ("extension", [0]),
    ("socket_options", []),
    ("socket_options", [0] * 9),
    ("socket_options", [5000, 5000, 5, 100, 0, -1, 0, 0, 0]),
    ("socket_options", [5000, 5000, 5, 100, 0, 0, 0, -1, 0]),
    ("socket_options", [5000, 5000, 5, 9, 0, 0, 0, 0, 0]),
    ("socket_options", [5000, 5000, 5, 100, 0, 0, 0, 0]),
    ("antenna", 4),
    ("web_scan_options", [1, 0, 256]),
    ("custom_code", "x"),
    ("custom_gpio", 2),
    ("air_command", {"open_type": "SO"}),
    ("air_command", {"port": -1}),
    ("link_check", {"time_s": 86401}),
    ("link_check", {"tries": -1}),
    ("web_menu", ""),
    ("rf_mode", 5),
    ("event_form", ""),
    ("event_form", "1111111113"),
    ("event_delay_ms", 256),
    ("cowaya_time_s", -1),
    ("cowaya_text", "QUFB" * 4),
    ("socket_host_name", "QUFB" * 17),
    ("s_mode", 65536),
    ("mqtt", {"keepalive_s": -1}),
    ("mqtt", {"password": "QUFB" * 17}),
    ("backup", {}),
]


@pytest.mark.parametrize(("field", "value"), DAMAGED, ids=lambda value: str(value)[:40])
def test_what_no_command_can_store_is_damage(field: str, value: object) -> None:
    assert decode_image(msgspec.json.encode({"profile": {field: value}})) is None


@pytest.mark.parametrize("image", [b"[" * 30_000, b'{"profile":{"x":' * 3000, b'{"x":' + b"[" * 30_000])
def test_what_is_nested_without_end_is_damage(image: bytes) -> None:
    assert decode_image(image) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uart", {"baud": 0}),
        ("uart", {"stop_bits": "0.5"}),
        ("station", {"bssid": "00:08:DC:AA:BB:01", "channel": 0}),
        ("registration", {"socket_type": "xyz"}),
        ("socket_options", [0, 20000, 2**32 - 1, 10, 3600, 1000, 1000, 1000, 2**32 - 1]),
        ("gpios", [{"config": 2**32 - 1}] * 5),
        ("custom_code", "WIZNET    "),
        ("custom_code", "WIZNET"),
        ("dns1", ""),
        ("cowaya_time_s", 2**32 - 1),
        ("country", "0C"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_commands_can_store_is_kept(field: str, value: object) -> None:
    image = decode_image(msgspec.json.encode({"profile": {field: value}}))
    assert image is not None
    assert decode_image(encode_image(image)) == image


@given(st.binary(max_size=60))
def test_any_bytes_are_an_image_or_not(data: bytes) -> None:
    assert decode_image(data) is None
    assert decode_image(data + encode_image(FlashImage(Profile()))[:60]) is None
