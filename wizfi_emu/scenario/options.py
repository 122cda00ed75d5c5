"""How the modules of a scenario are run."""

from dataclasses import replace

from msgspec import structs

from wizfi_emu.device.fleet import numbered
from wizfi_emu.device.options import RunOptions
from wizfi_emu.scenario.model import Scenario


def run_options(scenario: Scenario, seed: int) -> RunOptions:
    """The module of a scenario, as the command line would describe it."""
    boot = "on-open" if scenario.host is not None else "now"
    return RunOptions(**structs.asdict(scenario.module) | {"boot": boot, "seed": seed})


def other_options(scenario: Scenario, first: RunOptions) -> dict[str, RunOptions]:
    """The other modules, by their names: as the first one, with firmware, addresses and flash of their own."""
    copies = numbered(replace(first, flash=":memory:", record=None), len(scenario.others) + 1)[1:]
    return {
        name: replace(options, name=name, firmware=other.firmware, switches=other.switches, boot=other.boot)
        for (name, other), options in zip(scenario.others.items(), copies, strict=True)
    }
