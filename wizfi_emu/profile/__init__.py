"""The settings of the module: fields and defaults, printed forms, the flash image and the flash file."""

from wizfi_emu.profile.fields import Profile, Security, factory_profile
from wizfi_emu.profile.image import FlashImage, SecuritySection, WifiSection, decode_image, encode_image

__all__ = [
    "FlashImage",
    "Profile",
    "Security",
    "SecuritySection",
    "WifiSection",
    "decode_image",
    "encode_image",
    "factory_profile",
]
