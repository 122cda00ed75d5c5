"""The local ports of clients and UDP sockets: which one comes next, and the wait for one that another socket has."""

from collections.abc import Callable

from wizfi_emu.module.part import Core, Part
from wizfi_emu.module.slots import Slot, SlotTable
from wizfi_emu.module.tasks import Resume, Steps, Until

FIRST_CLIENT_PORT = 30000  # firmware 1.0.5.2: clients without a local port count up from here
CLIENT_PORT_START_RANGE = 10000
WAIT_US = 3_000_000  # firmware 1.0.5.2: for a local port that another socket has


class LocalPorts(Part):
    """Ports that sockets get, and sockets that wait for theirs."""

    def __init__(self, core: Core, slots: SlotTable, seed: int) -> None:
        """``seed`` gives the first local port of TCP clients."""
        super().__init__(core)
        self._slots = slots
        self._seed = seed
        self._given = 0
        self._waiting: dict[Slot, Callable[[Resume], None]] = {}
        """In the order in which they came."""

    def next_for_client(self) -> int:
        """The local port of a TCP client that names none; 0 leaves it to the host."""
        if not self._settings.firmware.random_client_ports:
            return 0
        self._given = self._given + 1 if self._given else 1 + self._seed % CLIENT_PORT_START_RANGE
        return FIRST_CLIENT_PORT + self._given

    def wait(self, slot: Slot) -> Steps[bool]:
        """Wait until no other socket has the local port; False when it is not free in time."""
        if not slot.configured_port or self._slots.holder_of_port(slot) is None:
            return True
        self._kernel.after(("port", slot), WAIT_US, lambda: self._end_wait(slot))
        yield Until(lambda resume: self._waiting.update({slot: resume}))
        return self._slots.holder_of_port(slot) is None

    def end_waits(self) -> None:
        """A socket is gone: who waited for its port goes on, and so does one that is gone itself."""
        for slot in tuple(self._waiting):
            if slot not in self._slots or self._slots.holder_of_port(slot) is None:
                self._end_wait(slot)

    def _end_wait(self, slot: Slot) -> None:
        self._kernel.timers.drop(("port", slot))
        self._waiting.pop(slot)(None)
