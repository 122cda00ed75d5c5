"""Events, effects and bytes as text for people."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum

from wizfi_emu.recording.format import EVENTS, Item

SHOWN_BYTES = 100
SECRET_FIELDS = frozenset({"image", "key", "password", "private_key", "tls"})
"""Fields of which only the size is shown."""

_NAMED = {0x0D: "\\r", 0x0A: "\\n", 0x09: "\\t", 0x5C: "\\\\", 0x22: '\\"'}
_TEXTS = tuple(_NAMED.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}") for byte in range(256))


def show_bytes(data: bytes) -> str:
    """Bytes between quotes, those that do not print as escapes."""
    return '"' + "".join(_TEXTS[byte] for byte in data) + '"'


def show_part(data: bytes, around: int = 0, limit: int = SHOWN_BYTES) -> str:
    """Bytes, when there are many only those around a position, and then where they stand."""
    if len(data) <= limit:
        return show_bytes(data)
    start = max(0, min(around - limit // 2, len(data) - limit))
    return f"{show_bytes(data[start : start + limit])} (bytes {start} to {start + limit} of {len(data)})"


def show_item(item: Item, around: int = 0) -> str:
    """An event or effect with its fields; ``around`` says which part of much data is of interest."""
    shown = [f"{field.name}={_show_value(field.name, getattr(item, field.name), around)}" for field in fields(item)]
    arrow = ">" if type(item).__name__ in EVENTS else "<"
    return " ".join([arrow, type(item).__name__, *shown])


def show_line(time_us: int, item: Item, around: int = 0) -> str:
    """`show_item` behind its time in seconds."""
    return f"{time_us / 1_000_000:13.6f} {show_item(item, around)}"


def _show_value(name: str, value: object, around: int) -> str:
    match value:
        case bytes() if name in SECRET_FIELDS:
            return f"({len(value)} bytes)"
        case bytes():
            return show_part(value, around)
        case Enum():
            return str(value.value)
        case None:
            return "none"
        case _ if name in SECRET_FIELDS:
            return "(...)"
        case tuple() if len(value) > 1:
            return f"({len(value)} of them)"
        case _:
            return str(value)
