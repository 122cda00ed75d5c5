"""Actions by hand, on a board that only takes notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from wizfi_emu.actions.hands import (
    DrivePins,
    HandAction,
    HealFault,
    Power,
    PowerOn,
    Press,
    Reset,
    SetAdc,
    StartFault,
)
from wizfi_emu.actions.perform import Performer, RefusedError
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import BaseFault, TcpReset
from wizfi_emu.module import events as ev

MS = 1000


@dataclass
class Notes:
    """A board and a box of faults that write down what is done with them."""

    has_power: bool = True
    in_reset: bool = False
    boots_at_once: bool = True
    now_us: int = 0
    module: Any = field(default_factory=lambda: SimpleNamespace(powered=True))
    taken: list[object] = field(default_factory=list)

    def feed(self, event: ev.Event, /) -> None:
        self.taken.append((self.now_us, event))

    def hold_reset(self, low: bool) -> None:
        self.in_reset = low
        self.taken.append((self.now_us, "low" if low else "free"))

    def switch_power(self, on: bool) -> None:
        self.has_power = on
        self.module.powered = on and self.boots_at_once
        self.taken.append((self.now_us, on))

    def add(self, fault: BaseFault) -> str:
        self.taken.append(fault)
        return fault.word

    def heal(self, name: str) -> None:
        raise UserError(f"there is no fault {name!r}")


def play(board: Notes, action: HandAction) -> list[object]:
    """Perform an action as a clock would that is always right."""
    script = Performer(board, board).perform(action)
    until = next(script, None)
    while until is not None:
        if until.time_us is not None and not until.ready():
            board.now_us = until.time_us
        try:
            until = script.send(until.ready())
        except StopIteration:
            until = None
    return board.taken


def test_pins_and_voltages() -> None:
    taken = play(Notes(), DrivePins({"gpio5": 1, "boot": 0, "gpio1": "free"}))
    assert taken == [
        (0, ev.PinDriven(pin, level)) for pin, level in (("gpio5", True), ("boot", False), ("gpio1", None))
    ]
    assert play(Notes(), SetAdc(7)) == [(0, ev.AdcDriven(7))]


def test_presses() -> None:
    down, up = ev.PinDriven("function", False), ev.PinDriven("function", None)
    board = Notes()
    assert play(board, Press(2)) == [(0, down), (120 * MS, up), (240 * MS, down), (360 * MS, up)]
    assert board.now_us == 480 * MS


def test_the_plug() -> None:
    assert play(Notes(), Power("off")) == [(0, False)]
    assert play(Notes(), Power("cycle")) == [(0, False), (100 * MS, True)]


@pytest.mark.parametrize("action", [Power("on", low=("boot",)), PowerOn(("boot",))])
def test_pins_that_are_held(action: HandAction) -> None:
    low, free = ev.PinDriven("boot", False), ev.PinDriven("boot", None)
    assert play(Notes(has_power=False), action) == [(0, low), (0, True), (3500 * MS, free)]


def test_pins_are_held_from_the_first_instruction_on() -> None:
    board = Notes(has_power=False, boots_at_once=False)
    script = Performer(board, board).perform(PowerOn(("boot",), 1000))
    until = next(script)
    assert (until.time_us, until.ready()) == (None, False)
    board.module.powered, board.now_us = True, 5000 * MS
    assert until.ready()
    assert script.send(True).time_us == 6000 * MS


def test_who_takes_a_held_pin_over_keeps_it() -> None:
    board = Notes(has_power=False)
    performer = Performer(board, board)
    script = performer.perform(PowerOn(("boot", "function"), 1000))
    next(script)
    script.send(True)
    list(performer.perform(DrivePins({"boot": 1})))
    list(script)
    assert [item[1] for item in board.taken[-2:]] == [  # type: ignore[index]  # pairs, all but faults
        ev.PinDriven("boot", True),
        ev.PinDriven("function", None),
    ]


def test_until_further_notice() -> None:
    assert play(Notes(has_power=False), PowerOn(("boot",), None)) == [(0, ev.PinDriven("boot", False)), (0, True)]


def test_reset_needs_power() -> None:
    assert play(Notes(), Reset("pin")) == [(0, ev.ResetPulled(ev.ResetCause.RESET))]
    assert play(Notes(), Reset("watchdog")) == [(0, ev.ResetPulled(ev.ResetCause.WATCHDOG))]
    with pytest.raises(RefusedError, match=r"^the module has no power$"):
        play(Notes(has_power=False), Reset("pin"))


def test_reset_is_held_low_and_let_go() -> None:
    board = Notes(has_power=False)
    assert play(board, Reset("low")) == [(0, "low")], "without power too"
    board = Notes(in_reset=True)
    with pytest.raises(RefusedError, match=r"^the module is held in reset$"):
        play(board, Reset("pin"))
    assert play(board, Reset("free")) == [(0, "free")]


def test_faults() -> None:
    assert play(Notes(), StartFault(TcpReset())) == [TcpReset()]
    with pytest.raises(RefusedError, match=r"^there is no fault 'x'$"):
        play(Notes(), HealFault("x"))
