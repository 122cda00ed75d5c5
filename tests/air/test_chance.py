from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.air.chance import Chance


@given(st.integers(), st.integers(1, 10**6), st.lists(st.text() | st.integers(), max_size=4))
def test_the_same_question_has_the_same_answer(seed: int, limit: int, question: list[object]) -> None:
    answer = Chance(seed).below(limit, *question)
    assert 0 <= answer < limit
    assert Chance(seed).below(limit, *question) == answer


def test_another_seed_gives_other_answers() -> None:
    first, second = ([Chance(seed).below(1000, number) for number in range(20)] for seed in (1, 2))
    assert first != second


@pytest.mark.parametrize("percent", [5, 20, 50, 95])
def test_things_happen_as_often_as_they_should(percent: int) -> None:
    chance = Chance(3)
    happened = sum(chance.happens(percent, "ping", "10.0.0.1", number) for number in range(10_000))
    assert abs(happened / 100 - percent) < 2


def test_nothing_and_everything() -> None:
    chance = Chance(0)
    assert not any(chance.happens(0, number) for number in range(100))
    assert all(chance.happens(100, number) for number in range(100))
