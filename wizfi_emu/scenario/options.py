"""How the module of a scenario is run."""

from msgspec import structs

from wizfi_emu.device.options import RunOptions
from wizfi_emu.scenario.model import Scenario


def run_options(scenario: Scenario, seed: int) -> RunOptions:
    """The module of a scenario, as the command line would describe it."""
    boot = "on-open" if scenario.host is not None else "now"
    return RunOptions(**structs.asdict(scenario.module) | {"boot": boot, "seed": seed})
