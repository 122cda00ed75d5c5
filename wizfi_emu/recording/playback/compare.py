"""Would another firmware have behaved differently? The recorded host and world against two machines, in virtual time.

Both personalities are simulated, the recorded one too, so that what remains is a difference between them and not one
between a simulation and a program that ran in real time. The simulated module was never another one: a flash image of
the recorded firmware counts as one of the firmware that is asked about. Version texts in what the module prints do not
count.
"""

from dataclasses import dataclass, field
from difflib import SequenceMatcher

import msgspec

from wizfi_emu.errors import UserError
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.profile import decode_image, encode_image
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.world import RecordedWorld
from wizfi_emu.recording.show import first_difference, show_part
from wizfi_emu.run.virtual import VirtualDevice

CONTEXT_LINES = 8
COMPARED_LINES_MAX = 20_000
"""Comparing takes time that grows with the square of the lines that differ."""

Line = tuple[int, bool, bytes]
"""Time, whether the host sent it, and the bytes."""


@dataclass(slots=True)
class Transcript:
    """What was said on the module's ports, ``host`` true for bytes from the host; ``unmatched`` in words."""

    lines: list[Line] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)

    def add(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        if isinstance(item, ev.HostBytes | fx.HostEffect) and (data := said(item)):
            self.lines.append((now_us, isinstance(item, ev.HostBytes), data))

    def text_lines(self) -> list[Line]:
        """What went over the line, cut behind each line end and where the direction changes, whatever its pieces."""
        found: list[Line] = []
        for time_us, host, data in self.lines:
            end = b"\r" if host else b"\n"
            pieces = [line + end for line in data.split(end)]
            pieces[-1] = pieces[-1].removesuffix(end)
            if found and found[-1][1] == host and not found[-1][2].endswith(end):
                begun_us, _, begun = found.pop()
                found.append((begun_us, host, begun + pieces.pop(0)))
            found += [(time_us, host, piece) for piece in pieces if piece]
        return found

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
    return Reference(recording).compare(other)


class Reference:
    """A recording under its own personality, to be compared with others."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._version = recording.header.firmware.version.encode()
        self._one = simulate(recording, recording.header.firmware)
        recorded = b"".join(said(item) for _, item in recording.items() if isinstance(item, fx.HostEffect))
        self._as_recorded = self._one.sent == recorded

    def compare(self, other: Firmware) -> Comparison:
        """Simulate another personality."""
        transcript = simulate(self._recording, other)
        sent = self._one.sent, transcript.sent.replace(other.version.encode(), self._version)
        differs_at = None if sent[0] == sent[1] else first_difference(*sent)
        return Comparison(self._one, transcript, differs_at, self._as_recorded)

    def differs(self, other: Firmware) -> bool:
        """Whether a host would see something else."""
        return self.compare(other).differs_at is not None


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
            elif isinstance(batch.event, ev.SpiTransferred):
                device.run_to(batch.time_us)
                device.transfer(batch.event.data)
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


def show_all_differences(comparison: Comparison, versions: tuple[str, str], context: int = CONTEXT_LINES) -> list[str]:
    """Every place where the two differ, line by line of the serial line, each with what both have in common around it.

    Times do not count. An empty line stands between two places. Raises UserError for more lines than can be compared.
    """
    one, other = comparison.one.text_lines(), comparison.other.text_lines()
    if max(len(one), len(other)) > COMPARED_LINES_MAX:
        raise UserError(f"--all compares at most {COMPARED_LINES_MAX} lines; there are {max(len(one), len(other))}")
    old, new = (version.encode() for version in versions)
    keys = [(host, data) for _, host, data in one], [(host, data.replace(new, old)) for _, host, data in other]
    lines: list[str] = []
    for group in SequenceMatcher(None, *keys, autojunk=False).get_grouped_opcodes(context):
        lines += [""] if lines else []
        for tag, one_from, one_to, other_from, other_to in group:
            if tag == "equal":
                lines += [f"  {_show(line)}" for line in one[one_from:one_to]]
            else:
                lines += [f"- {_show(line)}" for line in one[one_from:one_to]]
                lines += [f"+ {_show(line)}" for line in other[other_from:other_to]]
    return lines


def _line_at(transcript: Transcript, offset: int) -> int:
    """The line in which the byte of the module at this offset stands."""
    for index, (_, host, data) in enumerate(transcript.lines):
        if not host:
            if offset < len(data):
                return index
            offset -= len(data)
    return len(transcript.lines)


def _show(line: Line) -> str:
    time_us, host, data = line
    return f"{time_us / 1_000_000:13.6f} {'host  ' if host else 'module'} {show_part(data)}"


def _image_for(firmware: Firmware, recorded: Firmware, data: bytes) -> bytes:
    """A flash image as it would be if the module had always had this firmware."""
    image = decode_image(data)
    if image is None or image.profile.firmware_version != recorded.version:
        return data
    profile = msgspec.structs.replace(image.profile, firmware_version=firmware.version)
    return encode_image(msgspec.structs.replace(image, profile=profile))
