"""The lines of a recording: every class goes through unchanged, and what is no recording is refused in one line."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from tests.desk import firmware_named
from tests.recording.sessions import record, talk_to_peers
from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import (
    EFFECTS,
    EVENTS,
    SWITCHES_BEFORE,
    Header,
    Item,
    decode_recording,
    encode_header,
    encode_item,
)

HEADER = Header(format=1, program="0.1.0", firmware=firmware_named("guide"), redacted=True)
FIRST = encode_header(HEADER)
RECEIVED = encode_item(5, ev.UartReceived(b"AT\r"))
SENT = encode_item(5, fx.UartSend(b"AT\r\n[OK]\r\n"))


def any_item() -> st.SearchStrategy[Item]:
    """Events and effects with any values in all their fields, those with a default too."""
    kinds: list[type[Any]] = [*EVENTS.values(), *EFFECTS.values()]
    items = st.one_of([st.builds(kind, **{field.name: ... for field in fields(kind)}) for kind in kinds])
    return items.filter(_has_finite_rates)


def _has_finite_rates(item: Item) -> bool:
    return not isinstance(item, ev.ScanEnded) or all(isfinite(one.rate_mbps) for one in item.networks)


def test_events_and_effects_have_different_names() -> None:
    assert not set(EVENTS) & set(EFFECTS)


@given(st.lists(st.tuples(st.integers(0, 10**12), any_item()), max_size=8))
def test_every_event_and_effect_comes_back_as_it_was(items: list[tuple[int, Item]]) -> None:
    data = FIRST + RECEIVED + b"".join(encode_item(*item) for item in items)
    read = list(decode_recording(data, "x").items())[1:]
    # An effect has the time of its event.
    assert [item for _, item in read] == [item for _, item in items]
    assert all(type(one) is type(other) for (_, one), (_, other) in zip(read, items, strict=True))


@given(any_item())
def test_every_field_is_written(item: Item) -> None:
    written = json.loads(encode_item(1, item))
    assert written[:2] == [1, type(item).__name__]
    assert list(written[2]) == [field.name for field in fields(item)]


def test_a_header_of_an_earlier_version_gets_the_switches_that_came_since() -> None:
    written = msgspec.json.decode(FIRST)
    for switch in SWITCHES_BEFORE:
        del written["firmware"][switch]
    firmware = decode_recording(msgspec.json.encode(written) + b"\n", "x").header.firmware
    assert {switch: getattr(firmware, switch) for switch in SWITCHES_BEFORE} == SWITCHES_BEFORE
    del written["firmware"]["connect_before_ok"]
    with pytest.raises(UserError, match="connect_before_ok"):
        decode_recording(msgspec.json.encode(written) + b"\n", "x")


def test_the_header_has_the_whole_personality() -> None:
    firmware = msgspec.structs.replace(HEADER.firmware, connect_before_ok=True, smgmt_header="other")
    header = Header(
        format=1,
        program="0.1.0",
        firmware=firmware,
        world="mine.yaml",
        timing="fast",
        time_scale=2.5,
        redacted=False,
        started_us=12,
    )
    first = encode_header(header)
    assert json.loads(first)["wizfi-emu recording"] == 1
    assert decode_recording(first, "x").header == header


def test_events_and_what_they_caused() -> None:
    recording = decode_recording(FIRST + RECEIVED + SENT + encode_item(9, ev.TimeReached()), "x")
    assert [(batch.time_us, batch.event, len(batch.effects)) for batch in recording.batches] == [
        (5, ev.UartReceived(b"AT\r"), 1),
        (9, ev.TimeReached(), 0),
    ]
    assert not recording.torn


@pytest.mark.parametrize("cut", range(1, len(SENT)))
def test_a_torn_last_line_is_left_out(cut: int) -> None:
    recording = decode_recording(FIRST + RECEIVED + SENT[:-cut], "x")
    whole = cut == 1  # only the line end is missing
    assert recording.torn is not whole
    assert len(recording.batches[0].effects) == whole


def test_a_tail_of_zeros_is_left_out() -> None:
    """What a file system may leave after a power cut."""
    recording = decode_recording(FIRST + RECEIVED + bytes(100), "x")
    assert recording.torn
    assert len(recording.batches) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x: not a recording"),
        (b"hello\n", "x: not a recording"),
        (b"{}\n", "x: not a recording"),
        (FIRST[:-1], "x: not a recording"),
        (b'{"wizfi-emu recording": 9}\n', "x: recording format 9, this program reads formats 1 to 3"),
        (
            b'{"wizfi-emu recording": 1, "program": "9.9", "redacted": true, "firmware": {"name": "new"}}\n',
            'x: made by program version "9.9": Object missing required field `description` - at `$.firmware`',
        ),
        (FIRST + SENT, "x:2: an effect without an event before it"),
        (FIRST + RECEIVED + b"[1]\n" + SENT, "x:3: not a line of a recording"),
        (b"[" * 100_000 + b"\n", "x: not a recording"),
        (FIRST + b'[1,"TimeReached",{"x":' + b"[" * 100_000 + b"\n" + RECEIVED, "x:2: not a line of a recording"),
        (FIRST + b'[1,"Unknown",{}]\n' + RECEIVED, "x:2: not a line of a recording"),
        (FIRST + b"\n" + RECEIVED, "x:2: not a line of a recording"),
        (FIRST + b"\xff\n" + RECEIVED, "x:2: not a line of a recording"),
    ],
)
def test_what_is_no_recording(data: bytes, message: str) -> None:
    with pytest.raises(UserError) as found:
        decode_recording(data, "x")
    assert str(found.value) == message


def test_an_error_shows_nothing_of_a_line() -> None:
    with pytest.raises(UserError) as found:
        decode_recording(FIRST + b'[1,"UartSend",{"data":"secret"}]\n' + RECEIVED, "x")
    assert "secret" not in str(found.value)


def test_a_session_is_read_as_it_was_written() -> None:
    recording = record(talk_to_peers)
    again = FIRST + b"".join(encode_item(*item) for item in recording.items())
    assert decode_recording(again, "x").batches == recording.batches
