"""How the module of a scenario is run."""

from wizfi_emu.device.options import RunOptions
from wizfi_emu.scenario.model import Scenario


def run_options(scenario: Scenario, seed: int) -> RunOptions:
    """The module of a scenario, as the command line would describe it."""
    module = scenario.module
    return RunOptions(
        firmware=module.firmware,
        switches=module.switches,
        world=module.world,
        flash=module.flash,
        timing=module.timing,
        time_scale=module.time_scale,
        host_address=module.host_address,
        boot="on-open" if scenario.host is not None else "now",
        seed=seed,
    )
