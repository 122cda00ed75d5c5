"""Observers: they see events and effects pass and change nothing."""

from collections.abc import Callable

from wizfi_emu.module.effects import Effect, HostEffect
from wizfi_emu.module.events import Event, HostBytes
from wizfi_emu.stages.stage import Item, Place, Stage

Observe = Callable[[Event | Effect, int], None]
"""Sees an event or an effect pass, with the module's time in microseconds, before anything is done about it."""


class Observer(Stage):
    """Shows a function what passes at a place of the chain."""

    def __init__(self, observe: Observe, place: Place = Place.MACHINE) -> None:
        self.place = place
        self._observe = observe

    def receive(self, event: Event, now_us: int) -> tuple[Item, ...]:
        self._observe(event, now_us)
        return (event,)

    def execute(self, effect: Effect, now_us: int) -> tuple[Item, ...]:
        self._observe(effect, now_us)
        return (effect,)


class Arrivals(Observer):
    """Shows what the host has sent when the line has carried it, before any fault has."""

    def __init__(self, observe: Observe) -> None:
        super().__init__(observe, Place.COSTS)  # outside of the costs, since it comes later than they

    def receive(self, event: Event, now_us: int) -> tuple[Item, ...]:
        if isinstance(event, HostBytes):
            self._observe(event, now_us)
        return (event,)

    def execute(self, effect: Effect, now_us: int) -> tuple[Item, ...]:
        return (effect,)


class Departures(Observer):
    """Shows what leaves for the host, as it leaves."""

    def __init__(self, observe: Observe) -> None:
        super().__init__(observe, Place.LINE)

    def receive(self, event: Event, now_us: int) -> tuple[Item, ...]:
        return (event,)

    def execute(self, effect: Effect, now_us: int) -> tuple[Item, ...]:
        if isinstance(effect, HostEffect):
            self._observe(effect, now_us)
        return (effect,)
