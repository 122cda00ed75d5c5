"""The runner alone: the order of stages, one event at a time, power, and who is asked for room."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.desk import BOTH, Desk, S
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.observer import Observer
from wizfi_emu.stages.orders import SwitchPower
from wizfi_emu.stages.stage import Item, Place, Stage

Seen = list[tuple[str, ev.Event | fx.Effect]]


class Named(Stage):
    """Passes everything on, and notes it under its name."""

    def __init__(self, name: str, seen: Seen, place: Place = Place.FAULTS) -> None:
        self.name = name
        self.seen = seen
        self.place = place
        self.restarts = 0
        self.due_us: int | None = None
        self.gives: list[Item] = []

    @property
    def wakeup_us(self) -> int | None:
        return self.due_us

    def receive(self, event: ev.Event, now_us: int) -> Sequence[Item]:
        self.seen.append((self.name, event))
        return [event]

    def execute(self, effect: fx.Effect, now_us: int) -> Sequence[Item]:
        self.seen.append((self.name, effect))
        return [effect]

    def time_reached(self, now_us: int) -> Sequence[Item]:
        self.due_us = None
        return self.gives

    def restarted(self) -> None:
        self.restarts += 1


def test_events_come_from_the_outside_in_and_effects_go_from_the_inside_out() -> None:
    desk, seen = Desk(), Seen()
    for name, place in (("costs", Place.COSTS), ("machine", Place.MACHINE), ("faults", Place.FAULTS)):
        desk.add(Named(name, seen, place))
    desk.feed(ev.UartReceived(b"AT\r"))
    told, answer = ev.UartReceived(b"AT\r"), fx.UartSend(b"[OK]\r\n")
    assert [name for name, item in seen if item == told] == ["costs", "faults", "machine"]
    assert [name for name, item in seen if item == answer] == ["machine", "faults", "costs"]


def test_a_stage_behind_another_one_of_its_place_stands_outside_of_it() -> None:
    desk, seen = Desk(), Seen()
    desk.add(Named("first", seen))
    desk.add(Named("second", seen))
    desk.feed(ev.AdcDriven(1))
    assert [name for name, _ in seen] == ["second", "first"]


def test_a_stage_that_is_taken_away_sees_nothing() -> None:
    desk, seen = Desk(), Seen()
    stage = Named("gone", seen)
    desk.add(stage)
    desk.remove(stage)
    desk.feed(ev.AdcDriven(1))
    assert seen == []


def test_an_answer_is_told_when_the_order_before_it_is_carried_out() -> None:
    """The world answers at once, from within the effect; the machine hears of it after all effects at hand."""
    desk, seen = Desk(), Seen()
    desk.join()
    with desk.observed(lambda item, _now_us: seen.append(("", item))):
        desk.send(b"AT+MPROF=S\r")
    kinds = [type(item).__name__ for _, item in seen]
    assert kinds.index("WriteFlash") < kinds.index("FlashWritten")
    events = [number for number, (_, item) in enumerate(seen) if isinstance(item, ev.Event)]
    assert events == sorted(events)
    assert isinstance(seen[0][1], ev.UartReceived)


def test_what_a_stage_gives_by_itself_passes_those_beyond_it_only() -> None:
    desk, seen = Desk(), Seen()
    inner, outer = Named("inner", seen, Place.MACHINE), Named("outer", seen, Place.COSTS)
    middle = Named("middle", seen)
    for stage in (inner, middle, outer):
        desk.add(stage)
    desk.give(middle, [ev.AdcDriven(5), fx.SetPin("gpio1", True)])
    assert seen == [("outer", fx.SetPin("gpio1", True)), ("inner", ev.AdcDriven(5))]
    assert desk.pins["gpio1"] is True
    assert desk.module.board.adc_value == 5


def test_a_stage_is_woken_at_its_time() -> None:
    desk, seen = Desk(), Seen()
    stage = Named("late", seen)
    desk.add(stage)
    stage.due_us, stage.gives = desk.now_us + 700, [fx.UartSend(b"late")]
    desk.run(699)
    assert desk.read() == b""
    desk.run(1)
    assert desk.read() == b"late"


def test_an_effect_that_a_stage_keeps_is_not_carried_out() -> None:
    class Silence(Stage):
        def execute(self, effect: fx.Effect, now_us: int) -> Sequence[Item]:
            return [] if isinstance(effect, fx.UartSend) else [effect]

    desk = Desk()
    desk.add(Silence())
    assert desk.exchange(b"AT\r") == b""
    assert any(isinstance(effect, fx.UartSend) for effect in desk.effects), "the machine has ordered it"


def test_power_that_a_stage_switches_off_goes_when_what_waits_is_told() -> None:
    desk, seen = Desk(), Seen()
    stage = Named("plug", seen)
    desk.add(stage)
    desk.give(stage, [SwitchPower(on=False), ev.AdcDriven(9)])
    assert not desk.has_power
    assert [item for _, item in seen] == [ev.PoweredOff()]
    assert desk.module.board.adc_value == 9
    assert stage.restarts == 1
    desk.switch_power(False)
    assert stage.restarts == 1, "it is off already"
    desk.switch_power(True)
    assert desk.exchange(b"").startswith(b"WizFi250")


def test_a_reset_without_power_leaves_it_off() -> None:
    desk = Desk()
    desk.power_off()
    desk.feed(ev.ResetPulled())
    assert desk.exchange(b"") == b""
    assert not desk.module.powered


@pytest.mark.parametrize("room", [0, 5])
def test_the_smallest_room_counts(room: int) -> None:
    class Narrow(Stage):
        def serial_room(self, inside: int) -> int:
            return min(inside, room)

        network_room = bool(room)

    desk = Desk()
    assert desk.serial_room == 2048
    desk.add(Narrow())
    desk.add(Observer(lambda _item, _now_us: None))
    assert desk.serial_room == room
    assert desk.network_room is bool(room)


def test_nothing_is_due_when_everything_waits() -> None:
    desk = Desk()
    desk.run(10_000_000)
    assert desk.wakeup_us is None
    assert not desk.step()
    desk.agenda.add(desk.now_us + 5, lambda: desk.feed(ev.AdcDriven(3)))
    assert desk.wakeup_us == desk.now_us + 5
    assert not desk.step(), "not yet"
    desk.run(5)
    assert desk.module.board.adc_value == 3


@pytest.mark.parametrize("firmware", BOTH)
def test_an_idle_module_is_never_woken(firmware: str) -> None:
    desk = Desk(firmware)
    desk.join()
    desk.run(S)
    assert desk.wakeup_us is None
