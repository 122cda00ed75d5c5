"""Mappings in files that are told from each other by a key, as ``{wait: 1}`` is from ``{press: 3}``.

The types of a file's structs name a subclass of `ByKey`; in its place stand the structs of its ``kinds``, which inherit
from it. The key is that of a struct's first field.
"""

from collections.abc import Mapping
from typing import ClassVar, TypeVar

import msgspec

from wizfi_emu.readable import did_you_mean

T = TypeVar("T")


class ByKey:
    """One of several structs. ``what`` is what all of them are, in words."""

    __slots__ = ()
    what: ClassVar[str]
    kinds: ClassVar[Mapping[str, type[msgspec.Struct]]] = {}

    @classmethod
    def register(cls, *kinds: type[msgspec.Struct]) -> tuple[str, ...]:
        """Say which structs there are; gives their keys."""
        cls.kinds = {kind.__struct_encode_fields__[0]: kind for kind in kinds}
        return tuple(cls.kinds)

    @classmethod
    def kind_of(cls, keys: list[str]) -> type[msgspec.Struct]:
        """The struct of a mapping with these keys. Raises ValueError when it is none of them, or a mixture."""
        given = [key for key in cls.kinds if key in keys]
        if len(given) != 1:
            guess = "" if given else next(filter(None, (did_you_mean(key, cls.kinds) for key in keys)), "")
            raise ValueError(f"expected {cls.what}, got {' and '.join(given) or 'none'}{guess}")
        found = cls.kinds[given[0]]
        for key in keys:
            owners = [verb for verb, kind in cls.kinds.items() if key in kind.__struct_encode_fields__]
            if owners and given[0] not in owners:
                raise ValueError(f"{key}: only with {', '.join(owners)}")
        return found


def convert(value: object, kind: type[T]) -> T:
    """What msgspec makes of the value of a file, whose scalars are texts. Raises ValidationError."""
    return msgspec.convert(value, kind, strict=False, dec_hook=_by_key)


def _by_key(declared: type, value: object) -> object:
    if not issubclass(declared, ByKey):
        raise NotImplementedError(declared)
    if not isinstance(value, dict):
        raise ValueError("Expected `object`, got `other`")
    try:
        return convert(value, declared.kind_of(list(value)))
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None  # to which msgspec adds where this mapping is
