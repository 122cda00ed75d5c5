"""Observers: they see events and effects pass and change nothing."""

from collections.abc import Callable

from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
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
