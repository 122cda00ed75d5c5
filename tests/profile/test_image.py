"""The flash as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.profile import FlashImage, Profile, SecuritySection, WifiSection, decode_image, encode_image
from wizfi_emu.profile.fields import AccessPointSetting, Backup, SecuritySetting, SocketRegistration, StationSetting
from wizfi_emu.profile.image import Application


def test_there_and_back() -> None:
    profile = Profile(mac="00:08:DC:11:22:33", station=StationSetting(bytes(range(32)), "00:08:DC:AA:BB:01", 6))
    profile.backup = Backup(
        0, AccessPointSetting(), SecuritySetting(), True, "1.2.3.4", "255.0.0.0", "1.2.3.1", SocketRegistration("S")
    )
    image = FlashImage(profile, WifiSection.of(profile), SecuritySection(b"-----BEGIN\r\n", bytes(range(256))))
    assert decode_image(encode_image(image)) == image


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


@given(st.binary(max_size=60))
def test_any_bytes_are_an_image_or_not(data: bytes) -> None:
    assert decode_image(data) is None
    assert decode_image(data + encode_image(FlashImage(Profile()))[:60]) is None
