"""The GPIO tables and what the page sends back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.web.gpio import Pin, parse_entries, setting_table, status_table

NUMBERS = (1, 5, 6, 7, 8)


def test_five_entries() -> None:
    text = b"GPIO_1,OUTPUT,HIGH&GPIO_5,INPUT,LOW&GPIO_6,INPUT,HIGH&GPIO_7,OUTPUT,LOW&GPIO_8,INPUT,LOW&"
    assert parse_entries(text, NUMBERS) == [
        Pin(1, True, True),
        Pin(5, False, False),
        Pin(6, False, True),
        Pin(7, True, False),
        Pin(8, False, False),
    ]


@pytest.mark.parametrize(
    ("text", "pins"),
    [
        (b"", []),
        (b"GPIO_5,INPUT,LOW&GPIO_5,INPUT,LOW", [Pin(5, False, False)]),
        (b"&GPIO_5,OUTPUT,LOW&&GPIO_7,INPUT,HIGH", [Pin(5, True, False), Pin(7, False, True)]),
        (b"GPIO_1,output,HIGH&GPIO_5,INPUT&GPIO_6,INPUT,HIGH,&GPIO_x,INPUT,LOW", []),
        (b"&&&&&GPIO_1,INPUT,LOW", []),
        (b"GPIO_1,INPUT,LOW&" * 9, [Pin(1, False, False)]),
    ],
)
def test_entries_that_do_not_fit_their_row_are_left_out(text: bytes, pins: list[Pin]) -> None:
    assert parse_entries(text, NUMBERS) == pins


def test_entry_that_is_too_long() -> None:
    assert parse_entries(b"GPIO_1,INPUT,LOW&" + b"x" * 49, NUMBERS) == [Pin(1, False, False)]
    assert parse_entries(b"GPIO_1,INPUT,LOW&" + b"x" * 50, NUMBERS) is None


@given(st.binary(max_size=200))
def test_no_text_breaks_it(text: bytes) -> None:
    pins = parse_entries(text, NUMBERS)
    assert pins is None or len(pins) <= len(NUMBERS)


def test_tables() -> None:
    pins = [Pin(1, True, False), Pin(5, False, True)]
    shown = status_table(pins)
    assert "<tr><th>GPIO_1</th><td>OUTPUT</td><td>LOW</td></tr>" in shown
    assert "<tr><th>GPIO_5</th><td>INPUT</td><td>HIGH</td></tr>" in shown
    assert all(f"<th>GPIO {column}</th>" in shown for column in ("NUMBER", "MODE", "VALUE"))
    chosen = setting_table(pins)
    assert '<tr data-gpio="GPIO_1">' in chosen
    assert "<option>INPUT</option><option selected>OUTPUT</option>" in chosen
    assert "<option>LOW</option><option selected>HIGH</option>" in chosen
