"""Events, effects and bytes as text for people."""

from collections.abc import Sequence
from enum import Enum

from wizfi_emu.module.effects import TlsIdentity
from wizfi_emu.recording.format import EVENTS, Item
from wizfi_emu.secret import CONCEALED, values_of

SHOWN_BYTES = 100

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


def first_difference(one: Sequence[object], other: Sequence[object]) -> int:
    """Where two sequences begin to differ; the end of the shorter one when the other one begins with it."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def show_item(item: Item, around: int = 0) -> str:
    """An event or effect with its fields; ``around`` says which part of much data is of interest."""
    shown = _show_fields(item, around)
    arrow = ">" if type(item).__name__ in EVENTS else "<"
    return " ".join([arrow, type(item).__name__, *shown])


def show_line(time_us: int, item: Item, around: int = 0) -> str:
    """`show_item` behind its time in seconds."""
    return f"{time_us / 1_000_000:13.6f} {show_item(item, around)}"


def _show_fields(item: object, around: int) -> list[str]:
    return [
        f"{name}={CONCEALED if value and mark and mark.is_concealed else _show_value(value, around)}"
        for name, value, mark in values_of(item)
    ]


def _show_value(value: object, around: int) -> str:
    match value:
        case bytes():
            return show_part(value, around)
        case Enum():
            return str(value.value)
        case None:
            return "none"
        case TlsIdentity():
            return f"({' '.join(_show_fields(value, around))})"
        case tuple() if len(value) > 1:
            return f"({len(value)} of them)"
        case _:
            return str(value)
