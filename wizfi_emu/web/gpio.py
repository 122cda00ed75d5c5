"""The GPIO pages: their tables, and what the page for setting sends."""

import re
from collections.abc import Sequence
from typing import NamedTuple

ENTRY_BYTES = 49
"""Firmware 1.0.5.2 overruns a buffer with a longer entry."""
_ENTRY = re.compile(rb"GPIO_([0-9]),(INPUT|OUTPUT),(HIGH|LOW)")
_HEAD = "<thead><tr><th>GPIO NUMBER</th><th>GPIO MODE</th><th>GPIO VALUE</th></tr></thead>\n"


class Pin(NamedTuple):
    """One GPIO as the pages show it."""

    number: int
    is_output: bool
    is_high: bool


def parse_entries(text: bytes, numbers: Sequence[int]) -> list[Pin] | None:
    """The entries ``GPIO_<n>,<mode>,<value>`` between ``&``, one for each row in order; None when one is too long.

    An entry that cannot be read, or whose number is not the one of its row, is left out.
    """
    entries = text.split(b"&")
    if any(len(entry) > ENTRY_BYTES for entry in entries):
        return None
    matches = [(number, _ENTRY.fullmatch(entry)) for number, entry in zip(numbers, entries, strict=False)]
    return [
        Pin(number, match[2] == b"OUTPUT", match[3] == b"HIGH")
        for number, match in matches
        if match is not None and int(match[1]) == number
    ]


def status_table(pins: Sequence[Pin]) -> str:
    """The table that only shows."""
    return f'<table class="gpio">\n{_HEAD}<tbody>\n{"".join(_status_row(pin) for pin in pins)}</tbody>\n</table>\n'


def setting_table(pins: Sequence[Pin]) -> str:
    """The same table with two lists per row."""
    return f'<table class="gpio">\n{_HEAD}<tbody>\n{"".join(_setting_row(pin) for pin in pins)}</tbody>\n</table>\n'


def _status_row(pin: Pin) -> str:
    mode, value = "OUTPUT" if pin.is_output else "INPUT", "HIGH" if pin.is_high else "LOW"
    return f"<tr><th>GPIO_{pin.number}</th><td>{mode}</td><td>{value}</td></tr>\n"


def _setting_row(pin: Pin) -> str:
    name = f"GPIO_{pin.number}"
    mode = _choice(f"{name} mode", ("INPUT", "OUTPUT"), pin.is_output)
    value = _choice(f"{name} value", ("LOW", "HIGH"), pin.is_high)
    return f'<tr data-gpio="{name}"><th>{name}</th><td>{mode}</td><td>{value}</td></tr>\n'


def _choice(label: str, words: tuple[str, str], chosen: bool) -> str:
    options = "".join(
        f"<option{' selected' if index == chosen else ''}>{word}</option>" for index, word in enumerate(words)
    )
    return f'<select aria-label="{label}">{options}</select>'
