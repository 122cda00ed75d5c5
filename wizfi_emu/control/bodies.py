"""What requests carry, checked when it is read: unknown fields and wrong types are errors that name the place."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from wizfi_emu.actions import hands
from wizfi_emu.actions.hands import AdcValue, HandAction, HoldMs, Presses
from wizfi_emu.actions.limits import HOLD_MS

SERIAL_BYTES_MAX = 65536
Rssi = Annotated[int, Meta(ge=-100, le=0)]


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What all have in common."""

    def action(self, path: Mapping[str, str]) -> HandAction | hands.SendSerial:
        """What is to be done; ``path`` holds the parameters of the path."""
        raise NotImplementedError


class DrivePin(Body, frozen=True):
    """Level 0 or 1, or null to let go."""

    level: Literal[0, 1] | None

    def action(self, path: Mapping[str, str]) -> hands.DrivePins:
        return hands.DrivePins({path["pin"]: "free" if self.level is None else self.level})


class Press(Body, frozen=True):
    """How often FUNCTION is pressed."""

    count: Presses = 1

    def action(self, path: Mapping[str, str]) -> hands.Press:
        return hands.Press(self.count)


class Reset(Body, frozen=True):
    """What resets the module: its RESET pin, for a moment or (``low``) until ``free`` lets it go, or its watchdog."""

    cause: Literal["reset", "low", "free", "watchdog"] = "reset"

    def action(self, path: Mapping[str, str]) -> hands.Reset:
        return hands.Reset("pin" if self.cause == "reset" else self.cause)


class Power(Body, frozen=True):
    """Power off, or on with BOOT and FUNCTION held low for ``hold_ms`` of the module's time (null: and not let go)."""

    on: bool
    boot: Literal["low"] | None = None
    function: Literal["low"] | None = None
    hold_ms: HoldMs | None = HOLD_MS

    def action(self, path: Mapping[str, str]) -> hands.Power | hands.PowerOn:
        if not self.on:
            return hands.Power("off")
        boot: tuple[hands.BootPin, ...] = ("boot",) if self.boot else ()
        return hands.PowerOn((*boot, "function") if self.function else boot, self.hold_ms)


class Adc(Body, frozen=True):
    """What the analogue input measures."""

    value: AdcValue

    def action(self, path: Mapping[str, str]) -> hands.SetAdc:
        return hands.SetAdc(self.value)


class ChangeAccessPoint(Body, frozen=True):
    """What becomes different of an access point: whether it is on, how strong it is heard (dBm)."""

    on: bool | None = None
    rssi_dbm: Rssi | None = None

    def action(self, path: Mapping[str, str]) -> hands.ChangeAccessPoint:
        return hands.ChangeAccessPoint(path["bssid"], self.on, self.rssi_dbm)


class Record(Body, frozen=True):
    """Record from the next time on that the power comes, or end that."""

    on: bool

    def action(self, path: Mapping[str, str]) -> hands.Record:
        return hands.Record(self.on)


class Serial(Body, frozen=True):
    """Bytes for the module, as text (UTF-8) or as hexadecimal digits; one of the two."""

    text: Annotated[str, Meta(max_length=SERIAL_BYTES_MAX)] | None = None
    hex: Annotated[str, Meta(max_length=2 * SERIAL_BYTES_MAX)] | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.hex is None):
            raise ValueError("expected either `text` or `hex`")
        if self.hex is not None:
            bytes.fromhex(self.hex)

    def action(self, path: Mapping[str, str]) -> hands.SendSerial:
        return hands.SendSerial(bytes.fromhex(self.hex) if self.hex is not None else (self.text or "").encode())


class Problem(Struct, frozen=True):
    """Why a request was not carried out."""

    error: str
