"""An event or an effect in a few words for people who look on: no keys, no passwords, no payload."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum

from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event

HIDDEN = frozenset({"key", "password", "tls", "certificate", "private_key", "root_ca", "image"})
"""Fields that carry secrets, or all of them (a flash image)."""

NAMES = frozenset({"ssid", "name", "topic", "user", "client_id"})
"""Byte strings that are told. Of all others only the length is: an air command or a web request may carry a key."""


def summarize(item: Event | Effect) -> dict[str, object]:
    """The fields that may be told, as JSON values; ``data_bytes`` is the length of ``data``, and so on."""
    return _fields(item)


def _fields(item: object) -> dict[str, object]:
    told: dict[str, object] = {}
    assert is_dataclass(item)
    for field in fields(item):
        value = getattr(item, field.name)
        if field.name in HIDDEN:
            continue
        if isinstance(value, bytes) and field.name not in NAMES:
            told[f"{field.name}_bytes"] = len(value)
        else:
            told[field.name] = _value(value)
    return told


def _value(value: object) -> object:
    if isinstance(value, bytes):
        return as_text(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_value(one) for one in value]
    return _fields(value) if is_dataclass(value) else value


def as_text(data: bytes) -> str:
    """Bytes that are usually text; what is not UTF-8 is shown as ``\\xNN``."""
    return data.decode("utf-8", "backslashreplace")
