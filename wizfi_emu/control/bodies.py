"""What requests carry, checked when it is read: unknown fields and wrong types are errors that name the place."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wizfi_emu.control.pins import HOLD_MS

SERIAL_BYTES_MAX = 65536
PRESSES_MAX = 20
HOLD_MS_MAX = 3_600_000


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What all have in common."""


class DrivePin(Body, frozen=True):
    """Level 0 or 1, or null to let go."""

    level: Literal[0, 1] | None


class Press(Body, frozen=True):
    """How often FUNCTION is pressed."""

    count: Annotated[int, Meta(ge=1, le=PRESSES_MAX)] = 1


class Reset(Body, frozen=True):
    """What resets the module: its RESET pin or its watchdog."""

    cause: Literal["reset", "watchdog"] = "reset"


class Power(Body, frozen=True):
    """Power off, or on with BOOT and FUNCTION held low for ``hold_ms`` of the module's time (null: and not let go)."""

    on: bool
    boot: Literal["low"] | None = None
    function: Literal["low"] | None = None
    hold_ms: Annotated[int, Meta(ge=0, le=HOLD_MS_MAX)] | None = HOLD_MS


class Adc(Body, frozen=True):
    """What the analogue input measures."""

    value: Annotated[int, Meta(ge=0, le=4095)]


class Serial(Body, frozen=True):
    """Bytes for the module, as text (UTF-8) or as hexadecimal digits; one of the two."""

    text: Annotated[str, Meta(max_length=SERIAL_BYTES_MAX)] | None = None
    hex: Annotated[str, Meta(max_length=2 * SERIAL_BYTES_MAX)] | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.hex is None):
            raise ValueError("expected either `text` or `hex`")
        if self.hex is not None:
            bytes.fromhex(self.hex)

    @property
    def data(self) -> bytes:
        """The bytes."""
        return bytes.fromhex(self.hex) if self.hex is not None else (self.text or "").encode()


class Problem(Struct, frozen=True):
    """Why a request was not carried out."""

    error: str
