"""How long a module takes: medians and spread, as far as it takes longer than a virtual one without any cost. Pure."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from wizfi_emu.calibrate.plan import Measure
from wizfi_emu.calibrate.play import Played
from wizfi_emu.timing import Timing

TIMES = 5
"""How often each thing is measured."""
NOTHING_MS = 1.0
"""Less is the noise of an adapter and of the host's scheduler, and counts as nothing."""
FACTORS = ("uart_byte_cost",)
WHOLE = ("boot_ms", "reset_ms", "join_ms", "dhcp_ms", "scan_ms_per_channel", "flash_write_ms")
"""Keys whose values are whole numbers."""


class Measured(NamedTuple):
    """A measure and what came of it, in its unit: the middle, the least and the most of some times."""

    measure: Measure
    median: float
    least: float
    most: float
    times: int

    @property
    def text(self) -> str:
        """For people: ``12.3 ms (11.9 to 14.0, 5 times)``."""
        return f"{self.median:g} {self.measure.unit} ({self.least:g} to {self.most:g}, {self.times} times)"


def measured(measure: Measure, plays: Sequence[Played], without_cost: Played) -> Measured | None:
    """What a measure gives; None when the module has not done what was measured."""
    free = _took(measure, without_cost)
    taken = [took for played in plays if (took := _took(measure, played)) is not None]
    if free is None or not taken:
        return None
    if measure.interval == "bytes":
        values = [round(took / free, 3) for took in taken]
    else:
        values = [round(max(0.0, (took - free) / 1000 / measure.per), 2) for took in taken]
    return Measured(measure, round(median(values), 3), min(values), max(values), len(values))


def timing_from(results: Iterable[Measured], description: str) -> Timing:
    """The timing of a module. What is too little to be told from noise is nothing."""
    values: dict[str, float | int] = {}
    for result in results:
        key = result.measure.key
        if key in FACTORS:
            values[key] = max(1.0, result.median)
        elif key:
            value = result.median if result.median >= NOTHING_MS else 0.0
            values[key] = round(value) if key in WHOLE else value
    if "reset_ms" in values:
        values["boot_ms"] = values["reset_ms"]  # the power is in nobody's hands here
    return Timing(description=description, paced=True, **values)  # type: ignore[arg-type]  # whole where it has to be


def _took(measure: Measure, played: Played) -> float | None:
    """Microseconds of the interval, or microseconds per byte."""
    last = played.exchanges[-1]
    if measure.interval == "result":
        return last.result_us - last.sent_us if last.result_us else None
    if measure.interval == "pause":
        before = played.exchanges[-2]
        return last.first_us - before.last_us if last.first_us and before.result_us else None
    size = len(last.answer)
    return (last.last_us - last.first_us) / size if size and last.result_us else None
