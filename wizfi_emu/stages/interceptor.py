"""What may stand between a device's machine and its edges, as a written contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event

if TYPE_CHECKING:
    from wizfi_emu.faults.orders import Order

    Item = Event | Effect | Order


class Interceptor(Protocol):
    """Gets what the edges report and what the machine orders, and says what happens instead; see ``faults.plan``.

    The machine is told the events and the edges carry out the effects that it gives, in order; orders go to whoever has
    put it there. Nothing here waits or raises. An order to switch the power off is carried out when everything before
    it is done; no event is given behind it until ``restarted``.
    """

    @property
    def wakeup_us(self) -> int | None:
        """When to call ``time_reached``; may change with every call, and with the machine's ``uart_room``."""

    @property
    def serial_room(self) -> int:
        """How many bytes of the host it takes now."""

    @property
    def network_room(self) -> bool:
        """Whether it takes more from the network now."""

    def receive(self, event: Event, now_us: int) -> Sequence[Item]:
        """An edge reports an event."""

    def execute(self, effect: Effect, now_us: int) -> Sequence[Item]:
        """The machine orders an effect."""

    def time_reached(self, now_us: int) -> Sequence[Item]:
        """The time has come."""

    def restarted(self) -> None:
        """All sockets are gone, with what is under way to them and from them."""
