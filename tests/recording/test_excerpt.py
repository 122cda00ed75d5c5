"""What happened last, as a person reads it."""

from __future__ import annotations

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.excerpt import LINE_BYTES, PAUSE_US, Excerpt
from wizfi_emu.stages.notes import FaultBegan, PowerSwitched


def shown(excerpt: Excerpt, count: int = 40) -> list[str]:
    return [" ".join(line.split(maxsplit=2)[2].split()) for line in excerpt.lines(count)]


def test_pieces_are_joined_to_lines_and_stand_at_their_beginnings() -> None:
    excerpt = Excerpt()
    excerpt.see_line(ev.UartReceived(b"AT"), 1_000_000)
    excerpt.see_line(fx.UartSend(b"AT"), 1_000_500)
    excerpt.see_line(ev.UartReceived(b"\r"), 1_001_000)
    excerpt.see_line(fx.UartSend(b"\r"), 1_001_500)
    excerpt.see_line(fx.UartSend(b"\n[OK]\r\n"), 1_001_600)
    assert list(excerpt.lines()) == [
        "    1.000 s  host    AT\\r",
        "    1.000 s  module  AT\\r\\n",
        "    1.002 s  module  [OK]\\r\\n",
    ]


def test_a_pause_ends_a_line_but_not_a_command_that_is_typed() -> None:
    excerpt = Excerpt()
    for who in ("module", "host"):
        excerpt.heard(who, b"AT+WSEC=0,,se" if who == "host" else b">", 0)
        excerpt.heard(who, b"cretsecret\r" if who == "host" else b"x", 2 * PAUSE_US)
    assert shown(excerpt) == ["module >", "host AT+WSEC=0,,1xxxxxxxxxxx\\r", "module x"]


def test_long_lines_are_cut_and_old_ones_forgotten() -> None:
    excerpt = Excerpt(kept_lines=3)
    excerpt.heard("module", b"x" * (2 * LINE_BYTES + 1), 0)
    assert [line[-14:] for line in excerpt.lines()] == [
        "392 more bytes",
        "392 more bytes",
        "    0.000 s  module  x"[-14:],
    ]
    excerpt.remark("step", "last", 1)
    assert len(list(excerpt.lines())) == 3
    assert shown(excerpt, 1) == ["step last"]


def test_the_board_and_the_faults_have_lines() -> None:
    excerpt = Excerpt()
    excerpt.see_note(PowerSwitched(on=True), 0)
    excerpt.see(ev.PoweredOn(b""), 1)
    excerpt.see_note(FaultBegan("noise", "serial-loss"), 2)
    excerpt.see(ev.ResetPulled(), 3)
    excerpt.see(fx.Reset(ev.ResetCause.RESET), 4)
    excerpt.see(ev.UartLost(3, ev.SerialLoss.OVERRUN), 5)
    assert [line.split()[0] for line in shown(excerpt)] == ["power", "power", "fault", "power", "power", "line"]
