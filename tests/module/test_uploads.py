"""What uploads make of the flash."""

from __future__ import annotations

import pytest

from wizfi_emu.boot.appimage import make_app_image
from wizfi_emu.boot.dct import USED_BYTES, write_dct
from wizfi_emu.module.uploads import application_of, dct_from_image, image_from_dct, profile_is_unreadable
from wizfi_emu.profile import FlashImage, SecuritySection, WifiSection, factory_profile
from wizfi_emu.profile.fields import AccessPointSetting, MqttSetting, SecuritySetting, StationSetting
from wizfi_emu.profile.image import Application, BootRequest

OLD = FlashImage(
    factory_profile("1.0.3.6"),
    security=SecuritySection(b"old certificate", b"old key"),
    application=Application("guide", "1.0.4.9", 3000),
    boot_request=BootRequest.OTA,
)


def full_flash() -> FlashImage:
    """The longest texts that the module's commands can store, none of which compresses."""
    profile = factory_profile("1.0.3.6")
    noise = bytes((n * n * 31 + n * 7) & 0xFF for n in range(400))
    profile.station = StationSetting(noise[:32], "00:08:DC:AA:BB:CC", 11)
    profile.station_security = SecuritySetting(key=noise[32:96])
    profile.access_point = AccessPointSetting(noise[96:128], 6)
    profile.ap_security = SecuritySetting(key=noise[128:192])
    profile.mqtt = MqttSetting(noise[192:224], noise[224:256], noise[256:288], 60)
    profile.socket_host_name = noise[288:337]
    return FlashImage(profile, WifiSection.of(profile), SecuritySection(b"c" * 4095, b"k" * 2047))


def test_an_application() -> None:
    assert application_of(make_app_image("1.0.5.2", 2000), "guide", valid=True) == Application("guide", "1.0.5.2", 2000)
    assert application_of(make_app_image("1.0.5.2", 2000) + b"x", "guide", valid=False) == Application(
        "guide", "1.0.5.2", 2000, valid=False
    )


def test_no_application() -> None:
    assert application_of(b"anything", "guide", valid=True) == Application("guide", "", 8, intact=False)


@pytest.mark.parametrize("flash", [FlashImage(factory_profile("1.0.3.6")), full_flash()])
def test_a_table_there_and_back(flash: FlashImage) -> None:
    table = dct_from_image(flash)
    assert len(table) == USED_BYTES
    image = image_from_dct(table, OLD)
    assert isinstance(image, FlashImage)
    assert image == FlashImage(flash.profile, WifiSection.of(flash.profile), flash.security, OLD.application)
    assert not profile_is_unreadable(image)


def test_a_table_of_a_real_module() -> None:
    old = FlashImage(factory_profile("1.0.3.6"), application=Application(valid=False))
    old.profile.mac, old.profile.station = "00:08:DC:12:34:56", StationSetting(b"mine")
    opaque = bytearray(write_dct(b"key", b"certificate", b""))
    opaque[0x18C0:] = b"\xff" * (USED_BYTES - 0x18C0)
    image = image_from_dct(bytes(opaque), old)
    assert isinstance(image, FlashImage)
    assert profile_is_unreadable(image)
    assert image.security == SecuritySection(b"certificate", b"key")
    assert (image.profile.mac, image.profile.station) == ("00:08:DC:12:34:56", StationSetting())
    assert image.application == Application(valid=True)
    assert image.boot_request is BootRequest.NONE


@pytest.mark.parametrize("profile", [b"", b"{}", b"not JSON", b'{"profile":{"mac":5}}'])
def test_a_table_with_a_profile_that_is_none(profile: bytes) -> None:
    image = image_from_dct(write_dct(b"key", b"certificate", profile), OLD)
    assert isinstance(image, FlashImage)
    assert profile_is_unreadable(image)


def test_no_table() -> None:
    assert image_from_dct(b"x" * 9000, OLD) == "the file does not begin as a configuration table does"


def test_a_flash_that_no_table_has_room_for() -> None:
    flash = FlashImage(factory_profile("1.0.3.6"), security=SecuritySection(b"c" * 4096))
    with pytest.raises(ValueError, match="the certificate has 4096 bytes"):
        dct_from_image(flash)
