"""Values of the machine as people read them, without the secrets unless these are asked for."""

from collections.abc import Iterable
from dataclasses import is_dataclass
from enum import Enum

import msgspec

from wizfi_emu.secret import CONCEALED, values_of


def as_text(data: bytes) -> str:
    """Bytes that are usually text; what is not UTF-8 is shown as ``\\xNN``."""
    return data.decode("utf-8", "backslashreplace")


def readable(value: object, *, secrets: bool = False) -> object:
    """A value as JSON types: structs and dataclasses as dicts, byte strings as text."""
    match value:
        case bytes():
            return as_text(value)
        case Enum():
            return value.value
        case list() | tuple():
            return [readable(one, secrets=secrets) for one in value]
        case _ if isinstance(value, msgspec.Struct) or is_dataclass(value):
            return {
                name: CONCEALED
                if one and mark and mark.is_concealed and not secrets
                else readable(one, secrets=secrets)
                for name, one, mark in values_of(value)
            }
        case _:
            return value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What a message about an unknown word ends with: the one that looks most like it, if one does."""
    import difflib  # only a typing error pays for it

    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
