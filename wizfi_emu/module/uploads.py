"""What an uploaded file makes of the flash, and the way back: applications and configuration tables (DCT)."""

import msgspec

from wizfi_emu.boot.appimage import read_app_image
from wizfi_emu.boot.dct import read_dct, write_dct
from wizfi_emu.profile import FlashImage, SecuritySection, WifiSection, decode_image, encode_image, factory_profile
from wizfi_emu.profile.image import Application

PROFILE_UNREADABLE = (
    "certificate and key were taken; the profile of a real module's table cannot be read, and all settings get their "
    "defaults at the next boot"
)
"""What a person has to know after `image_from_dct` took a real module's table."""


def application_of(data: bytes, base: str, *, valid: bool) -> Application:
    """What an uploaded file is as an application; one that cannot run is not intact."""
    read = read_app_image(data)
    if isinstance(read, str):
        return Application(base=base, size_bytes=len(data), valid=valid, intact=False)
    return Application(base=base, version=read.version, size_bytes=read.size_bytes, valid=valid)


def image_from_dct(data: bytes, old: FlashImage) -> FlashImage | str:
    """The flash image after an upload of a configuration table, or in words why it is none.

    A table of a real module leaves a profile without a version, which the next boot resets as after an upgrade.
    """
    dct = read_dct(data)
    if isinstance(dct, str):
        return dct
    ours = decode_image(dct.profile) if dct.profile is not None else None
    profile = ours.profile if ours is not None else factory_profile("", old.profile)
    return FlashImage(
        profile,
        WifiSection.of(profile),
        SecuritySection(dct.certificate, dct.private_key),
        msgspec.structs.replace(old.application, valid=dct.application_valid),
        factory_mac=old.factory_mac,
    )


def profile_is_unreadable(image: FlashImage) -> bool:
    """Whether an image of `image_from_dct` lost its profile on the way."""
    return not image.profile.firmware_version


def dct_from_image(image: FlashImage) -> bytes:
    """The configuration table of a module with this flash. Raises ValueError for what no table has room for."""
    security = image.security
    return write_dct(security.private_key, security.certificate, encode_image(FlashImage(image.profile)))
