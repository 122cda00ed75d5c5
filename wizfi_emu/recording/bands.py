"""What lasts in a session: the module's mode and its link, as a machine shows them that gets the same events."""

import msgspec

from wizfi_emu.factory import new_module
from wizfi_emu.module.machine import Module
from wizfi_emu.recording.format import Recording


class Band(msgspec.Struct, frozen=True, array_like=True):
    """From this time on something has this value."""

    time_us: int
    value: str


def modes_and_links(recording: Recording) -> tuple[list[Band], list[Band]]:
    """The bands of the mode (command, data, update, off) and of the link (down, station, lost, ap, off)."""
    machine = new_module(recording.header.firmware)
    modes: list[Band] = []
    links: list[Band] = []
    for batch in recording.batches:
        machine.handle(batch.event, batch.time_us)
        for bands, value in ((modes, _mode_of(machine)), (links, _link_of(machine))):
            if not bands or bands[-1].value != value:
                bands.append(Band(batch.time_us, value))
    return modes, links


def _mode_of(machine: Module) -> str:
    if not machine.powered:
        return "off"
    if machine.ota is not None:
        return "update"
    return "data" if machine.data_mode.active else "command"


def _link_of(machine: Module) -> str:
    return machine.link.state.name.lower() if machine.powered else "off"
