"""Pins: LEDs, GPIOs, the analogue input and the FUNCTION button.

The firmware samples FUNCTION every 100 ms. A change to low adds a press; when no press came for more than five samples
the count is acted on, in the next silence of the serial line. Sampling runs here only while there is something to see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.responses import Response
from wizfi_emu.module import effects as fx
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.profile.fields import (
    GPIO_NUMBERS,
    AccessPointSetting,
    Backup,
    Gpio,
    Profile,
    ReceiveForm,
    Security,
    SecuritySetting,
    SocketRegistration,
    UartSetting,
)
from wizfi_emu.profile.image import WifiSection

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

SAMPLE_US = 100_000
EXTENSION_RESTORE = 11  # AT+MEXT1=11,<seconds>: keep the settings from before the button's AP session
SAMPLES_TO_ACTION = 5
SAMPLES_HELD = 21
LED_ON_US = 5_000
LED_OFF_US = 50_000
INPUT_PULL_UP, INPUT_PULL_DOWN, INPUT_FLOATING, OUTPUT_PUSH_PULL, OUTPUT_OPEN_DRAIN, OUTPUT_OPEN_DRAIN_PULL_UP = range(
    6
)
DEFAULT_ADC_VALUE = 1234
SETUP_KEY = b"123456789"
SETUP_ADDRESS = "192.168.12.1"
_SSID_PREFIXES = {"ENCORED": b"GetIT_", "URIEL": b"W_AP_", "SHINHEUNG": b"SAM4S_PRT_"}


class Board:
    """The module's pins. Levels from outside survive a reset of the module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self.adc_value = DEFAULT_ADC_VALUE
        self._driven: dict[str, bool] = {}
        self._samples = False
        self._booted_us = 0
        self._was_low = False
        self._presses = 0
        self._waited = 0

    # --- outside ----------------------------------------------------------------------------------------------------

    def drive(self, pin: str, level: bool | None) -> None:
        """Something outside sets a level or lets go."""
        if level is None:
            self._driven.pop(pin, None)
        else:
            self._driven[pin] = level
        if pin == "function" and self._samples and self._module.powered:
            self._sample_from_now()

    def driven(self, pin: str) -> bool | None:
        """The level to which something outside drives a pin; None when nothing does."""
        return self._driven.get(pin)

    def is_low(self, pin: str) -> bool:
        """Whether something outside pulls an input with a pull-up low (BOOT, FUNCTION)."""
        return not self._driven.get(pin, True)

    # --- boot -------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """LEDs off, GPIOs floating, and nobody samples FUNCTION until the application runs."""
        self._samples = False
        for led in ("led1", "led2"):
            self._module.emit(fx.SetPin(led, level=True))
        for number in GPIO_NUMBERS:
            self._module.emit(fx.SetPin(f"gpio{number}", level=None))

    def boot(self) -> None:
        """LEDs flash three times; sampling starts with FUNCTION as it is."""
        self._samples = True
        self._booted_us = self._module.now_us
        self._was_low = self.is_low("function")
        self._presses = self._waited = 0
        self._module.start_task(self._flash_leds())

    def _flash_leds(self) -> Steps[None]:
        module = self._module
        for _ in range(3):
            module.emit(fx.SetPin("led1", level=False))
            module.emit(fx.SetPin("led2", level=False))
            yield Sleep(LED_ON_US)
            module.emit(fx.SetPin("led1", level=not module.link.led_is_lit))
            module.emit(fx.SetPin("led2", level=not module.data_mode.active))
            yield Sleep(LED_OFF_US)

    def configure_gpios(self) -> None:
        """Set the GPIOs up from the profile."""
        for number, gpio in zip(GPIO_NUMBERS, self._module.ram.gpios, strict=True):
            self._drive_output(number, gpio)

    # --- GPIO -------------------------------------------------------------------------------------------------------

    def read_gpio(self, number: int, gpio: Gpio) -> int:
        """Level at an input, or of an output as it was set."""
        if gpio.mode:
            return gpio.value
        outside = self._driven.get(f"gpio{number}")
        if outside is not None:
            return int(outside)
        return int(gpio.config == INPUT_PULL_UP)

    def refreshed_gpios(self) -> tuple[Gpio, ...]:
        """All GPIOs with the inputs read now; the values are stored in RAM."""
        ram = self._module.ram
        pairs = zip(GPIO_NUMBERS, ram.gpios, strict=True)
        ram.gpios = tuple(Gpio(gpio.mode, gpio.config, self.read_gpio(number, gpio)) for number, gpio in pairs)
        return ram.gpios

    def set_gpio(self, number: int, gpio: Gpio) -> None:
        """Store and apply one GPIO's settings."""
        ram = self._module.ram
        ram.gpios = tuple(gpio if n == number else old for n, old in zip(GPIO_NUMBERS, ram.gpios, strict=True))
        self._drive_output(number, gpio)

    def _drive_output(self, number: int, gpio: Gpio) -> None:
        level: bool | None = bool(gpio.value)
        if not gpio.mode or (gpio.config in (OUTPUT_OPEN_DRAIN, OUTPUT_OPEN_DRAIN_PULL_UP) and gpio.value):
            level = None
        self._module.emit(fx.SetPin(f"gpio{number}", level))

    # --- FUNCTION ---------------------------------------------------------------------------------------------------

    def _sample_from_now(self) -> None:
        if not self._module.timers.running("sample"):
            elapsed = (self._module.now_us - self._booted_us) % SAMPLE_US
            self._module.after("sample", SAMPLE_US - elapsed, self._sample)

    def _sample(self) -> None:
        low = self.is_low("function")
        presses = self._held(low) if self._module.ram.custom_code == "URIEL" else self._pressed(low)
        self._was_low = low
        if presses:
            self._module.in_background("function", lambda: self._act(presses))
        if self._presses or low:
            self._module.after("sample", SAMPLE_US, self._sample)

    def _pressed(self, low: bool) -> int:
        """How many presses are over; 0 for not yet."""
        if low and not self._was_low:
            self._presses += 1
            self._waited = 0
        if self._presses:
            self._waited += 1
            if self._waited > SAMPLES_TO_ACTION:
                presses, self._presses = self._presses, 0
                return presses
        return 0

    def _held(self, low: bool) -> int:
        """Code URIEL: the pin held low for more than 2 s counts as one press; short presses are nothing."""
        self._waited = self._waited + 1 if low else 0
        return int(self._waited == SAMPLES_HELD)

    def _act(self, presses: int) -> Steps[None]:
        module = self._module
        match presses:
            case 1:
                yield from self.set_up_access_point()
            case 2:
                module.output.text(b"Set OTA Mode\r\n")
                yield from module.enter_ota()
            case 3:
                module.output.text(b"Set Factory Default\r\n")
                yield from module.storage.restore_defaults()
                yield from module.respond(Response.OK)
                yield from module.reset_in_order()
            case _:
                module.output.text(b"Error\r\n")

    def set_up_access_point(self) -> Steps[None]:
        """One press, or AT+FWEBS=0,F: the flash profile becomes an access point with web server, then a reset."""
        module = self._module
        module.output.text(b"Set AP Mode & Web Server Launch\r\n")
        code = module.ram.custom_code
        if code == "URIEL":
            module.output.text(b"(with Factory Default)\r\n")
            yield from module.storage.restore_defaults()
        profile = module.storage.profile
        if profile.extension[0] == EXTENSION_RESTORE and module.firmware.setup_backup:
            profile.backup = _backup_of(profile)
        mac = profile.mac.replace(":", "").encode()
        profile.wifi_mode = 1
        prefix = _SSID_PREFIXES.get(code, b"WizFi250_AP_")
        profile.access_point = AccessPointSetting(prefix + mac, profile.access_point.channel)
        profile.ap_security = SecuritySetting(Security.WPA2, SETUP_KEY)
        profile.dhcp = False
        profile.address = profile.gateway = SETUP_ADDRESS
        profile.netmask = "255.255.255.0"
        profile.registration = SocketRegistration()
        profile.auto_ap = True
        if code == "SHINHEUNG":
            profile.message_level = 2
            profile.receive_form = ReceiveForm("110001110", 0x7B, 0x3B, 0x7D, 0x00, 0x0A)
            profile.uart = UartSetting(baud=460800, flow="HW")
            profile.registration = SocketRegistration("S", "TSN", "", 0, 5000, data_mode=False)
        module.storage.image.wifi = WifiSection.of(profile)
        yield from module.storage.write()
        yield from module.respond(Response.OK)
        yield from module.reset_in_order()


def _backup_of(profile: Profile) -> Backup:
    return Backup(
        profile.wifi_mode,
        profile.access_point,
        profile.ap_security,
        profile.dhcp,
        profile.address,
        profile.netmask,
        profile.gateway,
        profile.registration,
    )
