"""Pins: LEDs, GPIOs, the analogue input and the FUNCTION button.

The firmware samples FUNCTION every 100 ms. A change to low adds a press; when no press came for more than five samples
the count is acted on, in the next silence of the serial line. Sampling runs here only while there is something to see.
"""

from collections.abc import Callable

from wizfi_emu.module import effects as fx
from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.profile.fields import GPIO_NUMBERS, Gpio

SAMPLE_US = 100_000
SAMPLES_TO_ACTION = 5
SAMPLES_HELD = 21
LED_ON_US = 5_000
LED_OFF_US = 50_000
INPUT_PULL_UP, INPUT_PULL_DOWN, INPUT_FLOATING, OUTPUT_PUSH_PULL, OUTPUT_OPEN_DRAIN, OUTPUT_OPEN_DRAIN_PULL_UP = range(
    6
)
_FLOATING = Gpio(0, INPUT_FLOATING)
DEFAULT_ADC_VALUE = 1234


class Board(Part):
    """The module's pins. Levels from outside survive a reset of the module."""

    def __init__(self, core: Core, lit: Callable[[], tuple[bool, bool]], press: Callable[[int], Steps[None]]) -> None:
        """``lit``: whether LED1 and LED2 are on. ``press`` acts on that many presses of FUNCTION."""
        super().__init__(core)
        self._lit = lit
        self._press = press
        self.adc_value = DEFAULT_ADC_VALUE
        self._driven: dict[str, bool] = {}
        self._configured = dict.fromkeys(GPIO_NUMBERS, _FLOATING)
        self._samples = False
        self._booted_us = 0
        self._was_low = False
        self._presses = 0
        self._waited = 0

    def drive(self, pin: str, level: bool | None) -> None:
        """Something outside sets a level or lets go."""
        if level is None:
            self._driven.pop(pin, None)
        else:
            self._driven[pin] = level
        if pin == "function" and self._samples and self._kernel.powered:
            self._sample_from_now()

    def driven(self, pin: str) -> bool | None:
        """The level to which something outside drives a pin; None when nothing does."""
        return self._driven.get(pin)

    def is_low(self, pin: str) -> bool:
        """Whether something outside pulls an input with a pull-up low (BOOT, FUNCTION)."""
        return not self._driven.get(pin, True)

    def reset(self) -> None:
        """LEDs off, GPIOs floating, and nobody samples FUNCTION until the application runs."""
        self._samples = False
        for led in ("led1", "led2"):
            self._kernel.emit(fx.SetPin(led, level=True))
        for number in GPIO_NUMBERS:
            self._drive_output(number, _FLOATING)

    def boot(self) -> None:
        """LEDs flash three times; sampling starts with FUNCTION as it is."""
        self._samples = True
        self._booted_us = self._kernel.now_us
        self._was_low = self.is_low("function")
        self._presses = self._waited = 0
        self._kernel.start_task(self._flash_leds())

    def _flash_leds(self) -> Steps[None]:
        for _ in range(3):
            self._kernel.emit(fx.SetPin("led1", level=False))
            self._kernel.emit(fx.SetPin("led2", level=False))
            yield Sleep(LED_ON_US)
            led1, led2 = self._lit()
            self._kernel.emit(fx.SetPin("led1", level=not led1))
            self._kernel.emit(fx.SetPin("led2", level=not led2))
            yield Sleep(LED_OFF_US)

    def configure_gpios(self) -> None:
        for number, gpio in zip(GPIO_NUMBERS, self._settings.ram.gpios, strict=True):
            self._drive_output(number, gpio)

    def read_gpio(self, number: int) -> int:
        """Level at an input, or the value of an output; it is stored in RAM."""
        gpio = self._settings.ram.gpios[GPIO_NUMBERS.index(number)]
        if not gpio.mode:
            gpio = Gpio(gpio.mode, gpio.config, self.level(number))
            self._store(number, gpio)
        return gpio.value

    def refreshed_gpios(self) -> tuple[Gpio, ...]:
        """All GPIOs with the inputs read now; the values are stored in RAM."""
        for number in GPIO_NUMBERS:
            self.read_gpio(number)
        return self._settings.ram.gpios

    def set_gpio(self, number: int, gpio: Gpio) -> None:
        self._store(number, gpio)
        self._drive_output(number, gpio)

    def _store(self, number: int, gpio: Gpio) -> None:
        ram = self._settings.ram
        ram.gpios = tuple(gpio if n == number else old for n, old in zip(GPIO_NUMBERS, ram.gpios, strict=True))

    def level(self, number: int) -> int:
        """Level at a GPIO, by the settings that it was set up with last: AT+MPROF=L changes RAM alone."""
        pin = self._configured[number]
        if pin.mode:
            return pin.value
        outside = self._driven.get(f"gpio{number}")
        return int(pin.config == INPUT_PULL_UP if outside is None else outside)

    def _drive_output(self, number: int, gpio: Gpio) -> None:
        self._configured[number] = gpio
        level: bool | None = bool(gpio.value)
        if not gpio.mode or (gpio.config in (OUTPUT_OPEN_DRAIN, OUTPUT_OPEN_DRAIN_PULL_UP) and gpio.value):
            level = None
        self._kernel.emit(fx.SetPin(f"gpio{number}", level))

    def _sample_from_now(self) -> None:
        if not self._kernel.timers.has("sample"):
            elapsed = (self._kernel.now_us - self._booted_us) % SAMPLE_US
            self._kernel.after("sample", SAMPLE_US - elapsed, self._sample)

    def _sample(self) -> None:
        low = self.is_low("function")
        presses = self._held(low) if self._settings.ram.custom_code == "URIEL" else self._pressed(low)
        self._was_low = low
        if presses:
            self._kernel.in_background("function", lambda: self._press(presses))
        if self._presses or low:
            self._kernel.after("sample", SAMPLE_US, self._sample)

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
