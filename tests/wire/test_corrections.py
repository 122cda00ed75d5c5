"""The sessions of ``tests/vectors/corrections.jsonl`` over the serial device, with peers on real sockets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from tests.vectors.player import Vector, read_vectors
from tests.wire.played import play_over_the_device

pytestmark = pytest.mark.slow

AT_ONCE = 8


def problems_of(vector: Vector) -> list[str]:
    return [f"{vector['id']}: {problem}" for problem in play_over_the_device(vector["steps"], "1.0.5.2")]


def test_sessions_over_the_device() -> None:
    """Many at once, because they wait most of the time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(problems_of, read_vectors("corrections.jsonl"))
        assert "\n".join(chain.from_iterable(found)) == ""
