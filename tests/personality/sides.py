"""One row of the table of differences, seen from a host."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Sides(NamedTuple):
    """What a host sees with each personality.

    ``look`` gets the name of a personality and switches to set, and gives what the host sees.
    """

    look: Callable[..., object]
    guide: object
    measured: object
    switched: dict[str, object] = {}  # noqa: RUF012 - a tuple's default is never changed
    """What the host sees with a switch (NAME=VALUE) that no personality of the two sets."""


def alike(look: Callable[..., object], seen: object, switched: dict[str, object] | None = None) -> Sides:
    """A row that is decided alike for both personalities."""
    return Sides(look, seen, seen, switched or {})
