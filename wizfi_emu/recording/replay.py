"""Feeds the events of a recording to a machine again and compares what it orders."""

from collections.abc import Iterator
from dataclasses import dataclass

from wizfi_emu.factory import new_module
from wizfi_emu.module.effects import Effect, HostEffect, SpiSend, UartSend
from wizfi_emu.module.events import HostBytes
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.show import first_difference, show_line

CONTEXT_LINES = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """The first effect that is another one. None stands for none: the other side ordered less."""

    batch: int
    """Index of the event in the recording."""
    position: int
    """Index among the effects of the event."""
    recorded: Effect | None
    replayed: Effect | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay."""

    events: int
    effects: int
    received_bytes: int
    sent_bytes: int
    difference: Difference | None
    cut_off: bool
    """The program was killed before all effects of the last event were written; those that were are the same."""


def replay(recording: Recording, *, bytes_only: bool = False) -> Replay:
    """Replay up to the first difference; ``bytes_only``: of the bytes to the host, whatever pieces they come in."""
    machine = new_module(recording.header.firmware)
    effects = received = sent = 0
    for index, batch in enumerate(recording.batches):
        replayed = machine.handle(batch.event, batch.time_us)
        recorded = list(batch.effects)
        if bytes_only:
            recorded, replayed = _bytes_of(recorded), _bytes_of(replayed)
        if recorded != replayed:
            position = first_difference(recorded, replayed)
            killed = index == len(recording.batches) - 1 and position == len(recorded)
            difference = (
                None if killed else Difference(index, position, _at(recorded, position), _at(replayed, position))
            )
            return Replay(index + 1, effects + position, received, sent, difference, cut_off=killed)
        effects += len(recorded)
        received += len(batch.event.data) if isinstance(batch.event, HostBytes) else 0
        sent += sum(len(effect.data) for effect in recorded if isinstance(effect, HostEffect))
    return Replay(len(recording.batches), effects, received, sent, None, cut_off=False)


def differences(recording: Recording) -> Iterator[Difference]:
    """Every event to which the module said something else to the host than the machine does, whatever the pieces."""
    machine = new_module(recording.header.firmware)
    for index, batch in enumerate(recording.batches):
        replayed = _bytes_of(machine.handle(batch.event, batch.time_us))
        recorded = _bytes_of(list(batch.effects))
        if recorded != replayed:
            position = first_difference(recorded, replayed)
            yield Difference(index, position, _at(recorded, position), _at(replayed, position))


def show_difference(recording: Recording, difference: Difference, context: int = CONTEXT_LINES) -> list[str]:
    """The difference with its neighbourhood, a line for each event and effect."""
    items = list(recording.items())
    index = sum(1 + len(batch.effects) for batch in recording.batches[: difference.batch]) + 1 + difference.position
    time_us = recording.batches[difference.batch].time_us
    offset = _first_difference(difference)
    lines = [f"  {show_line(*item)}" for item in items[max(0, index - context) : index]]
    for mark, effect in (("-", difference.recorded), ("+", difference.replayed)):
        lines.append(f"{mark} " + (show_line(time_us, effect, offset) if effect else f"{'nothing more':>26}"))
    after = index + (difference.recorded is not None)
    return lines + [f"  {show_line(*item)}" for item in items[after : after + context]]


def _first_difference(difference: Difference) -> int:
    """Where the data of the two effects begins to be different."""
    return first_difference(*(getattr(effect, "data", b"") for effect in (difference.recorded, difference.replayed)))


def _bytes_of(effects: list[Effect]) -> list[Effect]:
    joined: list[Effect] = []
    for port in (UartSend, SpiSend):
        data = b"".join(effect.data for effect in effects if isinstance(effect, port))
        joined += [port(data)] if data else []
    return joined


def _at(effects: list[Effect], position: int) -> Effect | None:
    return effects[position] if position < len(effects) else None
