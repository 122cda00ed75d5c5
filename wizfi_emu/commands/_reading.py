"""What many handlers share: small readers, and settings of one value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.parameters import Parameters, parse_integer
from wizfi_emu.at.responses import Response

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

QUERY = b"?"


def answer(module: Module, line: bytes) -> Response:
    """Print the one data line of a query; OK."""
    module.output.text(line + b"\r\n")
    return Response.OK


def read_choice(parameters: Parameters, choices: range | tuple[int, ...]) -> int | None:
    """The next parameter as an integer among ``choices``; None for anything else."""
    value = parse_integer(parameters.next())
    return value if value is not None and value in choices else None


def read_digits(parameters: Parameters, length: int, digits: bytes) -> str | None:
    """The next parameter when it is exactly ``length`` characters out of ``digits``."""
    text = parameters.next() or b""
    return text.decode() if len(text) == length and all(character in digits for character in text) else None


def set_field(module: Module, field: str, value: object) -> Response:
    """Store a value in a field of the RAM profile, as the type that the field has; None is refused."""
    if value is None:
        return Response.INVALID_INPUT
    setattr(module.ram, field, type(getattr(module.ram, field))(value))
    return Response.OK
