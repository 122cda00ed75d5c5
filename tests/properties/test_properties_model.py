"""The part of a scenario file that says which properties hold."""

from __future__ import annotations

import pytest

from wizfi_emu.properties.model import NAMES, Properties
from wizfi_emu.properties.table import PROPERTIES


def test_names_are_those_of_the_table() -> None:
    assert tuple(PROPERTIES) == NAMES


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"check: expected crash, .*, got 'crsh'"):
        Properties(check=("crsh",))
    with pytest.raises(ValueError, match=r"without: expected crash, .*, got 'crsh'"):
        Properties(without=("crsh",))


def test_what_does_not_count_does_not_hold() -> None:
    assert not Properties(without=("hang",)).holds("hang")
    assert Properties(without=("hang",)).holds("crash")
