"""Would another firmware have behaved differently? The recorded host and world against two machines, in virtual time.

Both personalities are simulated, the recorded one too, so that what remains is a difference between them and not one
between a simulation and a program that ran in real time. The simulated module was never another one: a flash image of
the recorded firmware counts as one of the firmware that is asked about. Version texts in what the module prints do not
count.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import msgspec

from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile import decode_image, encode_image
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.world import RecordedWorld
from wizfi_emu.recording.show import show_part

CONTEXT_LINES = 8
STEPS_MAX = 10_000_000


@dataclass(slots=True)
class Transcript:
    """What went over the serial line, ``host`` true for bytes from the host; ``unmatched`` in words."""

    lines: list[tuple[int, bool, bytes]] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)

    @property
    def sent(self) -> bytes:
        """Everything that the module sent."""
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
    same = next((at for at, (a, b) in enumerate(zip(*sent, strict=False)) if a != b), min(map(len, sent)))
    recorded = b"".join(item.data for _, item in recording.items() if isinstance(item, fx.UartSend))
    differs_at = None if sent[0] == sent[1] else same
    return Comparison(transcripts[0], transcripts[1], differs_at, transcripts[0].sent == recorded)


def simulate(recording: Recording, firmware: Firmware) -> Transcript:
    """Play the recorded host and world against a machine, until the recording ends."""
    return _Simulation(recording, firmware).run()


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


class _Simulation:
    """A machine, the recorded host and the recorded world in virtual time."""

    def __init__(self, recording: Recording, firmware: Firmware) -> None:
        self._transcript = Transcript()
        self._machine = new_module(firmware)
        self._world = RecordedWorld(recording, self._transcript.unmatched.append)
        self._world.image = _image_for(firmware, recording.header.firmware, self._world.image)
        self._host = deque(
            (batch.time_us, batch.event.data) for batch in recording.batches if isinstance(batch.event, ev.UartReceived)
        )
        self._now_us = 0
        self._end_us = recording.batches[-1].time_us if recording.batches else 0
        powered = (batch.time_us for batch in recording.batches if isinstance(batch.event, ev.PoweredOn))
        self._power_us = next(powered, 0)

    def run(self) -> Transcript:
        for event in self._world.before_power:
            self._feed(event)
        self._world.power_on(self._power_us)
        for _ in range(STEPS_MAX):
            if not self._step():
                break
        return self._transcript

    def _step(self) -> bool:
        """Do the next thing that is due; False when the recording is over."""
        times = [self._world.wakeup_us, self._machine.wakeup_us, self._host_us]
        due = min((time for time in times if time is not None), default=None)
        if due is None or due > self._end_us:
            return False
        self._now_us = max(self._now_us, due)
        event = self._world.next_event(self._now_us)
        if event is not None:
            self._feed(event)
        elif self._machine.wakeup_us is not None and self._machine.wakeup_us <= self._now_us:
            self._feed(ev.TimeReached())
        elif self._host_us is not None and self._host_us <= self._now_us:
            self._receive()
        return True

    @property
    def _host_us(self) -> int | None:
        """When the next bytes of the host come; None as long as the machine takes none."""
        return self._host[0][0] if self._host and self._machine.uart_room else None

    def _receive(self) -> None:
        time_us, data = self._host.popleft()
        room = self._machine.uart_room
        if data[room:]:
            self._host.appendleft((time_us, data[room:]))
        self._transcript.lines.append((self._now_us, True, data[:room]))
        self._world.host_sent(data[:room], self._now_us)
        self._feed(ev.UartReceived(data[:room]))

    def _feed(self, event: ev.Event) -> None:
        for effect in self._machine.handle(event, self._now_us):
            if isinstance(effect, fx.UartSend):
                self._transcript.lines.append((self._now_us, False, effect.data))
            else:
                self._world.execute(effect, self._now_us)


def _image_for(firmware: Firmware, recorded: Firmware, data: bytes) -> bytes:
    """A flash image as it would be if the module had always had this firmware."""
    image = decode_image(data)
    if image is None or image.profile.firmware_version != recorded.version:
        return data
    profile = msgspec.structs.replace(image.profile, firmware_version=firmware.version)
    return encode_image(msgspec.structs.replace(image, profile=profile))
