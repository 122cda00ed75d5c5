"""What the control interface needs of a module, as a written contract."""

from __future__ import annotations

from typing import Protocol

from wizfi_emu.control.pins import HOLD_MS
from wizfi_emu.control.state import State
from wizfi_emu.control.traffic import Traffic
from wizfi_emu.faults.model import Fault, FaultList


class RefusedError(Exception):
    """What was asked for is impossible in the module's present state; the text says why."""


class ModuleHandle(Protocol):
    """A running module. All methods are called from a trio task; those that are not async take no time.

    ``press``, ``reset`` and ``receive`` raise ``RefusedError`` without power, the two power methods when the power is
    what was asked for already.
    """

    @property
    def traffic(self) -> Traffic:
        """What goes in and out of the module."""

    def state(self, *, secrets: bool = False) -> State:
        """The state now; with ``secrets`` also keys and passwords."""

    def drive(self, pin: str, level: bool | None) -> None:
        """Put a level on one of ``pins.PINS``, or let go of it (None)."""

    def set_adc(self, value: int) -> None:
        """Put a voltage on the analogue input, 0 to 4095."""

    async def press(self, count: int) -> None:
        """Press FUNCTION ``count`` times, as a hand does; returns after the last release. Presses do not overlap."""

    def reset(self, *, watchdog: bool = False) -> None:
        """Pull RESET, or let the watchdog bite."""

    def power_off(self) -> None:
        """Pull the plug."""

    def power_on(self, low: tuple[str, ...] = (), hold_ms: int | None = HOLD_MS) -> None:
        """Switch the power on with these pins held low, for a time of the module or (None) until further notice."""

    def faults(self) -> FaultList:
        """The faults that are set, and those that are over for a while."""

    def start_fault(self, fault: Fault) -> None:
        """Set a fault. Raises ``RefusedError`` for one that cannot be."""

    def heal_fault(self, name: str) -> None:
        """End a fault, or let it not come. Raises ``RefusedError`` when none has this name."""

    async def receive(self, data: bytes) -> None:
        """Put bytes on the serial line as if the host had sent them; returns when the module has taken them."""
