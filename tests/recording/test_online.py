"""The times of bytes: when they left the line, beside when the machine sent them."""

from __future__ import annotations

import pytest

from tests.desk import Desk, S, firmware_named, world_named
from tests.recording.sessions import Tape, record
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Batch, Left, Recording, decode_recording
from wizfi_emu.recording.online import on_the_line
from wizfi_emu.recording.replay import replay
from wizfi_emu.stages.lineclock import Framing
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.timing import Timing

BYTE_US = Framing().byte_us


def paced(*, redacted: bool = False) -> tuple[VirtualModule, Tape]:
    tape = Tape(redacted=redacted)
    module = VirtualModule(
        firmware_named("guide"), world_named("demo"), timing=Timing(), power=False, observers=[tape.recorder]
    )
    assert module.wire is not None
    module.wire.on_left = tape.recorder.line.left
    module.power_on()
    module.run(S)
    module.read()
    return module, tape


def sent(recording: Recording) -> list[tuple[int, bytes]]:
    return [(time_us, item.data) for time_us, item in on_the_line(recording) if isinstance(item, fx.UartSend)]


@pytest.mark.parametrize("redacted", [False, True])
def test_bytes_stand_where_the_last_of_them_left(redacted: bool) -> None:
    module, tape = paced(redacted=redacted)
    answer = module.exchange(b"AT+MECHO=0\rAT+WSEC=0,WPA2,12345678\r\rAT+MHELP\r", 5 * S)
    recording = tape.end()
    assert replay(recording).difference is None
    rows = sent(recording)
    assert b"".join(data for _, data in rows[1:]) == answer
    assert rows == sorted(rows, key=lambda row: row[0])
    in_machine = [(time_us, item) for time_us, item in recording.items() if isinstance(item, fx.UartSend)]
    assert [data for _, data in rows] == [item.data for _, item in in_machine]
    times_us = [time_us for time_us, item in in_machine]
    assert all(left_us >= at_us for (left_us, _), at_us in zip(rows, times_us, strict=True))
    begin_us = times_us[1]
    assert rows[-1][0] - begin_us == pytest.approx(len(answer) * BYTE_US, rel=0.05)


def test_input_has_the_time_at_which_it_came() -> None:
    module, tape = paced()
    begin_us = module.now_us
    module.send(b"AT\r")
    module.run(S)
    [heard] = [batch for batch in tape.end().batches if isinstance(batch.event, ev.UartReceived)]
    assert heard.time_us == begin_us + 261


def test_what_a_power_cut_kept_from_leaving_is_not_there() -> None:
    module, tape = paced()
    module.send(b"AT+MHELP\r")
    module.run(50_000)
    came = module.read()
    module.power_off()
    module.power_on()
    banner = module.exchange(b"")
    rows = sent(tape.end())
    assert b"".join(data for _, data in rows[1:]) == came + banner, "behind the first banner"


def test_one_run_of_the_line_is_one_note() -> None:
    module, tape = paced()
    module.exchange(b"AT+MHELP\r", 5 * S)
    notes = tape.end().left
    assert len(notes) < 10
    assert notes[-1].waiting == 0
    assert notes[-1].count > 1000


def test_recordings_without_notes_are_as_they_are() -> None:
    recording = record(lambda desk: desk.exchange(b"AT+MHELP\r"))
    assert recording.left == ()
    assert list(on_the_line(recording)) == list(recording.items())


def batch(time_us: int, *sends: bytes) -> Batch:
    return Batch(time_us, ev.TimeReached(), tuple(fx.UartSend(data) for data in sends))


HEADER = Tape().header


def test_times_lie_evenly_between_the_ends_of_a_note() -> None:
    recording = Recording(HEADER, (batch(0, b"abcd", b"efgh"),), left=(Left(8, 0, 800, 0),))
    assert sent(recording) == [(400, b"abcd"), (800, b"efgh")]


def test_after_a_loss_the_next_bytes_have_their_own_time() -> None:
    """A fault took half of the first bytes, so fewer have left than the machine sent."""
    recording = Recording(
        HEADER,
        (batch(0, b"abcd"), batch(5000, b"efgh")),
        left=(Left(2, 0, 200, 0), Left(4, 5000, 5400, 0), Left(9, 6000, 6900, 0)),
    )
    assert sent(recording) == [(200, b"abcd"), (5400, b"efgh")]


def test_what_was_under_way_at_the_end_of_the_recording_has_its_old_time() -> None:
    recording = Recording(HEADER, (batch(0, b"abcd", b"efgh"),), left=(Left(4, 0, 400, 4),))
    assert sent(recording) == [(0, b"efgh"), (400, b"abcd")]


def test_recordings_of_format_1_are_read() -> None:
    tape = Tape()
    Desk(observers=[tape.recorder])
    old = tape.data.replace(b'"wizfi-emu recording":3', b'"wizfi-emu recording":1', 1)
    assert decode_recording(old, "old").batches == decode_recording(tape.data, "new").batches
