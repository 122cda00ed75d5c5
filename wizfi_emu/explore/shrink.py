"""Makes a schedule small that fails: as few things as possible, each as plain as possible, with the same failure."""

from collections.abc import Callable, Iterator

from msgspec import structs

from wizfi_emu.explore.schedule import Schedule, without_one

RUNS_MAX = 150
"""How many runs a failure may take to be made small. Those of three faults take about thirty."""


def shrink(schedule: Schedule, fails: Callable[[Schedule], bool], runs: int = RUNS_MAX) -> Schedule:
    """The smallest schedule that was found to fail in the same way, with at most so many runs."""
    tried = {schedule}
    again = True
    while again:
        again = False
        for simpler in (*without_one(schedule), *_plainer(schedule)):
            if simpler in tried:
                continue
            if len(tried) > runs:
                return schedule
            tried.add(simpler)
            if fails(simpler):
                schedule, again = simpler, True
                break
    return schedule


def _plainer(schedule: Schedule) -> Iterator[Schedule]:
    """The same things, one of them plainer: right at its moment, without chance, at the first of its moments."""
    for number, fault in enumerate(schedule.faults):
        plainer = []
        if fault.when is not None:
            if fault.lasts and fault.duration is None:
                plainer.append(structs.replace(fault, when=None))
            if fault.when.after:
                plainer.append(structs.replace(fault, when=structs.replace(fault.when, after=0)))
            if fault.when.nth > 1:
                plainer.append(structs.replace(fault, when=structs.replace(fault.when, nth=1)))
        if fault.probability < 1:
            plainer.append(structs.replace(fault, probability=1))
        for one in plainer:
            yield structs.replace(schedule, faults=(*schedule.faults[:number], one, *schedule.faults[number + 1 :]))
