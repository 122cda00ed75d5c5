"""What a plan tells of itself: both sides of what it does, to whoever looks on."""

from __future__ import annotations

from tests.desk import MS, SSID, Desk, S
from wizfi_emu.faults.model import ApOff, SerialDelay, SerialFlip, SerialLoss, SerialPieces, TcpReset, When
from wizfi_emu.module import effects as fx
from wizfi_emu.stages.notes import (
    FaultApplied,
    FaultBegan,
    FaultEnded,
    LineChanged,
    LineReleased,
    Note,
    PowerSwitched,
    WorldChanged,
)


def notes_of(desk: Desk) -> list[Note]:
    notes: list[Note] = []
    desk.on_note.append(lambda note, _now_us: notes.append(note))
    return notes


def test_bytes_that_are_lost_on_their_way_to_the_host() -> None:
    desk = Desk()
    notes = notes_of(desk)
    desk.faults().add(SerialLoss(direction="to-host", probability=1, duration=1))
    assert desk.exchange(b"AT\r", 2 * S) == b""
    lost = [note for note in notes if isinstance(note, LineChanged)]
    assert b"".join(note.machine for note in lost) == b"[OK]\r\n"
    assert {(note.way, note.line, note.by) for note in lost} == {("to-host", b"", ("serial-loss",))}
    assert notes[0] == FaultBegan("serial-loss", "serial-loss")
    assert FaultApplied("serial-loss", "serial-loss", 6, "UartSend", 6) in notes
    assert notes[-1] == FaultEnded("serial-loss", "serial-loss")


def test_a_bit_that_flips_on_the_way_to_the_module() -> None:
    desk = Desk()
    notes = notes_of(desk)
    desk.faults(3).add(SerialFlip(direction="to-module", name="noise"))
    desk.exchange(b"A", 1 * S)
    [changed] = [note for note in notes if isinstance(note, LineChanged)]
    assert (changed.way, changed.at, changed.line, changed.by) == ("to-module", 0, b"A", ("noise",))
    assert (changed.machine[0] ^ ord("A")).bit_count() == 1


def test_bytes_that_are_late_are_told_when_they_are_held_and_when_they_go() -> None:
    desk = Desk()
    notes = notes_of(desk)
    desk.faults().add(SerialDelay(direction="to-host", delay_ms=20))
    desk.exchange(b"AT\r", 1 * S)
    late = [note for note in notes if isinstance(note, LineChanged | LineReleased)]
    assert late == [
        LineChanged("to-host", 6, b"[OK]\r\n", b"[OK]\r\n", held=True, by=("serial-delay",)),
        LineReleased(6),
    ]


def test_what_comes_in_pieces_is_held_but_for_the_first() -> None:
    desk = Desk()
    desk.exchange(b"", 1 * S)
    notes = notes_of(desk)
    desk.faults().add(SerialPieces(direction="to-host", bytes=2, gap_ms=10))
    desk.exchange(b"AT\r", 1 * S)
    assert all(note.held for note in notes if isinstance(note, LineChanged) and len(note.line) > 2)
    assert sum(note.count for note in notes if isinstance(note, LineReleased)) > 2


def test_what_begins_within_a_text_is_told_from_there_on() -> None:
    desk = Desk()
    notes = notes_of(desk)
    desk.faults().add(SerialLoss(direction="to-host", when=When(pattern="[O")))
    desk.exchange(b"AT\r", 1 * S)
    [rest] = [note for note in notes if isinstance(note, LineChanged)]
    assert (rest.machine, rest.at) == (b"K]\r\n", 4), "four bytes of the effect are left where the fault begins"


def test_nothing_is_told_of_what_passes() -> None:
    desk = Desk()
    desk.faults().add(SerialLoss(direction="to-host", probability=0))
    notes = notes_of(desk)
    desk.exchange(b"AT\r", 1 * S)
    assert notes == []


def test_the_world_and_the_plug() -> None:
    desk = Desk(joined=True)
    notes = notes_of(desk)
    desk.faults().add(ApOff(access_point=SSID, duration=1))
    desk.quiet(2 * S)
    worlds = [note.text for note in notes if isinstance(note, WorldChanged)]
    assert worlds == [f"access point {SSID} off", f"access point {SSID} on"]
    desk.switch_power(False)
    desk.switch_power(True)
    assert notes[-2:] == [PowerSwitched(on=False), PowerSwitched(on=True)]


def test_a_fault_that_is_over_at_once() -> None:
    desk = Desk()
    notes = notes_of(desk)
    desk.faults().add(TcpReset(when=When(at=0.1)))
    desk.quiet(200 * MS)
    assert notes == [FaultBegan("tcp-reset", "tcp-reset")]
    assert not [effect for effect in desk.effects if isinstance(effect, fx.CloseSocket)]
