"""Would another firmware have behaved differently? The recorded host and world against two machines, in virtual time.

Both personalities are simulated, the recorded one too, so that what remains is a difference between them and not one
between a simulation and a program that ran in real time. The simulated module was never another one: a flash image of
the recorded firmware counts as one of the firmware that is asked about. Version texts in what the module prints do not
count.
"""

from dataclasses import dataclass, field

import msgspec

from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import decode_image, encode_image
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.world import RecordedWorld
from wizfi_emu.recording.show import first_difference, show_part
from wizfi_emu.run.virtual import VirtualDevice

CONTEXT_LINES = 8


@dataclass(slots=True)
class Transcript:
    """What went over the serial line, ``host`` true for bytes from the host; ``unmatched`` in words."""

    lines: list[tuple[int, bool, bytes]] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)

    def add(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        if isinstance(item, ev.UartReceived | fx.UartSend):
            self.lines.append((now_us, isinstance(item, ev.UartReceived), item.data))

    @property
    def sent(self) -> bytes:
        return b"".join(data for _, host, data in self.lines if not host)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two personalities under the same host in the same world."""

    one: Transcript
    other: Transcript
    differs_at: int | None
    """How many bytes of the module are the same; None when all are."""
    as_recorded: bool
    """The simulation of the recorded personality sends what was recorded."""


def compare(recording: Recording, other: Firmware) -> Comparison:
    """Simulate a recording with its own personality and with another one."""
    firmware = recording.header.firmware
    transcripts = [simulate(recording, firmware), simulate(recording, other)]
    sent = [
        transcript.sent.replace(which.version.encode(), firmware.version.encode())
        for transcript, which in zip(transcripts, (firmware, other), strict=True)
    ]
    recorded = b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))
    differs_at = None if sent[0] == sent[1] else first_difference(*sent)
    return Comparison(transcripts[0], transcripts[1], differs_at, transcripts[0].sent == recorded)


def simulate(recording: Recording, firmware: Firmware) -> Transcript:
    """Play the recorded host and world against a machine, until the recording ends."""
    transcript = Transcript()
    world = RecordedWorld(recording, transcript.unmatched.append)
    world.image = _image_for(firmware, recording.header.firmware, world.image)
    device = VirtualDevice(new_module(firmware), world)
    batches = recording.batches
    end_us = batches[-1].time_us if batches else 0
    with device.observed(transcript.add):
        device.run_to(next((batch.time_us for batch in batches if isinstance(batch.event, ev.PoweredOn)), 0))
        device.power_on()
        for batch in batches:
            if isinstance(batch.event, ev.UartReceived):
                device.run_to(batch.time_us)
                device.send(batch.event.data, end_us)
        device.run_to(end_us)
    return transcript


def show_comparison(comparison: Comparison, names: tuple[str, str], context: int = CONTEXT_LINES) -> list[str]:
    """The first difference: what both have in common before it, and then each of them."""
    assert comparison.differs_at is not None
    lines = []
    one_at, other_at = (_line_at(which, comparison.differs_at) for which in (comparison.one, comparison.other))
    lines += [f"  {_show(line)}" for line in comparison.one.lines[max(0, one_at - context) : one_at]]
    for mark, name, transcript, at in (
        ("-", names[0], comparison.one, one_at),
        ("+", names[1], comparison.other, other_at),
    ):
        rest = transcript.lines[at : at + context]
        lines.append(f"{mark} {name}:" + ("" if rest else " nothing more"))
        lines += [f"{mark} {_show(line)}" for line in rest]
    return lines


def _line_at(transcript: Transcript, offset: int) -> int:
    """The line in which the byte of the module at this offset stands."""
    for index, (_, host, data) in enumerate(transcript.lines):
        if not host:
            if offset < len(data):
                return index
            offset -= len(data)
    return len(transcript.lines)


def _show(line: tuple[int, bool, bytes]) -> str:
    time_us, host, data = line
    return f"{time_us / 1_000_000:13.6f} {'host  ' if host else 'module'} {show_part(data)}"


def _image_for(firmware: Firmware, recorded: Firmware, data: bytes) -> bytes:
    """A flash image as it would be if the module had always had this firmware."""
    image = decode_image(data)
    if image is None or image.profile.firmware_version != recorded.version:
        return data
    profile = msgspec.structs.replace(image.profile, firmware_version=firmware.version)
    return encode_image(msgspec.structs.replace(image, profile=profile))
