"""A fault that is set, and what all parts that carry faults out need of the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from wizfi_emu.agenda import Action
from wizfi_emu.faults.model import BaseFault
from wizfi_emu.faults.triggers import Armed
from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.stages.orders import Order

if TYPE_CHECKING:
    from random import Random

F = TypeVar("F", bound=BaseFault)

NewRandom = Callable[[str], "Random"]
"""Makes a source of chance from a seed; equal seeds, equal chance."""


class Live:
    """One fault from the time when it is set."""

    __slots__ = ("_chances", "_new_random", "_seed", "armed", "fault", "hits", "name", "noted", "random", "state")

    def __init__(self, name: str, fault: BaseFault, seed: int, new_random: NewRandom) -> None:
        self.name = name
        self.fault = fault
        self.random = new_random(str(seed))
        self.state: Literal["waiting", "active", "over"] = "waiting"
        self.hits = self.noted = 0
        self.armed: Armed | None = None
        self._seed = seed
        self._new_random = new_random
        self._chances: dict[str, Random] = {}

    def chance(self, part: str) -> Random:
        """Its chance for one part alone: what happens in another part makes no difference to it."""
        if part not in self._chances:
            self._chances[part] = self._new_random(f"{self._seed}/{part}")
        return self._chances[part]

    def applies(self) -> bool:
        probability = self.fault.probability
        # Not asked when it is certain, so that its chance is the same for what else it decides.
        if probability < 1 and self.random.random() >= probability:
            return False
        self.hits += 1
        return True

    def jitter_us(self, jitter_ms: int) -> int:
        return self.random.randrange(jitter_ms * 1000 + 1) if jitter_ms else 0


class FaultContext(Protocol):
    """What the parts of a plan act on, between the machine and its world. What they order happens in this order."""

    now_us: int
    active: list[Live]
    """The faults that last now, in the order in which they began."""

    def tell(self, event: Event) -> None:
        """Tell the machine."""

    def carry_out(self, effect: Effect) -> None:
        """Let the edge carry an effect out."""

    def order(self, order: Order) -> None:
        """Order something that is no effect of the machine."""

    def later(self, due_us: int, action: Action) -> None:
        """Act at that time, unless the module restarts before."""

    def warn(self, text: str) -> None:
        """Tell the person who runs the module."""


def of_kind(active: Sequence[Live], kind: type[F]) -> Iterator[tuple[Live, F]]:
    for live in active:
        if isinstance(live.fault, kind):
            yield live, live.fault
