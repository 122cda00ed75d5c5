"""What a socket does while AT+SCON, which opened it, still waits: it is handled when the command is answered."""

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.slots import Slot

BYTES_FULL = 65536
"""While events are held back, no more than this is taken from the network: one large read."""
BYTES_MAX = 4 * BYTES_FULL
"""Beyond it received data is lost: the runner did not hold the network up, or could not (UDP)."""
_COST_BYTES = 64  # what an event counts beside its data, so that many small ones are bounded too


class Deferral:
    """Events of one socket, in order."""

    __slots__ = ("_bytes", "_events", "_kernel", "_slot", "lost_events")

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._slot: Slot | None = None
        self._events: list[ev.SocketEvent] = []
        self._bytes = 0
        self.lost_events = 0

    def begin(self, slot: Slot) -> None:
        """Hold the events of this socket back."""
        self._slot, self._events, self._bytes = slot, [], 0

    def concerns(self, slot: Slot) -> bool:
        """Whether the events of this socket are held back."""
        return slot is self._slot

    def hold_back(self, event: ev.SocketEvent) -> None:
        """Keep an event. Received data that exceeds the limit is lost."""
        if isinstance(event, ev.SocketReceived):
            if self._bytes >= BYTES_MAX:
                self.lost_events += 1
                if self.lost_events == 1:
                    self._kernel.emit(fx.Log("warning", "too much data came before the end of AT+SCON: some is lost"))
                return
            self._bytes += len(event.data) + _COST_BYTES
        self._events.append(event)

    def end(self) -> list[ev.SocketEvent]:
        """Hold nothing back any more; gives what was held back."""
        events, self._events = self._events, []
        self._slot, self._bytes = None, 0
        return events

    @property
    def has_room(self) -> bool:
        """Whether there is room for what comes from the network."""
        return self._bytes < BYTES_FULL
