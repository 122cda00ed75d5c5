"""A sample of the guide's statements over the serial device, with peers on real sockets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from tests.guide.played import GUIDE, personality
from tests.guide.reading import Statement, statements
from tests.wire.played import play_over_the_device

pytestmark = pytest.mark.slow

AT_ONCE = 8
SAMPLE = [statement for statement in statements() if statement.wire]


def problems_of(statement: Statement) -> list[str]:
    steps = statement.steps(statement.each[0], personality(GUIDE).version)
    return [f"{statement.id}: {problem}" for problem in play_over_the_device(steps, GUIDE, statement.world)]


def test_statements_over_the_device() -> None:
    """Many at once, because they wait most of the time."""
    assert len(SAMPLE) >= 20
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert "\n".join(chain.from_iterable(pool.map(problems_of, SAMPLE))) == ""
