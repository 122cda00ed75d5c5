"""What faults may cost a host, and what the module says of them."""

from __future__ import annotations

import pytest

from tests.properties.runs import run
from wizfi_emu.faults.model import FAULT_WORDS
from wizfi_emu.properties.consequences import CONSEQUENCES, UNASKED, Cost, cost_of, explains, was_told
from wizfi_emu.properties.facts import Happened


def test_every_fault_has_its_row() -> None:
    assert tuple(CONSEQUENCES) == FAULT_WORDS


@pytest.mark.parametrize(
    ("words", "cost"),
    [
        ((), "delays"),
        (("latency", "strict-baud"), "delays"),
        (("latency", "tcp-reset"), "breaks"),
        (("tcp-reset", "serial-flip"), "corrupts"),
        ((UNASKED,), "corrupts"),
    ],
)
def test_the_worst_of_all_counts(words: tuple[str, ...], cost: Cost) -> None:
    assert cost_of(Happened(word, 0, 0) for word in words) == cost


def test_a_host_was_told_when_it_has_read_of_each_fault() -> None:
    assert was_told(run("brown-out", heard="WizFi250 Version 1.0.3.6"))
    assert not was_told(run("brown-out", heard="[DISCONNECT 0]"))
    assert not was_told(run("latency", heard="[ERROR]"))


def test_the_module_says_by_itself_what_a_fault_explains() -> None:
    assert explains(run("ap-off"), "[Link-Down Event]")
    assert not explains(run("tcp-reset"), "[Link-Down Event]")
    assert not explains(run(), "[ERROR]")
