"""What all actions have, and how a file says which one it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from wizfi_emu.bounds import Seconds
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_lines
from wizfi_emu.userfiles.bykey import ByKey


class Step(ByKey):
    """Any action, as a scenario file has it: its verb says which one."""

    __slots__ = ()
    what = "one thing to do"
    at: float | None

    if TYPE_CHECKING:
        __struct_fields__: tuple[str, ...]
        __struct_encode_fields__: tuple[str, ...]

    @property
    def verb(self) -> str:
        return self.__struct_encode_fields__[0]

    @property
    def value(self) -> object:
        return getattr(self, self.__struct_fields__[0])

    @property
    def texts(self) -> tuple[str, ...]:
        """What is sent or expected."""
        return ()

    @property
    def peers(self) -> tuple[str, ...]:
        """The peers that it is about."""
        return ()

    def __str__(self) -> str:
        return " ".join([self.verb, ", ".join(map(shown_text, self.texts)) or _shown(self.value), *self._details()])

    def _details(self) -> list[str]:
        """Who, and how long, in words."""
        return []


class Action(Struct, Step, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing to do or to expect. The key of its first field is the verb."""

    at: Seconds | None = None
    """Not before this time, in seconds from the beginning of the steps."""


def shown_text(text: str) -> str:
    """A text for people, without the keys and passwords in it."""
    return ascii(mask_lines(text.encode("latin-1"), Masks()).decode("latin-1"))


def _shown(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {one}" for key, one in value.items())
        case Struct():
            return str(value.__struct_config__.tag)
        case float():
            return f"{value:g}"
        case _:
            return str(value)
