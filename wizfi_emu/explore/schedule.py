"""A schedule: what goes wrong in one run, beside what the scenario has already."""

from msgspec import Struct, structs

from wizfi_emu.faults.model import Fault
from wizfi_emu.scenario.model import Block, Scenario


class Schedule(Struct, frozen=True):
    """``firmware``: another personality than that of the scenario. ``blocks``: what peers say unasked."""

    firmware: str = ""
    faults: tuple[Fault, ...] = ()
    blocks: tuple[Block, ...] = ()

    @property
    def size(self) -> int:
        """How many things go wrong."""
        return len(self.faults) + len(self.blocks) + bool(self.firmware)


NOTHING = Schedule()


def with_schedule(scenario: Scenario, schedule: Schedule) -> Scenario:
    """The scenario in which this goes wrong too."""
    module = scenario.module
    return structs.replace(
        scenario,
        module=structs.replace(module, firmware=schedule.firmware or module.firmware),
        faults=scenario.faults + schedule.faults,
        blocks=scenario.blocks + schedule.blocks,
    )


def without_one(schedule: Schedule) -> list[Schedule]:
    """All schedules in which one thing less goes wrong."""
    less = [structs.replace(schedule, firmware="")] if schedule.firmware else []
    for key in ("faults", "blocks"):
        things = getattr(schedule, key)
        less += [structs.replace(schedule, **{key: things[:n] + things[n + 1 :]}) for n in range(len(things))]
    return less
