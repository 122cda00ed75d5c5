"""The boot loader: what runs between power and application (firmware 1.0.5.2).

1. A requested factory recovery is done at once.
2. BOOT low for 3 s, or an application that is marked invalid, leads on; otherwise the application starts.
3. FUNCTION low within the next second: factory recovery.
4. The menu: application or configuration table by YMODEM, recovery, or on to the application.
5. A requested over-the-air update mode starts in place of the application.

One departure: after a transfer that failed half-way the menu comes again. The real boot loader would start what is left
of the application.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from wizfi_emu.boot.appimage import APP_BYTES_MAX, read_app_image
from wizfi_emu.boot.dct import FULL_BYTES, read_dct
from wizfi_emu.module import effects as fx
from wizfi_emu.module.tasks import Read, Sleep, Steps
from wizfi_emu.module.ymodem import Outcome, Transfer, YmodemReceiver
from wizfi_emu.profile import FlashImage, SecuritySection, decode_image, factory_profile
from wizfi_emu.profile.image import FACTORY_APP_BYTES, Application, BootRequest, WifiSection

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

POLL_US = 100_000
BOOT_POLLS = 30
FUNCTION_POLLS = 10
PAIR_BYTES = 4096
PAIRS_PER_LINE = 11
DCT_USED_BYTES = 8220
_RULE = b"=====================\r\n"
_MENU = (
    b"\r\n\r\n\r\n"
    + _RULE
    + b"WizFi Bootloader     \r\n"
    + _RULE
    + b"1) Upload APP by USART\r\n2) Upload DCT by USART\r\n3) Factory Recover\r\n*) Exit\r\n\r\n"
)
_START_APP = b"\r\n>>> Start APP >>>>>>>>>>>>>>>>\r\n\r\n"
_START_OTA = b"\r\n\r\n[OTA Upgrade Handler]\r\n\r\n\r\n>>> Start OTA >>>>>>>>>>>>>>>>\r\n\r\n"
_WAITING = b"Waiting for the file to be sent ... (press 'a' to abort)\r\n"
_FAILURES = {
    Outcome.TOO_BIG: b"\n\n\rThe image size is higher than the allowed space memory!\n\r",
    Outcome.ABORTED: b"\r\n\nAborted by user.\n\r",
    Outcome.FAILED: b"\n\rFailed to receive the file!\n\r",
}


class Stage(Enum):
    """What the boot loader starts."""

    APPLICATION = auto()
    OTA = auto()
    NOTHING = auto()
    """An application area without an application: the module is silent."""


class Bootloader:
    """Runs first after every reset, in the foreground task."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def run(self) -> Steps[Stage]:
        """From reset to the decision what to start."""
        if self._image.boot_request is BootRequest.RECOVERY:
            yield from self._recover()
        elif (yield from self._held("boot", BOOT_POLLS, whole=True)) or not self._image.application.valid:
            self._set_up_line()
            if (yield from self._held("function", FUNCTION_POLLS, whole=False)):
                yield from self._recover()
            else:
                yield from self._menu()
        if self._image.boot_request is BootRequest.OTA:
            self._image.boot_request = BootRequest.NONE
            yield from self._module.storage.write()
            self._set_up_line()
            self._print(_START_OTA)
            return Stage.OTA
        return Stage.APPLICATION if self._image.application.intact else Stage.NOTHING

    @property
    def _image(self) -> FlashImage:
        return self._module.storage.image

    def _held(self, pin: str, polls: int, *, whole: bool) -> Steps[bool]:
        """Whether a pin is low: all the time (``whole``) or at some poll."""
        for poll in range(polls):
            if self._module.board.is_low(pin) != whole:
                return not whole
            self._module.emit(fx.SetPin("led1", level=poll % 2 == 1))
            yield Sleep(POLL_US)
        return whole and self._module.board.is_low(pin)

    def _set_up_line(self) -> None:
        """The boot loader's own speed, whatever AT+USET says."""
        self._module.emit(fx.ConfigureUart(115200, "N", 8, "1", "N"))

    def _print(self, data: bytes) -> None:
        self._module.emit(fx.UartSend(data))

    # --- the menu ---------------------------------------------------------------------------------------------------

    def _menu(self) -> Steps[None]:
        again = True
        while again:
            self._print(_MENU)
            key: object = None
            while key is None:
                self._print(b"C")
                key = yield Read(1, POLL_US)
            if key == b"3":
                self._print(b"Factory Reset triggered ...\r\n")
                yield from self._recover()
                return
            again = yield from self._upload(key)
        self._print(_START_APP)

    def _upload(self, key: object) -> Steps[bool]:
        """Receive what a key asks for; True when that failed and the menu is to come again."""
        match key:
            case b"0":
                self._print(b"[USART DCT APP ALL Uploader]\r\n\r\n")
                return not ((yield from self._upload_dct()) and (yield from self._upload_app()))
            case b"1":
                return not (yield from self._upload_app())
            case b"2":
                return not (yield from self._upload_dct())
            case _:
                return False

    def _upload_app(self) -> Steps[bool]:
        self._print(b"[USART APP Uploader]\r\n\r\n" + _WAITING)
        transfer = yield from YmodemReceiver(self._module, APP_BYTES_MAX).receive()
        if transfer.outcome is Outcome.DONE:
            yield from self._module.storage.store_application(transfer.data)
        elif transfer.erased:
            yield from self._module.storage.erase_application()
        self._print(_result_text(transfer))
        return transfer.outcome is Outcome.DONE

    def _upload_dct(self) -> Steps[bool]:
        self._print(b"[USART DCT Uploader]\r\n\r\n" + _WAITING)
        transfer = yield from YmodemReceiver(self._module, FULL_BYTES).receive()
        if transfer.outcome is Outcome.DONE:
            yield from self._module.storage.store_dct(transfer.data)
        self._print(_result_text(transfer))
        return transfer.outcome is Outcome.DONE

    # --- recovery ---------------------------------------------------------------------------------------------------

    def _recover(self) -> Steps[None]:
        """Application, profile, certificate and MAC address of the factory. A cut leads to the menu at the next boot."""
        module, image = self._module, self._image
        self._set_up_line()
        image.boot_request = BootRequest.NONE
        image.application = Application(valid=False, intact=False)
        yield from module.storage.write()
        self._print(b"\r\n\r\n[Factory Reset Handler]\r\n\r\n### Erase APP Area ...\r\n### Load APP ...\r\n")
        self._print(_pair_lines(FACTORY_APP_BYTES))
        self._print(b"\r\n### Erase DCT Area\r\n### Load DCT\r\n")
        self._print(b"RW " * _pairs(DCT_USED_BYTES))
        module.use_factory_firmware()
        image.application = Application()
        image.profile = factory_profile(module.firmware.version)
        image.wifi = WifiSection.of(image.profile)
        image.security = SecuritySection()
        yield from module.storage.write()
        self._print(
            b"\r\nAPP addr(0x8010000), size(%d)\r\nDCT addr(0x8008000), size(%d)\r\n"
            b">>> Start App >>>>>>>>>>>>>>>>\r\n\r\n" % (FACTORY_APP_BYTES, DCT_USED_BYTES)
        )


def application_of(data: bytes, base: str, *, valid: bool) -> Application:
    """What an uploaded file is as an application; one that cannot run is not intact."""
    read = read_app_image(data)
    if isinstance(read, str):
        return Application(base=base, size_bytes=len(data), valid=valid, intact=False)
    return Application(base=base, version=read.version, size_bytes=read.size_bytes, valid=valid)


def image_from_dct(data: bytes, old: FlashImage) -> FlashImage | str:
    """The flash image after an upload of a configuration table, or in words why it is none."""
    dct = read_dct(data)
    if isinstance(dct, str):
        return dct
    ours = decode_image(dct.profile) if dct.profile is not None else None
    # The layout of a real module's profile is not known: an empty version text resets it at the next boot.
    profile = ours.profile if ours is not None else factory_profile("")
    application = Application(
        old.application.base,
        old.application.version,
        old.application.size_bytes,
        valid=dct.application_valid,
        intact=old.application.intact,
    )
    return FlashImage(
        profile, WifiSection.of(profile), SecuritySection(dct.certificate, dct.private_key), application=application
    )


def _result_text(transfer: Transfer) -> bytes:
    if transfer.outcome is not Outcome.DONE:
        return _FAILURES[transfer.outcome]
    return (
        b"\n\n\r Programming Completed Successfully!\n\r--------------------------------\r\n"
        b" Name: %s\n\r Size: %d Bytes\r\n-------------------\n" % (transfer.name.encode("latin-1"), len(transfer.data))
    )


def _pairs(size_bytes: int) -> int:
    return -(-size_bytes // PAIR_BYTES)


def _pair_lines(size_bytes: int) -> bytes:
    """One ``RW`` for each 4096 bytes, eleven to a line."""
    lines, rest = divmod(_pairs(size_bytes), PAIRS_PER_LINE)
    line = b"RW " * (PAIRS_PER_LINE - 1) + b"RW\r\n"
    return line * lines + b"RW " * rest
