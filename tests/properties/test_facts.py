"""Faults out of the journal of a plan."""

from __future__ import annotations

from wizfi_emu.properties.facts import Happened, happened


def test_each_fault_from_its_beginning_to_its_end() -> None:
    journal = [(1, "hole begins"), (2, "tcp-reset begins"), (3, "idle begins"), (5, "hole ends"), (9, "hole begins")]
    assert happened(journal, {"hole": "tcp-black-hole", "tcp-reset": "tcp-reset"}) == [
        Happened("tcp-black-hole", 1, 5),
        Happened("tcp-reset", 2, 2),
        Happened("tcp-black-hole", 9, 9),
    ]
