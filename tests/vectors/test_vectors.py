"""Every recorded session of firmware 1.0.5.2, whole and cut into pieces, in virtual time.

``corrections.jsonl`` is written by hand: rules that longer recordings showed, K-01 to K-22 and the debug lines (K-23),
each from several sides and with what does not change beside it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator

import pytest

from tests.vectors.player import Player, Vector, read_vectors

VECTORS = [*read_vectors("public.jsonl"), *read_vectors("random.jsonl"), *read_vectors("corrections.jsonl")]
CHUNK = 30  # sessions in one test
SAMPLE = VECTORS[::7]  # of every group something, in the order of the file

Split = Callable[[bytes], Iterator[bytes]]


def chunks() -> Iterator[object]:
    groups: dict[str, list[Vector]] = defaultdict(list)
    for vector in VECTORS:
        groups[vector["group"]].append(vector)
    for group, vectors in groups.items():
        for start in range(0, len(vectors), CHUNK):
            part = vectors[start : start + CHUNK]
            name = group if len(vectors) <= CHUNK else f"{group}-{start // CHUNK + 1}"
            yield pytest.param(part, id=name, marks=[pytest.mark.slow] if len(part) > CHUNK // 2 else [])


def failures(vectors: list[Vector], split: Split | None = None) -> str:
    found = []
    for vector in vectors:
        problems = Player(split=split).play(vector["steps"])
        found += [f"{vector['id']}: {problem}" for problem in problems]
    return "\n".join(found)


def test_all_sessions_are_there() -> None:
    corrections = {vector["group"] for vector in VECTORS if vector["id"].startswith("K-")}
    assert corrections == {f"K-{number:02}" for number in range(1, 24)}
    recorded = {vector["id"] for vector in VECTORS if vector["group"] not in corrections}
    assert len(recorded) == 1110
    assert len({vector["id"] for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize("vectors", list(chunks()))
def test_session_as_recorded(vectors: list[Vector]) -> None:
    assert failures(vectors) == ""


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


def at_random(seed: int) -> Split:
    chance = random.Random(seed)

    def split(data: bytes) -> Iterator[bytes]:
        while data:
            size = chance.randint(1, len(data))
            yield data[:size]
            data = data[size:]

    return split


@pytest.mark.slow
def test_sessions_byte_by_byte() -> None:
    assert failures(SAMPLE, byte_by_byte) == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_sessions_in_pieces(seed: int) -> None:
    assert failures(SAMPLE[seed::2], at_random(seed)) == ""
