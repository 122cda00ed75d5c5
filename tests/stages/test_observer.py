"""Where observers look: at the machine, and at what the line has carried."""

from __future__ import annotations

from tests.desk import Desk, S
from wizfi_emu.air.load import load_world
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.ports import said
from wizfi_emu.recording.excerpt import Excerpt
from wizfi_emu.stages.notes import Note
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.timing import Timing


class Seen:
    """Looks on."""

    def __init__(self) -> None:
        self.machine: list[tuple[int, ev.Event | fx.Effect]] = []
        self.line: list[tuple[int, bytes, bool]] = []
        self.notes: list[Note] = []

    def see(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        self.machine.append((now_us, item))

    def see_line(self, item: ev.Event | fx.Effect, now_us: int) -> None:
        assert isinstance(item, ev.HostBytes | fx.HostEffect)
        self.line.append((now_us, said(item), isinstance(item, ev.HostBytes)))

    def see_note(self, note: Note, _now_us: int) -> None:
        self.notes.append(note)


def test_the_line_has_its_own_times() -> None:
    desk, seen = VirtualModule(load_firmware("guide"), load_world("demo"), timing=Timing(paced=True)), Seen()
    desk.run(1 * S)
    start_us = desk.now_us
    leave = desk.look_on(seen)
    desk.exchange(b"A", 1 * S)
    [(came_us, came, from_host), (left_us, left, _)] = seen.line
    assert (came, from_host, left) == (b"A", True, b"A")
    byte_us = 87
    assert byte_us - 1 <= came_us - start_us <= byte_us + 1
    assert byte_us - 1 <= left_us - came_us <= byte_us + 1, "the echo leaves a byte later than it is ordered"
    assert [at_us for at_us, item in seen.machine if isinstance(item, fx.UartSend)] == [came_us]
    leave()
    desk.exchange(b"T", 1 * S)
    assert len(seen.line) == 2


def test_an_excerpt_is_an_onlooker() -> None:
    desk, excerpt = Desk(), Excerpt()
    desk.look_on(excerpt)
    desk.exchange(b"AT\r", 1 * S)
    desk.switch_power(False)
    assert [line.split(maxsplit=2)[2] for line in excerpt.lines()][-1] == "power   off"
