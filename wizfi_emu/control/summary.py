"""An event or an effect in a few words for people who look on: no keys, no passwords, no payload."""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum

from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.readable import as_text
from wizfi_emu.secret import values_of

NAMES = frozenset({"ssid", "name", "topic", "user", "client_id"})
"""Byte strings that are told. Of all others only the length is: an air command or a web request may carry a key."""


def summarize(item: Event | Effect) -> dict[str, object]:
    """The fields that may be told, as JSON values; ``data_bytes`` is the length of ``data``, and so on."""
    return _fields(item)


def _fields(item: object) -> dict[str, object]:
    told: dict[str, object] = {}
    for name, value, mark in values_of(item):
        if mark and mark.is_concealed:
            continue
        if isinstance(value, bytes) and name not in NAMES:
            told[f"{name}_bytes"] = len(value)
        else:
            told[name] = _value(value)
    return told


def _value(value: object) -> object:
    if isinstance(value, bytes):
        return as_text(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return _fields(value) if is_dataclass(value) else value
