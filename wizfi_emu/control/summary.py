"""An event or an effect in a few words for people who look on: no keys, no passwords, no payload."""

from msgspec import Struct

from wizfi_emu.readable import readable
from wizfi_emu.secret import values_of

NAMES = frozenset({"ssid", "name", "topic", "user", "client_id"})
"""Byte strings that are told. Of all others only the length is: an air command or a web request may carry a key."""


def summarize(item: object) -> dict[str, object]:
    """The fields that may be told, as JSON values; ``data_bytes`` is the length of ``data``, and so on."""
    told: dict[str, object] = {}
    for name, value, mark in values_of(item):
        if mark and mark.is_concealed:
            continue
        if isinstance(value, bytes) and name not in NAMES:
            told[f"{name}_bytes"] = len(value)
        else:
            told[name] = _told(value)
    return told


def _told(value: object) -> object:
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    return summarize(value) if isinstance(value, Struct) else readable(value)
