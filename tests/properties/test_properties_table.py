"""All properties together."""

from __future__ import annotations

from tests.properties.runs import failed, run
from wizfi_emu.properties.model import Properties
from wizfi_emu.properties.table import PROPERTIES, find_all

CRASH = 'Traceback\n  File "host.py", line 3, in f\n    x\nKeyError: 1\n'


def test_each_has_a_sentence() -> None:
    assert all(one.sentence and not one.sentence.endswith(".") for one in PROPERTIES.values())


def test_of_how_a_program_ends_the_first_counts() -> None:
    facts = run(status=1, output=CRASH, step=failed("exit"))
    assert [one.property for one in find_all(facts, Properties())] == ["crash"]
    assert [one.property for one in find_all(facts, Properties(without=("crash",)))] == ["expectations"]
    assert [one.property for one in find_all(facts, Properties(), ["expectations"])] == ["expectations"]
    assert find_all(run(), Properties()) == []
