"""What a host notices when one personality takes the place of another, told with the table of known differences."""

from typing import NamedTuple

import msgspec

from wizfi_emu import userfiles
from wizfi_emu.firmware.load import KIND, switch_names
from wizfi_emu.firmware.model import Firmware


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table of differences between guide and firmware 1.0.5.2.

    Without a switch the decision holds for all personalities.
    """

    id: str
    topic: str
    decision: str
    switches: tuple[str, ...] = ()


class OtherSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A switch that belongs to no row."""

    switch: str
    topic: str


class Differences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file ``differences.yaml``."""

    differences: tuple[Difference, ...]
    others: tuple[OtherSwitch, ...]


class Change(NamedTuple):
    """One switch that two personalities set differently. ``row`` is empty for a switch of no row."""

    row: str
    topic: str
    switch: str
    before: object
    after: object


def load_differences() -> Differences:
    """The table that comes with the program."""
    return userfiles.read(userfiles.find(KIND, "differences"), Differences)


def changes(before: Firmware, after: Firmware, table: Differences) -> list[Change]:
    """The switches that differ, in the order of the table, other switches last."""
    rows = [(row.id, row.topic, switch) for row in table.differences for switch in row.switches]
    rows += [("", other.topic, other.switch) for other in table.others]
    # A switch that the table does not know is a defect, and still better told than lost.
    known = {switch for _, _, switch in rows}
    rows += [("", "", switch) for switch in switch_names() if switch not in known]
    found = (Change(*row, getattr(before, row[2]), getattr(after, row[2])) for row in rows)
    return [change for change in found if change.before != change.after]
