"""A module whose host has both ports."""

from __future__ import annotations

from tests.desk import MEASURED, MS, Desk
from wizfi_emu.profile import FlashImage, Profile, encode_image
from wizfi_emu.profile.image import WifiSection


def image_with(interface: int, option: int = 9, *, echo: bool = False) -> bytes:
    profile = Profile(firmware_version="1.0.5.2", interface=interface, spi_option=option, echo=echo)
    return encode_image(FlashImage(profile, WifiSection.of(profile)))


class SpiDesk(Desk):
    """A module whose host has both ports. It reads SPI while DATA_READY is high, a byte at a time."""

    def __init__(self, *switches: str, interface: int = 2, echo: bool = False) -> None:
        super().__init__(MEASURED, *switches, image=image_with(interface, echo=echo), echo=True)

    def read_spi(self, most: int = 100_000) -> bytes:
        got = bytearray()
        while self.data_ready and len(got) < most:
            got += self.transfer(b"\xf0")
        return bytes(got)

    def spi(self, command: bytes, duration_us: int = 100 * MS) -> bytes:
        """A command and its answer; the bytes that come back while it is written count too."""
        came = self.transfer(command)
        came += self.read_spi()
        end_us = self.now_us + duration_us
        while self.step_to(end_us):
            came += self.read_spi()
        return came.replace(b"\xf0", b"")
