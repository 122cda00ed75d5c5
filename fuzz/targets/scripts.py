"""Inputs as small scripts, so that what the corpus holds can be read and written by hand.

The first byte chooses one of several things, the rest is cut at 0x1E (record separator); time passes between two
pieces.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

SEPARATOR = b"\x1e"
PIECES_MAX = 64
INPUT_BYTES_MAX = 8192


def choose(data: bytes, choices: Sequence[T]) -> tuple[T, bytes]:
    """What the first byte chooses, and the rest. ``a`` is the first."""
    number = data[0] - ord("a") if data else 0
    return choices[number % len(choices)], data[1:INPUT_BYTES_MAX]


def pieces(data: bytes) -> Iterator[bytes]:
    yield from data.split(SEPARATOR, PIECES_MAX)
