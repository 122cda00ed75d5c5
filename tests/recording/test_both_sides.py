"""Both sides of every fault of the line: what a recording says of the line is what was seen on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.desk import S, firmware_named, world_named
from tests.recording.sessions import Tape
from wizfi_emu.faults.model import (
    BaseFault,
    BrownOut,
    SerialDelay,
    SerialFlip,
    SerialLoss,
    SerialPieces,
    When,
    WrongBaud,
)
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.online import on_the_line
from wizfi_emu.recording.replay import replay
from wizfi_emu.stages.notes import FaultApplied, FaultBegan, FaultEnded, LineChanged, Note, PowerSwitched
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.timing import Timing

TALK = (b"AT\r", b"AT+WSEC=0,WPA2,verySecret9\r", b"AT+MMAC=?\rAT\r", b"AT+WSEC=?\r", b"AT+MINFO\r", b"A", b"T\r")


class Line:
    """What was seen on the line."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, ev.Event | fx.Effect]] = []

    def see(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        pass

    def see_line(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        self.seen.append((now_us, item))

    def see_note(self, note: Note, now_us: int) -> None:
        pass


def session(faults: Iterable[BaseFault], *, paced: bool, redacted: bool, seed: int = 0) -> tuple[Line, Recording]:
    tape, line = Tape(redacted=redacted), Line()
    module = VirtualModule(
        firmware_named("guide"),
        world_named("demo"),
        timing=Timing(paced=paced),
        power=False,
        observers=[tape.recorder],
    )
    module.on_note.append(tape.recorder.see_note)
    if module.wire is not None:
        module.wire.on_left = tape.recorder.line.left
    module.look_on(line)
    setting = module.faults(seed)
    for fault in faults:
        setting.add(fault)
    module.power_on()
    module.run(S)
    for text in TALK:
        module.send(text)
        module.run(S)
    module.run(20 * S)
    return line, tape.end()


def joined(items: Iterable[tuple[int, object]], kind: type[fx.UartSend | ev.UartReceived]) -> dict[int, bytes]:
    """The bytes of each moment."""
    found: dict[int, bytes] = {}
    for time_us, item in items:
        if isinstance(item, kind):
            found[time_us] = found.get(time_us, b"") + item.data
    return found


FAULTS: dict[str, Callable[[], list[BaseFault]]] = {
    "loss": lambda: [SerialLoss(probability=0.2)],
    "everything lost": lambda: [SerialLoss(when=When(pattern="AT+MM", source="host"), duration=2)],
    "flip": lambda: [SerialFlip(probability=0.2)],
    "delay": lambda: [SerialDelay(delay_ms=30, jitter_ms=40, probability=0.5)],
    "pieces": lambda: [SerialPieces(bytes=3, gap_ms=7)],
    "wrong baud": lambda: [WrongBaud(baud=57600, when=When(at=2.0), duration=3)],
    "all at once": lambda: [
        SerialLoss(probability=0.1),
        SerialFlip(probability=0.1),
        SerialDelay(delay_ms=5, probability=0.5),
        SerialPieces(bytes=2, gap_ms=3, probability=0.5),
    ],
    "within a text": lambda: [SerialLoss(when=When(pattern="+M", source="host", every=True), duration=0.0005)],
    "brown-out": lambda: [BrownOut(when=When(pattern="[O", nth=2)), SerialDelay(delay_ms=5)],
}


@pytest.mark.parametrize("paced", [False, True], ids=["at once", "paced"])
@pytest.mark.parametrize("name", FAULTS)
def test_the_line_is_as_it_was_seen(name: str, paced: bool) -> None:
    line, recording = session(FAULTS[name](), paced=paced, redacted=False)
    assert replay(recording).difference is None
    told = list(on_the_line(recording))
    assert joined(told, ev.UartReceived) == joined(line.seen, ev.UartReceived)
    sent, seen = joined(told, fx.UartSend), joined(line.seen, fx.UartSend)
    if paced:  # a recording gives a text one time, that of its last byte
        assert b"".join(sent.values()) == b"".join(seen.values())
        assert max(sent) - max(seen) in range(-1, 2)
    else:
        assert sent == seen
    assert any(isinstance(note, LineChanged) for _, note in recording.notes)


@pytest.mark.parametrize("paced", [False, True], ids=["at once", "paced"])
@pytest.mark.parametrize("name", FAULTS)
def test_without_secrets_it_is_the_same_but_for_them(name: str, paced: bool) -> None:
    line, recording = session(FAULTS[name](), paced=paced, redacted=True)
    told = list(on_the_line(recording))
    for kind in (ev.UartReceived, fx.UartSend):
        seen, known = (b"".join(joined(items, kind).values()) for items in (line.seen, told))
        assert len(seen) == len(known)
        assert b"verySecret9" not in known
        same = sum(a == b for a, b in zip(seen, known, strict=True))
        assert same > len(seen) - 120, "nothing but keys is masked"


def test_what_faults_and_the_plug_did_is_there() -> None:
    _, recording = session([SerialLoss(name="noise", when=When(at=1.5), duration=1)], paced=False, redacted=True)
    kinds = [note for _, note in recording.notes if not isinstance(note, LineChanged)]
    assert kinds[0] == PowerSwitched(on=True)
    assert FaultBegan("noise", "serial-loss") in kinds
    assert FaultEnded("noise", "serial-loss") in kinds
    assert any(isinstance(note, FaultApplied) for note in kinds)
    assert [time_us for time_us, note in recording.notes if isinstance(note, FaultBegan)] == [1_500_000]
