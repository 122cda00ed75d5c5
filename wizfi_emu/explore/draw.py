"""Draws schedules: new ones, and others out of those that have reached something."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from wizfi_emu.actions.host import Send
from wizfi_emu.explore.choices import Choice, make_fault
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.faults.model import Fault, When
from wizfi_emu.scenario.model import Block

if TYPE_CHECKING:
    from random import Random

AFTER_S = (0.0, 0.0, 0.0, 0.002, 0.02, 0.1, 0.3, 1.0, 3.0)
"""How long behind a moment something begins. Most of what can be disturbed is under way right behind it."""

BY_QUIET = 0.5
"""How often a moment is drawn by how long it is quiet behind it; otherwise each is as likely as the others."""


class Drawer:
    """What can be drawn, and the chance that draws it. More moments are known as the search goes on."""

    def __init__(
        self,
        random: "Random",
        choices: Sequence[Choice],
        *,
        at_most: int = 1,
        firmware: Sequence[str] = (),
        says: Mapping[str, Sequence[str]] | None = None,
        access_point: str = "",
    ) -> None:
        """``access_point`` is the one that faults of the air meet. Choices without one are left out."""
        self.moments: list[When] = []
        self.quiet_us: list[int] = []
        """How long nothing happens behind each of the moments: a host that waits can be disturbed for so long."""
        self._random = random
        self._choices = [one for one in choices if access_point or one.word not in ("ap-off", "key-changed")]
        self._at_most = at_most
        self._firmware = firmware
        self._texts = [(peer, text) for peer, texts in (says or {}).items() for text in texts]
        self._access_point = access_point

    @property
    def can_draw(self) -> bool:
        """Whether there is anything that can go wrong."""
        return bool(self._choices or self._texts or self._firmware)

    def first(self) -> Iterator[Schedule]:
        """What a search begins with: each personality, and each fault that lasts alone, from the beginning."""
        yield from (Schedule(firmware=name) for name in self._firmware)
        for choice in self._choices:
            for lasts in choice.lasts:
                for values in choice.values:
                    yield Schedule(faults=(make_fault(choice, values, lasts, None, self._access_point),))

    def new(self) -> Schedule:
        """A schedule of one thing or more."""
        drawn = Schedule()
        for _ in range(self._random.choice((1, 1, 2, self._at_most))):
            drawn = self._more(drawn)
        return drawn

    def changed(self, schedule: Schedule, other: Schedule) -> Schedule:
        """One that is like this one; ``other`` may give something, too."""
        match self._random.randrange(6):
            case 0 | 1:
                return self._more(schedule)
            case 2 if schedule.size > 1:
                return self._less(schedule)
            case 3 if other.faults:
                return self._bounded(structs.replace(schedule, faults=schedule.faults + other.faults))
            case 4 | 5 if schedule.faults:
                return self._moved(schedule)
        return self.new()

    def _more(self, schedule: Schedule) -> Schedule:
        kinds = [kind for kind, there in (("faults", self._choices), ("says", self._texts)) if there]
        if schedule.size >= self._at_most:
            return schedule
        if self._firmware and (not kinds or self._random.random() < 1 / 8):
            return structs.replace(schedule, firmware=self._random.choice(self._firmware))
        if not kinds:
            return schedule
        if self._random.choice(kinds) == "faults":
            return structs.replace(schedule, faults=(*schedule.faults, self._fault()))
        return structs.replace(schedule, blocks=(*schedule.blocks, self._saying()))

    def _less(self, schedule: Schedule) -> Schedule:
        if schedule.faults:
            number = self._random.randrange(len(schedule.faults))
            faults = schedule.faults[:number] + schedule.faults[number + 1 :]
            return structs.replace(schedule, faults=faults)
        return structs.replace(schedule, firmware="", blocks=schedule.blocks[1:])

    def _moved(self, schedule: Schedule) -> Schedule:
        """One fault at another moment, a little later, or with other values."""
        number = self._random.randrange(len(schedule.faults))
        old = schedule.faults[number]
        if old.when is not None and self._random.random() < 0.5:
            new: Fault = structs.replace(old, when=self._moment())
        else:
            choice = next((one for one in self._choices if one.word == old.word), None)
            new = self._fault() if choice is None else self._fault_of(choice, old.when)
        faults = (*schedule.faults[:number], new, *schedule.faults[number + 1 :])
        return structs.replace(schedule, faults=faults)

    def _bounded(self, schedule: Schedule) -> Schedule:
        left = max(0, self._at_most - len(schedule.blocks) - bool(schedule.firmware))
        return structs.replace(schedule, faults=schedule.faults[-left:] if left else ())

    def _fault(self) -> Fault:
        return self._fault_of(self._random.choice(self._choices), self._moment())

    def _fault_of(self, choice: Choice, when: When | None) -> Fault:
        lasts = self._random.choice(choice.lasts) if choice.lasts else None
        if lasts is None and choice.lasts:
            when = None
        return make_fault(choice, self._random.choice(choice.values), lasts, when, self._access_point)

    def _saying(self) -> Block:
        peer, text = self._random.choice(self._texts)
        return Block(self._moment(), (Send(text, peer=peer),))

    def _moment(self) -> When:
        if self._random.random() < BY_QUIET and any(self.quiet_us):
            [moment] = self._random.choices(self.moments, self.quiet_us)
        else:
            moment = self._random.choice(self.moments)
        return structs.replace(moment, after=self._random.choice(AFTER_S))
