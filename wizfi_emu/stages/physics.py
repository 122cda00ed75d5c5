"""The stages of a timing: what a module's work costs, and the wire that its bytes go over."""

from collections.abc import Callable
from typing import NamedTuple

from wizfi_emu.module.machine import Module
from wizfi_emu.stages.costs import Costs
from wizfi_emu.stages.lineclock import LONGEST_SLICE_US, SLICE_US
from wizfi_emu.stages.stage import Stage
from wizfi_emu.stages.wire import Wire
from wizfi_emu.timing import Timing


class Physics(NamedTuple):
    """The stages, and the wire among them; no stage and no wire where nothing takes time."""

    stages: list[Stage]
    wire: Wire | None


def physics_of(
    timing: Timing, module: Module, *, held: Callable[[], bool] = lambda: False, real: bool = False
) -> Physics:
    """The stages of a timing. ``held``: whether the host has stopped the line.

    ``real``: timers cost. A short answer then goes without one, a little early, and long runs go in larger slices.
    """
    stages: list[Stage] = []
    costs = Costs(timing, lambda: module.data_mode.active)
    if timing.has_costs:
        stages.append(costs)
    if not timing.paced:
        return Physics(stages, None)
    wire = Wire(
        lambda: module.unread_bytes,
        byte_cost=timing.uart_byte_cost,
        extra_us=lambda: costs.receive_us,
        held=held,
        lead_us=SLICE_US if real else 0,
        longest_slice_us=LONGEST_SLICE_US if real else SLICE_US,
    )
    return Physics([*stages, wire], wire)
