"""How actions by hand are performed, written once: what takes time is a script, which yields what it waits for.

Who plays a script resumes it with True when that has come, and with False when its time is over.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wizfi_emu.actions import hands
from wizfi_emu.actions.limits import GAP_MS, HOLD_MS, OFF_MS, PRESS_MS
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import BaseFault
from wizfi_emu.module import events as ev

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module


class RefusedError(Exception):
    """What was asked for is impossible in the present state; the text says why."""


@dataclass(frozen=True, slots=True)
class Until:
    """Until ``ready`` is true, at most until a time of the module; without ``ready`` until then."""

    time_us: int | None
    ready: Callable[[], bool] = lambda: False


Script = Generator[Until, bool, None]


class Board(Protocol):
    """A module with its edges, as far as actions concern it."""

    module: Module
    has_power: bool
    in_reset: bool

    @property
    def now_us(self) -> int:
        """The module's time."""

    def feed(self, event: ev.Event, /) -> None:
        """Tell the machine what happened."""

    def hold_reset(self, low: bool) -> None:
        """Hold RESET low, or let go of it; nothing happens if it is so already."""

    def switch_power(self, on: bool) -> None:
        """Switch the power; nothing happens if it is so already."""


class FaultBox(Protocol):
    """What sets faults. Raises UserError for what cannot be."""

    def add(self, fault: BaseFault) -> str:
        """Set a fault."""

    def heal(self, name: str) -> None:
        """End a fault."""


class Performer:
    """Performs actions on one module."""

    def __init__(self, board: Board, faults: FaultBox) -> None:
        self._board = board
        self._faults = faults
        self._holds: dict[str, object] = {}

    def perform(self, action: hands.HandAction) -> Script:
        """The script of an action. Raises RefusedError for what cannot be done."""
        board = self._board
        match action:
            case hands.DrivePins(levels):
                for pin, level in levels.items():
                    self._drive(pin, None if level == "free" else bool(level))
            case hands.SetAdc(value):
                board.feed(ev.AdcDriven(value))
            case hands.Press(count):
                for _ in range(count):
                    self._drive("function", False)
                    yield self._after(PRESS_MS)
                    self._drive("function", None)
                    yield self._after(GAP_MS)
            case hands.Power(switch, low):
                if switch != "on":
                    board.switch_power(False)
                if switch == "cycle":
                    yield self._after(OFF_MS)
                if switch != "off":
                    yield from self._power_on(low, HOLD_MS)
            case hands.PowerOn(low, hold_ms):
                yield from self._power_on(low, hold_ms)
            case hands.Reset("low"):
                board.hold_reset(True)
            case hands.Reset("free"):
                board.hold_reset(False)
            case hands.Reset(cause):
                if not board.has_power:
                    raise RefusedError("the module has no power")
                if board.in_reset:
                    raise RefusedError("the module is held in reset")
                board.feed(ev.ResetPulled(ev.ResetCause.WATCHDOG if cause == "watchdog" else ev.ResetCause.RESET))
            case hands.StartFault(fault):
                self._set(lambda: self._faults.add(fault))
            case hands.HealFault(name):
                self._set(lambda: self._faults.heal(name))
            case _:
                raise AssertionError(action)

    def _drive(self, pin: str, level: bool | None) -> None:
        """Whoever held the pin lets go first."""
        self._holds.pop(pin, None)
        self._board.feed(ev.PinDriven(pin, level))

    def _power_on(self, low: tuple[str, ...], hold_ms: int | None) -> Script:
        board, hold = self._board, object()
        for pin in low:
            self._drive(pin, False)
            self._holds[pin] = hold
        board.switch_power(True)
        if hold_ms is None or not low:
            return
        # What the timing lets pass before the first instruction does not count.
        yield Until(None, lambda: board.module.powered or not board.has_power)
        yield self._after(hold_ms)
        for pin in low:
            if self._holds.get(pin) is hold:
                self._drive(pin, None)

    def _after(self, duration_ms: int) -> Until:
        return Until(self._board.now_us + duration_ms * 1000)

    def _set(self, change: Callable[[], object]) -> None:
        try:
            change()
        except UserError as error:
            raise RefusedError(str(error)) from None
