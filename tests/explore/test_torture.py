"""Each fault at each moment."""

from __future__ import annotations

from itertools import islice
from random import Random

from wizfi_emu.explore.choices import CHOICES
from wizfi_emu.explore.torture import one_at_a_time, pairs
from wizfi_emu.faults.model import When

MOMENTS = [When(event="PoweredOn"), When(event="Join")]


def test_each_once() -> None:
    found = list(one_at_a_time(MOMENTS, CHOICES, "WizFiDemoAP"))
    always = [choice for choice in CHOICES if not choice.anywhen]
    assert len(found) == len(set(found)) == len(always) + len(MOMENTS) * (len(CHOICES) - len(always))
    assert all(one.size == 1 for one in found)
    assert len(list(one_at_a_time(MOMENTS, CHOICES, ""))) == len(found) - 2 * len(MOMENTS)


def test_pairs_of_them() -> None:
    singles = list(one_at_a_time(MOMENTS, CHOICES, ""))
    found = list(islice(pairs(singles, Random(0)), 50))
    assert all(one.size == 2 for one in found)
    assert found == list(islice(pairs(singles, Random(0)), 50))
    assert list(pairs(singles[:1], Random(0))) == []
