"""What can go wrong."""

from __future__ import annotations

import pytest

from wizfi_emu.explore.choices import CHOICES, Choice, fitting, make_fault
from wizfi_emu.faults.model import FAULT_WORDS, When
from wizfi_emu.properties.consequences import consequence_of


def test_every_fault_can_be_chosen() -> None:
    assert sorted(choice.word for choice in CHOICES) == sorted(FAULT_WORDS)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.word)
def test_all_values_make_a_fault_that_ends(choice: Choice) -> None:
    for values in choice.values:
        for lasts in choice.lasts or (None,):
            fault = make_fault(choice, values, lasts, When(event="PoweredOn"), "WizFiDemoAP")
            assert fault.duration == lasts
            assert (fault.when is not None) is choice.anywhen
            assert lasts is not None or not fault.lasts or consequence_of(fault.word).cost == "delays"


def test_what_can_meet_a_run() -> None:
    words = [choice.word for choice in fitting(["UartSend", "Resolve"], (), ("watchdog",))]
    assert {"dns-fail", "brown-out", "strict-baud"} < set(words)
    assert not {"watchdog", "tcp-reset", "flash-fail"} & set(words)
    assert [choice.word for choice in fitting(["UartSend"], ("brown-out", "tcp-reset"), ())] == ["brown-out"]
