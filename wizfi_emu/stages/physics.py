"""The stages of a timing: what a module's work costs, and the wire that its bytes go over."""

from collections.abc import Callable
from typing import NamedTuple

from wizfi_emu.module.machine import Module
from wizfi_emu.stages.costs import Costs
from wizfi_emu.stages.lineclock import SLICE_US
from wizfi_emu.stages.roundtrip import RoundTrip
from wizfi_emu.stages.stage import Stage
from wizfi_emu.stages.wire import Wire
from wizfi_emu.timing import Timing


class Physics(NamedTuple):
    """The stages, and the wire among them; no stage and no wire where nothing takes time."""

    stages: list[Stage]
    wire: Wire | None


def physics_of(
    timing: Timing,
    module: Module,
    *,
    held: Callable[[], bool] = lambda: False,
    lead_us: int = 0,
    longest_slice_us: int = SLICE_US,
) -> Physics:
    """The stages of a timing; the rest is for `Wire`."""
    stages: list[Stage] = []
    costs = Costs(timing, lambda: module.data_mode.active)
    if timing.has_costs:
        stages.append(costs)
    if timing.round_trip_ms:
        stages.append(RoundTrip(timing.round_trip_ms * 1000))
    if not timing.paced:
        return Physics(stages, None)
    wire = Wire(
        lambda: module.unread_bytes,
        byte_cost=timing.uart_byte_cost,
        extra_us=lambda: costs.receive_us,
        held=held,
        lead_us=lead_us,
        longest_slice_us=longest_slice_us,
    )
    return Physics([*stages, wire], wire)
