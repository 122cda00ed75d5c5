"""The boot loader: what runs between power and application (firmware 1.0.5.2).

1. A requested factory recovery is done at once.
2. BOOT low for 3 s, or an application that is marked invalid, leads on; otherwise step 5.
3. FUNCTION low within the next second: factory recovery, which is requested and comes after a reboot.
4. The menu: application or configuration table by YMODEM, recovery, or on to step 5.
5. A requested over-the-air update mode starts in place of the application.

One departure: after a transfer that failed half-way the menu comes again. The real boot loader would start what is left
of the application.
"""

from collections.abc import Callable
from enum import Enum, auto

from msgspec import Struct

from wizfi_emu.boot.appimage import APP_BYTES_MAX
from wizfi_emu.boot.dct import FULL_BYTES, USED_BYTES
from wizfi_emu.module import effects as fx
from wizfi_emu.module.board import Board
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.tasks import Read, Sleep, Steps
from wizfi_emu.module.ymodem import Outcome, YmodemReceiver
from wizfi_emu.profile import FlashImage, Profile, SecuritySection, WifiSection, factory_profile
from wizfi_emu.profile.image import FACTORY_APP_BYTES, Application, BootRequest

POLL_US = 100_000
BOOT_POLLS = 30
FUNCTION_POLLS = 10
PAIR_BYTES = 4096
PAIRS_PER_LINE = 11
QUIET_US = 300_000  # a sender that gave up has sent all its cancels, and none is taken for a key or a command
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
_DONE = (
    b"\n\n\r Programming Completed Successfully!\n\r--------------------------------\r\n"
    b" Name: %s\n\r Size: %d Bytes\r\n-------------------\n"
)
_FAILURES = {
    Outcome.TOO_BIG: b"\n\n\rThe image size is higher than the allowed space memory!\n\r",
    Outcome.UNWRITABLE: b"\n\n\rVerification failed!\n\r",
    Outcome.ABORTED: b"\r\n\nAborted by user.\n\r",
    Outcome.FAILED: b"\n\rFailed to receive the file!\n\r",
}


class BootTarget(Enum):
    """What the boot loader starts."""

    APPLICATION = auto()
    OTA = auto()
    NOTHING = auto()
    """An application area without an application: the module is silent."""


class Bootloader(Struct, eq=False):
    """Runs first after every reset, in the foreground task."""

    kernel: Kernel
    settings: Settings
    storage: Storage
    board: Board
    restart: Callable[[], None]

    def run(self) -> Steps[BootTarget]:
        """From reset to the decision what to start."""
        if self._image.boot_request is BootRequest.RECOVERY:
            yield from self._recover()
        elif (yield from self._boot_is_held()) or not self._image.application.valid:
            self._set_up_line()
            if (yield from self._function_is_pressed()):
                yield from self._request_recovery()
            yield from self._menu()
        target = BootTarget.APPLICATION if self._image.application.intact else BootTarget.NOTHING
        if self._image.boot_request is BootRequest.OTA:
            self._image.boot_request = BootRequest.NONE
            yield from self.storage.write()
            self._set_up_line()
            self._print(_START_OTA)
            target = BootTarget.OTA
        self.kernel.forget_input()  # what starts now sets the serial line up anew
        return target

    @property
    def _image(self) -> FlashImage:
        return self.storage.image

    def _boot_is_held(self) -> Steps[bool]:
        for poll in range(BOOT_POLLS):
            if not self.board.is_low("boot"):
                return False
            self.kernel.emit(fx.SetPin("led1", level=poll % 2 == 1))
            yield Sleep(POLL_US)
        return self.board.is_low("boot")

    def _function_is_pressed(self) -> Steps[bool]:
        for _ in range(FUNCTION_POLLS):
            if self.board.is_low("function"):
                return True
            yield Sleep(POLL_US)
        return False

    def _set_up_line(self) -> None:
        """The boot loader's own speed, whatever AT+USET says."""
        self.kernel.emit(fx.ConfigureUart(115200, "N", 8, "1", "N"))

    def _print(self, data: bytes) -> None:
        self.kernel.emit(fx.UartSend(data))

    def _menu(self) -> Steps[None]:
        while True:
            self.kernel.forget_input()
            self._print(_MENU)
            key = yield from self._read_key()
            if key == b"3":
                self._print(b"Factory Reset triggered ...\r\n")
                yield from self._request_recovery()
            if not (yield from self._upload(key)):
                break
        self._print(_START_APP)

    def _read_key(self) -> Steps[object]:
        while True:
            self._print(b"C")
            key = yield Read(1, POLL_US)
            if key is not None:
                return key

    def _upload(self, key: object) -> Steps[bool]:
        """Receive what a key asks for; True when that failed half-way and the menu is to come again."""
        match key:
            case b"0":
                self._print(b"[USART DCT APP ALL Uploader]\r\n\r\n")
                return (yield from self._upload_dct()) or (yield from self._upload_app())
            case b"1":
                return (yield from self._upload_app())
            case b"2":
                return (yield from self._upload_dct())
            case _:
                return False

    def _upload_app(self) -> Steps[bool]:
        return self._receive(b"APP", APP_BYTES_MAX, self.storage.erase_application, self.storage.store_application)

    def _upload_dct(self) -> Steps[bool]:
        return self._receive(b"DCT", FULL_BYTES, _erase_nothing, self.storage.store_dct)

    def _receive(
        self, name: bytes, limit_bytes: int, erase: Callable[[], Steps[bool]], store: Callable[[bytes], Steps[bool]]
    ) -> Steps[bool]:
        self._print(b"[USART %s Uploader]\r\n\r\n" % name + _WAITING)
        transfer = yield from YmodemReceiver(self.kernel, limit_bytes, erase).receive()
        outcome = transfer.outcome
        if outcome is Outcome.DONE:
            if (yield from store(transfer.data)):
                self._print(_DONE % (transfer.name, transfer.size_bytes))
                return False
            outcome = Outcome.UNWRITABLE
        self._print(_FAILURES[outcome])
        while (yield Read(1, QUIET_US)) is not None:
            self.kernel.forget_input()
        return transfer.erased

    def _request_recovery(self) -> Steps[None]:
        """Reboot into the recovery. Does not return."""
        self._image.boot_request = BootRequest.RECOVERY
        yield from self.storage.write()
        self.restart()
        yield Sleep(0)  # a module that was reset resumes nothing

    def _recover(self) -> Steps[None]:
        """Application, profile, certificate and MAC address of the factory. After a cut the next boot has the menu."""
        image = self._image
        self._set_up_line()
        image.boot_request = BootRequest.NONE
        image.application = Application(valid=False, intact=False)
        yield from self.storage.write()
        self._print(b"\r\n\r\n[Factory Reset Handler]\r\n\r\n### Erase APP Area ...\r\n### Load APP ...\r\n")
        self._print(_pair_lines(FACTORY_APP_BYTES))
        self._print(b"\r\n### Erase DCT Area\r\n### Load DCT\r\n")
        self._print(b"RW " * _pairs(USED_BYTES))
        self.settings.firmware = self.settings.factory
        image.application = Application()
        image.profile = factory_profile(self.settings.firmware.version, Profile(mac=image.factory_mac))
        image.wifi = WifiSection.of(image.profile)
        image.security = SecuritySection()
        yield from self.storage.write()
        self._print(
            b"\r\nAPP addr(0x8010000), size(%d)\r\nDCT addr(0x8008000), size(%d)\r\n"
            b">>> Start App >>>>>>>>>>>>>>>>\r\n\r\n" % (FACTORY_APP_BYTES, USED_BYTES)
        )


def _erase_nothing() -> Steps[bool]:
    """For a configuration table: the other of its two copies is in use until the new one is there."""
    return True
    yield  # a generator without a step


def _pairs(size_bytes: int) -> int:
    return -(-size_bytes // PAIR_BYTES)


def _pair_lines(size_bytes: int) -> bytes:
    """One ``RW`` for each 4096 bytes, eleven to a line."""
    lines, rest = divmod(_pairs(size_bytes), PAIRS_PER_LINE)
    line = b"RW " * (PAIRS_PER_LINE - 1) + b"RW\r\n"
    return line * lines + b"RW " * rest
