"""What hands do with the board: pins, the button, the plug, the analogue input, faults."""

from typing import Annotated, Literal

from msgspec import Meta, field

from wizfi_emu.actions.base import Action
from wizfi_emu.actions.limits import ADC_MAX, HOLD_MS, HOLD_MS_MAX, PINS, PRESSES_MAX
from wizfi_emu.faults.model import Fault

Presses = Annotated[int, Meta(ge=1, le=PRESSES_MAX)]
AdcValue = Annotated[int, Meta(ge=0, le=ADC_MAX)]
HoldMs = Annotated[int, Meta(ge=0, le=HOLD_MS_MAX)]
BootPin = Literal["boot", "function"]


class HandAction(Action, frozen=True):
    """What a person does with the module."""


class DrivePins(HandAction, frozen=True):
    """Put levels on pins, or let go of them."""

    levels: dict[str, Literal[0, 1, "free"]] = field(name="pin")
    """Pins with the levels that are put on them."""

    def __post_init__(self) -> None:
        if not set(self.levels) <= set(PINS):
            wrong = next(pin for pin in self.levels if pin not in PINS)
            raise ValueError(f"pin: expected {', '.join(PINS)}, got {wrong!r}")


class SetAdc(HandAction, frozen=True):
    """Put a voltage on the analogue input."""

    measured: AdcValue = field(name="adc")
    """What the analogue input measures, 0 to 4095."""


class Press(HandAction, frozen=True):
    """Press FUNCTION; it is over after the last release."""

    count: Presses = field(name="press")
    """How often FUNCTION is pressed."""


class Power(HandAction, frozen=True):
    """Switch the power; nothing happens if it is so already."""

    switch: Literal["on", "off", "cycle"] = field(name="power")
    low: tuple[BootPin, ...] = ()
    """Pins that are held low while the module starts, for 3.5 s."""

    def __post_init__(self) -> None:
        if self.low and self.switch == "off":
            raise ValueError("low: pins are held when the power comes on")


class PowerOn(HandAction, frozen=True):
    """Switch the power on with pins held low for a time of the module, or (None) until further notice."""

    low: tuple[BootPin, ...] = ()
    hold_ms: HoldMs | None = HOLD_MS


class Reset(HandAction, frozen=True):
    """Pull RESET for a moment, hold it low or let go of it; or let the watchdog bite."""

    cause: Literal["pin", "low", "free", "watchdog"] = field(name="reset")
    """``low`` holds the module in reset until ``free``."""


class StartFault(HandAction, frozen=True):
    """Set a fault."""

    fault: Fault = field(name="start")
    """A fault."""


class HealFault(HandAction, frozen=True):
    """End a fault, or cancel one that waits."""

    name: str = field(name="heal")
    """The name of a fault that ends."""


class ChangeAccessPoint(HandAction, frozen=True):
    """Switch an access point on or off, or move it: it is heard with another strength."""

    access_point: str
    """Its SSID or BSSID."""
    on: bool | None = None
    rssi_dbm: int | None = None


class Record(HandAction, frozen=True):
    """Record from the next time on that the power comes, or end that."""

    on: bool


class SendSerial(Action, frozen=True):
    """Put bytes on the serial line as if the host had sent them; it is over when the module has taken them."""

    data: bytes
