"""A stage: what stands between a machine and its world, as a written contract.

The runner has a chain of stages. What the world reports passes them from the outside in, what the machine orders from
the inside out. A stage that only looks gives back what it gets; one that interferes gives something else, or nothing.
Observing, faults and the costs of a timing are all stages.
"""

from collections.abc import Sequence
from enum import IntEnum

from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.stages.orders import Order

Item = Event | Effect | Order
"""What a stage gives: events go on inwards, effects outwards, and the runner carries out orders."""


class Place(IntEnum):
    """Where in the chain a stage stands, from the machine to the world."""

    MACHINE = 0
    """Sees what the machine is told and what it orders: with these a machine can be replayed."""
    FAULTS = 1
    COSTS = 2
    WIRE = 3
    LINE = 4
    """Sees what the host sends, what has reached it, and what the world does."""


class Stage:
    """A stage through which everything passes as it is; stages override what they care about.

    Nothing here waits or raises. Times are the module's, in microseconds.
    """

    place = Place.MACHINE

    @property
    def wakeup_us(self) -> int | None:
        """When to call ``time_reached``; may change with every call, and with the machine's ``uart_room``."""
        return None

    def serial_room(self, inside: int) -> int:
        """How many bytes of the host it takes now, while so many are taken behind it."""
        return inside

    @property
    def network_room(self) -> bool:
        """Whether it takes more from the network now."""
        return True

    def receive(self, event: Event, now_us: int) -> Sequence[Item]:
        """The world, or a stage outside of this one, reports an event."""
        return (event,)

    def execute(self, effect: Effect, now_us: int) -> Sequence[Item]:
        """The machine, or a stage inside of this one, orders an effect."""
        return (effect,)

    def time_reached(self, now_us: int) -> Sequence[Item]:
        """The time has come."""
        return ()

    def restarted(self) -> None:
        """The module restarts or has lost its power: its sockets are gone, with what is under way to and from them."""
