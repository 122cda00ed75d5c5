"""What is secret, said in the type of the field that holds it, and what is shown in its place.

A field of a dataclass, a struct or a named tuple is marked ``Annotated[bytes, Secret.KEY]``. Whatever prints, records
or logs reads the mark there, and `discreet` gives the class itself a ``repr()`` that a traceback may show.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import Enum
from functools import cache
from typing import TypeVar, get_args, get_type_hints

T = TypeVar("T")

CONCEALED = "***"
"""Stands for every secret that is not shown. An empty one is shown: that there is none is no secret."""


class Secret(Enum):
    """What a secret is, which decides what replaces it in a recording."""

    KEY = "key"
    """A Wi-Fi key as the module stores it."""
    TYPED_KEY = "typed key"
    """A Wi-Fi key as a person writes it, perhaps in hexadecimal digits."""
    PASSWORD = "password"  # noqa: S105 - the word for it, not one
    """A password, PIN or token."""
    USER = "user"
    """A user name: shown to whoever runs the module, but not in a recording that leaves the house."""
    PRIVATE_KEY = "private key"
    """PEM text."""
    IMAGE = "image"
    """A flash image, which holds all of them."""

    @property
    def is_concealed(self) -> bool:
        """Whether nobody sees it who does not ask for secrets."""
        return self is not Secret.USER


@cache
def marks(kind: type) -> Mapping[str, Secret | None]:
    """Every field of a dataclass, struct or named tuple, in their order, and which secret it is, if it is one."""
    hints = get_type_hints(kind, include_extras=True)
    names = getattr(kind, "__struct_fields__", getattr(kind, "_fields", None))
    if names is None:
        names = [field.name for field in fields(kind)]
    return {name: secret_in(hints[name]) for name in names}


def secret_in(declared: object) -> Secret | None:
    """The mark in a type, also as ``Annotated[...] | None``."""
    if isinstance(declared, Secret):
        return declared
    return next(filter(None, map(secret_in, get_args(declared))), None)


def values_of(record: object) -> Iterator[tuple[str, object, Secret | None]]:
    """Name and value of each field, and which secret it is."""
    kind: type = type(record)
    return ((name, getattr(record, name), mark) for name, mark in marks(kind).items())


def discreet(kind: type[T]) -> type[T]:
    """A class decorator: ``repr()`` conceals the fields that are marked."""
    kind.__repr__ = concealing_repr  # type: ignore[method-assign]  # what a decorator is for
    return kind


def concealing_repr(self: object) -> str:
    """A ``repr()`` that conceals the fields that are marked."""
    shown = (
        f"{name}={CONCEALED if value and mark and mark.is_concealed else repr(value)}"
        for name, value, mark in values_of(self)
    )
    return f"{type(self).__name__}({', '.join(shown)})"
