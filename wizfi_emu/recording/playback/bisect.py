"""Which firmware version is the first to behave otherwise in a recorded session, and by which switches."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.differences import Change, changes, load_differences
from wizfi_emu.firmware.load import known_versions, load_firmware
from wizfi_emu.firmware.model import parse_version
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.compare import Reference

NO_BEHAVIOUR = frozenset({"version"})
"""Switches that say what a personality is called. The text in what is printed does not count as a difference."""

Differs = Callable[[Firmware], bool]


class Step(NamedTuple):
    """Two versions that follow each other: the last one that behaves as recorded, and the first one that does not.

    ``before`` is the recorded personality where it is the neighbour, or where even the next version is otherwise.
    """

    before: Firmware
    after: Firmware


def find_steps(recording: Recording) -> list[Step]:
    """The first newer version that behaves otherwise than the recorded personality, and the first older one.

    Every version between is tried, so a change that was taken back is found too. A personality that is no version, such
    as the guide, is compared with all of them from the oldest on.
    """
    recorded = recording.header.firmware
    differs = Reference(recording).differs
    found = (_first_step(recorded, names, differs) for names in _directions(recorded))
    return [step for step in found if step is not None]


def _directions(recorded: Firmware) -> Iterator[list[str]]:
    versions = [known.version for known in known_versions()]
    if recorded.name != recorded.version:
        yield versions
        return
    own = parse_version(recorded.version)
    yield [version for version in versions if parse_version(version) > own]
    yield [version for version in reversed(versions) if parse_version(version) < own]


def _first_step(recorded: Firmware, names: Sequence[str], differs: Differs) -> Step | None:
    before = recorded
    for name in names:
        firmware = load_firmware(name)
        if _behaviour(firmware) != _behaviour(before) and differs(firmware):
            return Step(before, firmware)
        before = firmware
    return None


def _behaviour(firmware: Firmware) -> Firmware:
    """What is equal for versions that no host can tell apart."""
    return msgspec.structs.replace(firmware, name="", description="", version="")


def responsible_changes(recording: Recording, before: Firmware, after: Firmware) -> list[Change]:
    """The switches by which ``after`` behaves otherwise in this session, as ``before`` does not.

    Each of them that makes a difference alone; if there is none, a smallest set of them that does together.
    """
    differs = Reference(recording).differs
    table = load_differences()
    candidates = [change for change in changes(before, after, table) if change.switch not in NO_BEHAVIOUR]
    alone = [change for change in candidates if differs(_with(before, [change]))]
    if alone or not differs(_with(before, candidates)):
        return alone
    needed = list(candidates)
    for change in candidates:
        rest = [other for other in needed if other is not change]
        if differs(_with(before, rest)):
            needed = rest
    return needed


def _with(firmware: Firmware, wanted: Sequence[Change]) -> Firmware:
    return msgspec.structs.replace(firmware, **{change.switch: change.after for change in wanted})
