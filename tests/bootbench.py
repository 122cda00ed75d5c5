"""A module in virtual time with hands on its BOOT and FUNCTION pins, and the sending side of YMODEM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.desk import GUIDE, S, firmware_named, world_named
from wizfi_emu.boot.appimage import make_app_image
from wizfi_emu.firmware.load import with_switches
from wizfi_emu.module.events import PinDriven, ResetCause
from wizfi_emu.profile import FlashImage, decode_image
from wizfi_emu.stages.observer import Observe
from wizfi_emu.testing.virtual import VirtualModule

SOH, STX, EOT, ACK, NAK, CAN, CRC = b"\x01", b"\x02", b"\x04", b"\x06", b"\x15", b"\x18", b"C"

MENU = (
    b"\r\n\r\n\r\n=====================\r\nWizFi Bootloader     \r\n=====================\r\n"
    b"1) Upload APP by USART\r\n2) Upload DCT by USART\r\n3) Factory Recover\r\n*) Exit\r\n\r\n"
)
START_APP = b"\r\n>>> Start APP >>>>>>>>>>>>>>>>\r\n\r\n"
START_OTA = b"\r\n\r\n[OTA Upgrade Handler]\r\n\r\n\r\n>>> Start OTA >>>>>>>>>>>>>>>>\r\n\r\n"
WAITING = b"Waiting for the file to be sent ... (press 'a' to abort)\r\n"
APP_UPLOADER = b"[USART APP Uploader]\r\n\r\n" + WAITING
DCT_UPLOADER = b"[USART DCT Uploader]\r\n\r\n" + WAITING
RECOVERY = (
    b"\r\n\r\n[Factory Reset Handler]\r\n\r\n### Erase APP Area ...\r\n### Load APP ...\r\n"
    + 18 * b"RW RW RW RW RW RW RW RW RW RW RW\r\n"
    + b"\r\n### Erase DCT Area\r\n### Load DCT\r\nRW RW RW "
    + b"\r\nAPP addr(0x8010000), size(810132)\r\nDCT addr(0x8008000), size(8220)\r\n"
    + b">>> Start App >>>>>>>>>>>>>>>>\r\n\r\n"
)
TO_MENU_US = 4 * S
"""From power to the menu while BOOT is low."""


def banner(version: str) -> bytes:
    return f"WizFi250 Version {version} (WIZnet Co.Ltd)\r\n".encode()


def app_image(version: str = "1.0.5.2", size_bytes: int = 3000) -> bytes:
    return make_app_image(version, size_bytes)


class BootBench(VirtualModule):
    """A module that gets power with some pins held low."""

    def __init__(
        self,
        firmware: str = GUIDE,
        *switches: str,
        image: bytes = b"",
        low: tuple[str, ...] = (),
        observers: Iterable[Observe] = (),
    ) -> None:
        personality = with_switches(firmware_named(firmware), switches)
        super().__init__(personality, world_named("demo"), image=image, power=False, observers=observers)
        for pin in low:
            self.drive(pin, level=False)
        self.power_on()

    def drive(self, *pins: str, level: bool | None) -> None:
        """Pull pins low, up, or let go of them."""
        self.feed(*(PinDriven(pin, level) for pin in pins))

    def restart(self, *low: str) -> None:
        """Switch the power off and on with these pins low; what was printed before is forgotten."""
        self.read()
        self.drive("boot", "function", level=None)
        self.drive(*low, level=False)
        self.has_power = True
        self.resets.append(ResetCause.POWER)
        self._reset(ResetCause.POWER)

    def enter_menu(self) -> None:
        """Restart into the boot menu, and let go of BOOT."""
        self.restart("boot")
        self.run(TO_MENU_US)
        self.drive("boot", level=None)
        assert self.read() == MENU + CRC

    @property
    def flash(self) -> FlashImage:
        """What the flash holds."""
        image = decode_image(self.image)
        assert image is not None
        return image


def packet(number: int, data: bytes, *, size: int | None = None, crc: bytes = b"\0\0") -> bytes:
    """One YMODEM packet; the module reads the CRC and does not look at it."""
    size = size or (128 if len(data) <= 128 else 1024)
    start = SOH if size == 128 else STX
    return start + bytes((number & 0xFF, ~number & 0xFF)) + data.ljust(size, b"\x1a") + crc


def header(name: bytes, size: bytes | int) -> bytes:
    """Block 0."""
    text = size if isinstance(size, bytes) else b"%d" % size
    return packet(0, (name + b"\0" + text + b" 14637215364 100644\0").ljust(128, b"\0"))


END_OF_SESSION = packet(0, b"\0" * 128)


def blocks(data: bytes, size: int = 1024) -> Iterator[bytes]:
    """The packets with the data."""
    for number, start in enumerate(range(0, len(data), size), start=1):
        yield packet(number, data[start : start + size], size=size)


def send_file(bench: VirtualModule, data: bytes, *, name: bytes = b"APP.bin", size: int = 1024) -> None:
    """A whole session of a sender that waits for every answer."""
    assert bench.exchange(header(name, len(data)), 0) == ACK + CRC
    for block in blocks(data, size):
        assert bench.exchange(block, 0) == ACK
    assert bench.exchange(EOT, 0) == ACK
    bench.send(END_OF_SESSION)
