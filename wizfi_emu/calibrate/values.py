"""Which values a switch of a personality can have: all of its type, or those that are known and what answers show."""

import math
import re
from collections.abc import Iterable
from functools import cache

import msgspec
from msgspec import inspect

from wizfi_emu.calibrate.play import OK, Played
from wizfi_emu.commands.table import TABLE
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.model import SOCKET_OPTIONS, parse_version

SEND_LIMIT_US = 10_000_000
SEND_BYTES = 10_000
"""The probe of AT+SSEND's limit asks to send so many; the limit is so long beside what each byte adds."""
CLOSE = 0.1
"""A measured number that is so close to a usual one is that one."""
SMALL_RANGE = 11
"""Numbers with at most so many values are all tried."""
LEVEL = "command_level"

_TYPES = {field.name: field.type for field in msgspec.structs.fields(Firmware)}


@cache
def levels() -> tuple[str, ...]:
    """The versions that brought command words: between two of them there is no other set of commands."""
    return tuple(sorted({row.since for row in TABLE}, key=parse_version))


def same_level(version: str) -> str:
    """The newest of `levels` that is not newer than a version: the same commands."""
    return next(level for level in reversed(levels()) if parse_version(level) <= parse_version(version))


def usual_values(switch: str, known: Iterable[Firmware]) -> tuple[object, ...]:
    """All values of a switch whose type has few; those of the ``known`` personalities for any other."""
    if switch == LEVEL:
        return levels()
    kind = inspect.type_info(_TYPES[switch])
    if isinstance(kind, inspect.BoolType):
        return (False, True)
    if isinstance(kind, inspect.LiteralType):
        return tuple(kind.values)
    if isinstance(kind, inspect.IntType) and _size(kind) <= SMALL_RANGE:
        return tuple(range(kind.ge or 0, (kind.le or 0) + 1))
    return tuple(dict.fromkeys(getattr(firmware, switch) for firmware in known))


def shown_value(switch: str, played: Played, usual: Iterable[object]) -> object | None:
    """The value of a switch that the answers show, for those that may be anything; None for none that it can have."""
    found = _found(switch, played, usual)
    try:
        return None if found is None else msgspec.convert(found, _TYPES[switch], strict=False)
    except msgspec.ValidationError:
        return None


def _size(kind: inspect.IntType) -> float:
    return math.inf if kind.ge is None or kind.le is None else kind.le - kind.ge + 1


def _found(switch: str, played: Played, usual: Iterable[object]) -> object | None:
    pattern = played.probe.extract.get(switch)
    if pattern is None:
        return None
    if pattern == "limit":
        return played.limit
    if pattern == "time":
        return _usual_number(usual, (played.last_took_us - SEND_LIMIT_US) / SEND_BYTES)
    if pattern == "accepted":
        answers = [exchange.result for exchange in played.exchanges[:SOCKET_OPTIONS]]
        return [number for number, answer in enumerate(answers, 1) if answer == OK]
    match = re.search(pattern, played.text, re.DOTALL)
    return match[1].replace("\r\n", "\n") if match else None


def _usual_number(usual: Iterable[object], measured: float) -> int:
    for value in usual:
        if isinstance(value, int) and abs(measured - value) <= CLOSE * value:
            return value
    return max(0, round(measured))
