"""Small readers that many handlers share."""

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


def is_digits(text: bytes | None, length: int, digits: bytes) -> bool:
    """Exactly ``length`` characters out of ``digits``."""
    return text is not None and len(text) == length and all(character in digits for character in text)
