"""What is measured, how much of it, and a line of the table that comes of it."""

from __future__ import annotations

from typing import NamedTuple


class Sizes(NamedTuple):
    """How much is measured."""

    megabytes: int = 16
    rounds: int = 15
    sends: int = 10000
    trips: int = 5000
    starts: int = 21
    modules: int = 1000
    terminals: int = 50
    seconds: float = 4.0
    runs: int = 30
    part: float = 1.0
    draw: str = ""
    """A file for the curve of the fleets, as SVG; empty for none."""


class Row(NamedTuple):
    """One line of the table. ``held`` is None where nothing is promised."""

    what: str
    measured: str
    compared: str
    result: str
    budget: str
    held: bool | None
