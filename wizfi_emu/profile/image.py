"""The flash as one value: profile, Wi-Fi section and security section, and its bytes."""

from enum import Enum
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from wizfi_emu.bounds import Word, form
from wizfi_emu.profile import fields
from wizfi_emu.secret import Secret, discreet

IMAGE_FORMAT = 1
FACTORY_APP_BYTES = 810_132  # firmware 1.0.5.2

PEM_BYTES_MAX = 4095  # AT+MCERT

VersionText = Annotated[str, form(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?")]
"""Four numbers, or empty. What else comes out of a file is no image."""
FACTORY_MAC = "00:08:DC:00:00:00"
"""Of a flash to which no factory has given an address."""
DEFAULT_MAC = "00:08:DC:25:00:01"
"""What the first module gets unless told; drivers take one with zeros behind the vendor's part for none."""


class WifiSection(msgspec.Struct, frozen=True):
    """What joins use, and what AT+WSET=? and AT+WSEC=? show; each field is one of the profile's."""

    station: fields.StationSetting = fields.StationSetting()
    station_security: fields.SecuritySetting = fields.SecuritySetting()
    access_point: fields.AccessPointSetting = fields.AccessPointSetting()
    ap_security: fields.SecuritySetting = fields.SecuritySetting()
    country: fields.Country = "AU"
    mac: fields.CapitalMac = "00:08:DC:00:00:00"

    @classmethod
    def of(cls, profile: fields.Profile) -> Self:
        """The section as a save of this profile writes it."""
        return cls(**{name: getattr(profile, name) for name in cls.__struct_fields__})


@discreet
class SecuritySection(msgspec.Struct, frozen=True):
    """Certificate and private key of AT+MCERT, PEM text as stored."""

    certificate: Annotated[bytes, Meta(max_length=PEM_BYTES_MAX)] = b""
    private_key: Annotated[bytes, Meta(max_length=PEM_BYTES_MAX), Secret.PRIVATE_KEY] = b""


class BootRequest(Enum):
    """What the boot loader shall do at the next reset."""

    NONE = ""
    OTA = "ota"
    RECOVERY = "recovery"


class Application(msgspec.Struct, frozen=True):
    """What is in the application area.

    ``base`` is the personality that an upload replaced and ``version`` the text found in the upload; both are empty for
    the factory's application. ``valid`` is the mark that the boot loader looks at, ``intact`` whether it would run.
    """

    base: str = ""
    version: VersionText = ""
    size_bytes: Word = FACTORY_APP_BYTES
    valid: bool = True
    intact: bool = True


class FlashImage(msgspec.Struct):
    """Everything that a reset leaves as it was."""

    profile: fields.Profile
    wifi: WifiSection = WifiSection()
    security: SecuritySection = SecuritySection()
    application: Application = Application()
    boot_request: BootRequest = BootRequest.NONE
    format: int = IMAGE_FORMAT
    factory_mac: fields.CapitalMac = FACTORY_MAC
    """What a factory recovery gives the module again."""


def new_image(mac: str) -> FlashImage:
    """The flash of a module that has never run, with the address that its factory gave it.

    It has no firmware version: the application writes its defaults, as to any flash that is not its own.
    """
    return FlashImage(fields.factory_profile("", fields.Profile(mac=mac)), factory_mac=mac)


def encode_image(image: FlashImage) -> bytes:
    """The image as UTF-8 JSON; byte strings are Base64."""
    return msgspec.json.encode(image)


def decode_image(data: bytes) -> FlashImage | None:
    """The image in ``data``; None for an erased flash and for anything that is no image of this format.

    Also None for one with a value that no command can store.
    """
    try:
        image = msgspec.json.decode(data, type=FlashImage)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return image if image.format == IMAGE_FORMAT else None
