"""What lasts in a session: faults, and the module's mode and its link, as a machine shows them with the same events."""

from typing import get_args

import msgspec

from wizfi_emu.factory import new_module
from wizfi_emu.faults.model import Fault
from wizfi_emu.module.machine import Module
from wizfi_emu.recording.format import Recording
from wizfi_emu.stages.notes import FaultBegan, FaultEnded

_LASTING = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Fault) if kind.lasts)


class Band(msgspec.Struct, frozen=True, array_like=True):
    """From this time on something has this value."""

    time_us: int
    value: str


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Something with a name that lasts from then until then."""

    since_us: int
    until_us: int
    name: str


def fault_spans(recording: Recording) -> list[Span]:
    """The faults in the order in which they began; what is over at once has no length."""
    end_us = max((batch.time_us for batch in recording.batches[-1:]), default=0)
    began: dict[str, int] = {}
    spans = []
    for time_us, note in recording.notes:
        if isinstance(note, FaultBegan) and note.word in _LASTING:
            began[note.fault] = time_us
        elif isinstance(note, FaultBegan):
            spans.append(Span(time_us, time_us, note.fault))
        elif isinstance(note, FaultEnded) and note.fault in began:
            spans.append(Span(began.pop(note.fault), time_us, note.fault))
    spans += [Span(since_us, max(since_us, end_us), fault) for fault, since_us in began.items()]
    return sorted(spans, key=lambda span: span.since_us)


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
