"""Which of the known personalities a module is like: the one that answers most probes as it did. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from wizfi_emu.calibrate.infer import Answers
from wizfi_emu.calibrate.play import Played
from wizfi_emu.calibrate.values import LEVEL, same_level
from wizfi_emu.firmware import Firmware


class Likeness(NamedTuple):
    """A personality, and how many probes it answers as the module did."""

    firmware: Firmware
    equal: int
    probes: int

    @property
    def percent(self) -> float:
        return 100 * self.equal / self.probes if self.probes else 0.0


def likeness(firmware: Firmware, plays: Sequence[Played], model: Answers) -> Likeness:
    """How many answers are equal."""
    return Likeness(firmware, sum(played.text == _text(firmware, played, model) for played in plays), len(plays))


def nearest(personalities: Sequence[Firmware], plays: Sequence[Played], model: Answers, version: object) -> Likeness:
    """The nearest personality: among those with the version text of the module, or among all when none has it.

    Of several that are as near, the first.
    """
    named = [firmware for firmware in personalities if firmware.version == version]
    return max((likeness(firmware, plays, model) for firmware in named or personalities), key=lambda one: one.equal)


def _text(firmware: Firmware, played: Played, model: Answers) -> str:
    switches = {switch: getattr(firmware, switch) for switch in played.probe.decides}
    if LEVEL in switches:
        switches[LEVEL] = same_level(firmware.command_level)
    return model.text(played.probe, switches)


def with_found(base: Firmware, decided: dict[str, object]) -> Firmware:
    """The base with what was decided in place of its own; a level of commands that is the same stays as it is."""
    changes = {
        switch: value
        for switch, value in decided.items()
        if not (switch == LEVEL and same_level(base.command_level) == value)
    }
    return msgspec.structs.replace(base, **changes)
