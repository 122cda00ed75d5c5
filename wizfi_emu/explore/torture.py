"""Torture: each fault at each moment of a run, one at a time, and then pairs of them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizfi_emu.explore.choices import Choice, make_fault
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.faults.model import Fault, When

if TYPE_CHECKING:
    from random import Random


def one_at_a_time(moments: Sequence[When], choices: Sequence[Choice], access_point: str) -> Iterator[Schedule]:
    """Each fault at each moment, with the values that stand first in the table; moment by moment."""
    for fault in _faults(None, [one for one in choices if not one.anywhen], access_point):
        yield Schedule(faults=(fault,))
    for moment in moments:
        for fault in _faults(moment, [one for one in choices if one.anywhen], access_point):
            yield Schedule(faults=(fault,))


def pairs(singles: Sequence[Schedule], random: "Random") -> Iterator[Schedule]:
    """Pairs of them, in an order of chance, without end."""
    while len(singles) > 1:
        one, other = random.sample(singles, 2)
        yield Schedule(faults=one.faults + other.faults)


def _faults(moment: When | None, choices: Sequence[Choice], access_point: str) -> Iterator[Fault]:
    for choice in choices:
        if access_point or choice.word not in ("ap-off", "key-changed"):
            lasts = next((one for one in choice.lasts if one is not None), None)
            yield make_fault(choice, choice.values[0], lasts, moment, access_point)
