"""Which values of which switches fit the answers of a module. Pure: the model is asked, nothing else.

Every probe names the switches that its answers can depend on. For each combination of the values that are still
possible the model answers the probe; what does not answer as the module did is out. What no combination explains says
nothing.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from wizfi_emu.calibrate.plan import Probe
from wizfi_emu.calibrate.play import Played
from wizfi_emu.calibrate.values import shown_value, usual_values
from wizfi_emu.firmware import Firmware

COMBINATIONS_MAX = 2048
"""A probe with more of them is left for later, when others have decided some of its switches."""


class Answers(Protocol):
    """The model."""

    def text(self, probe: Probe, switches: Mapping[str, object]) -> str:
        """What a module with these switches answers to a probe."""


@dataclass(slots=True)
class Inference:
    """What is known: the values of each switch that are still possible, and the probes that no value explains."""

    possible: dict[str, tuple[object, ...]] = field(default_factory=dict)
    unexplained: list[Played] = field(default_factory=list)
    asked: dict[str, list[str]] = field(default_factory=dict)
    """The probes that each switch was looked for in."""

    @property
    def decided(self) -> dict[str, object]:
        """The switches for which exactly one value fits."""
        return {switch: values[0] for switch, values in self.possible.items() if len(values) == 1}

    @property
    def open(self) -> dict[str, tuple[object, ...]]:
        """The switches that probes looked for and for which several values fit."""
        return {switch: values for switch, values in self.possible.items() if len(values) > 1}


def infer(plays: Sequence[Played], model: Answers, known: Sequence[Firmware]) -> Inference:
    """Take every answer into account, until no more values fall away. ``known``: the personalities that there are."""
    found = Inference()
    for played in plays:
        for switch in played.probe.decides:
            values = found.possible.get(switch) or usual_values(switch, known)
            shown = shown_value(switch, played, values)
            found.possible[switch] = values if shown is None or shown in values else (*values, shown)
            found.asked.setdefault(switch, []).append(played.probe.name)
    waiting = list(plays)
    while waiting:
        before = dict(found.possible)
        waiting = [played for played in waiting if not _narrow(found, played, model)]
        if found.possible == before:
            break
    return found


def _narrow(found: Inference, played: Played, model: Answers) -> bool:
    """Take one probe into account; whether it has no more to say."""
    probe = played.probe
    values = [found.possible[switch] for switch in probe.decides]
    if math.prod(map(len, values)) > COMBINATIONS_MAX:
        return False
    seen = played.text
    fitting = [
        combination
        for combination in itertools.product(*values)
        if model.text(probe, dict(zip(probe.decides, combination, strict=True))) == seen
    ]
    if not fitting:
        if played not in found.unexplained:
            found.unexplained.append(played)
        return True
    for switch, left in zip(probe.decides, zip(*fitting, strict=True), strict=True):
        found.possible[switch] = tuple(value for value in found.possible[switch] if value in left)
    return all(len(found.possible[switch]) == 1 for switch in probe.decides)
