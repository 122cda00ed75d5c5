"""The recording of a tap: it can be replayed, and has no secrets."""

from __future__ import annotations

import pytest

from tests.desk import firmware_named
from wizfi_emu.factory import new_module
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import FORMAT, Header, Recording, decode_recording
from wizfi_emu.recording.replay import differences, replay
from wizfi_emu.recording.tapping.shadow import Shadow
from wizfi_emu.recording.tapping.writer import TapWriter

BANNER = b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n"
KEY = b"my secret key"


def tap(*turns: bytes, redacted: bool = True) -> tuple[Recording, bytes]:
    """A session: what the module and the host say in turns, a second apart; the module begins."""
    written: list[bytes] = []
    firmware = firmware_named("1.0.5.2")
    header = Header(format=FORMAT, program="0.0.0", firmware=firmware, redacted=redacted, tap="tty:/dev/ttyUSB0")
    writer = TapWriter(written.append, header, new_module(firmware) if redacted else None)
    shadow = Shadow(lambda _version: new_module(firmware), writer)
    for number, data in enumerate(turns):
        (shadow.hear_host if number % 2 else shadow.hear_module)(data, number * 1_000_000)
    shadow.close()
    writer.close()
    data = b"".join(written)
    return decode_recording(data, "tap"), data


@pytest.mark.parametrize("redacted", [True, False])
def test_a_session_as_the_emulators_replays_identically(redacted: bool) -> None:
    line = b"AT+WSEC=0,WPA2," + KEY
    answer = b"AT+WSEC=?\r\n0,WPA2," + KEY + b"\r\n[OK]\r\n"
    recording, _ = tap(BANNER, line + b"\r", line + b"\r\n[OK]\r\n", b"AT+WSEC=?\r", answer, redacted=redacted)
    assert replay(recording).difference is None
    assert list(differences(recording)) == []
    assert (KEY in b"".join(item.data for _, item in recording.items() if hasattr(item, "data"))) is not redacted
    assert recording.header.tap == "tty:/dev/ttyUSB0"
    assert sum(note.count for note in recording.left) == len(BANNER + line + b"\r\n[OK]\r\n" + answer)
    assert [note.until_us for note in recording.left] == sorted(note.until_us for note in recording.left)


def test_what_the_module_said_otherwise_is_in_it_without_the_secret() -> None:
    line = b"AT+WSEC=0,WPA2," + KEY
    recording, _ = tap(
        BANNER, line + b"\r", line + b"\r\n[OK]\r\n", b"AT\r", b"AT\r\nthe key is " + KEY + b"\r\n[OK]\r\n"
    )
    (difference,) = differences(recording)
    batch = recording.batches[difference.batch]
    assert isinstance(batch.event, ev.UartReceived)
    said = b"".join(effect.data for effect in batch.effects if hasattr(effect, "data"))
    assert said.startswith(b"AT\r\nthe key is ")
    assert said.endswith(b"\r\n[OK]\r\n")
    assert KEY not in said
    assert len(said) == len(b"AT\r\nthe key is \r\n[OK]\r\n") + len(KEY)
