"""What happens around a machine and is neither an event nor an effect of it: faults, the line, the plug, the world.

Whoever looks on gets notes beside events and effects (``Runner.on_note``), in the order in which everything happens.
Recordings hold them, so that both sides of a fault can be shown: what the machine was told and ordered is in events and
effects, what the line carried is in ``LineChanged``. A machine is replayed without them.
"""

from typing import Literal

from msgspec import Struct

Way = Literal["to-module", "to-host"]


class FaultBegan(Struct, frozen=True):
    """A fault begins. ``fault`` is its name, ``word`` its kind; one that is over at once does not end."""

    fault: str
    word: str


class FaultApplied(Struct, frozen=True):
    """A fault has done something.

    ``times``: how often, for instance to how many bytes. ``item``: the event or effect that it met, as its class is
    called, or empty. ``size``: the bytes of data in that, -1 for none; ``sock``: its socket, -1 for none.
    """

    fault: str
    word: str
    times: int = 1
    item: str = ""
    size: int = -1
    sock: int = -1


class FaultEnded(Struct, frozen=True):
    """A fault that lasted ends."""

    fault: str
    word: str


class LineChanged(Struct, frozen=True):
    """Bytes on the serial line are others than on the module's side, or pass at another time.

    To the host: the machine has ordered ``machine``, and ``line`` goes to the line. To the module: ``line`` has come
    over the line, and ``machine`` is told for it.

    ``at``: where ``machine`` begins in all that the machine has sent, or was told, since the recording began. As a plan
    gives it: how many bytes come before it that are not told yet (to the module), or how many bytes of its effect begin
    with it (to the host). ``held``: it does not all pass at once. ``by``: the names of the faults that did it.
    """

    way: Way
    at: int
    machine: bytes
    line: bytes
    held: bool = False
    by: tuple[str, ...] = ()


class LineReleased(Struct, frozen=True):
    """So many bytes that faults held back leave for the host; on a line that takes its time, they queue up for it."""

    count: int


class PowerSwitched(Struct, frozen=True):
    """The supply is there, or is gone; ``PoweredOn`` comes when the module runs."""

    on: bool


class WorldChanged(Struct, frozen=True):
    """Somebody changes the world: an access point is switched off, a connection is reset. ``text`` is for people."""

    text: str


Note = FaultBegan | FaultApplied | FaultEnded | LineChanged | LineReleased | PowerSwitched | WorldChanged
