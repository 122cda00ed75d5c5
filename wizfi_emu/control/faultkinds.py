"""Which faults there are, with their fields, for programs and forms: what ``GET /api/faults/kinds`` gives.

Read from the structs of `faults.model`: names, types, ranges and defaults, and the texts below the fields.
"""

import inspect
from functools import cache
from typing import Any, Literal, cast, get_args

from msgspec import Struct
from msgspec.structs import replace

from wizfi_emu.faults.model import BaseFault, Fault, When
from wizfi_emu.secret import marks
from wizfi_emu.userfiles.schema import schema_of

FieldType = Literal["text", "integer", "number", "choice", "flag"]

_SHARED = ("for", "probability", "name", "seed")
_COMMON = ("when", *_SHARED)
"""Fields of every fault, in the order in which people are told of them."""


class FaultField(Struct, frozen=True):
    """A field of a fault. A name with a dot is a field of the field before it (``when.pattern``).

    ``common``: every fault has it. ``concealed``: a key or a password.
    """

    name: str
    about: str
    type: FieldType
    required: bool = False
    default: str = ""
    choices: list[str] = []
    minimum: float | None = None
    maximum: float | None = None
    common: bool = False
    concealed: bool = False


class FaultKind(Struct, frozen=True):
    """A fault: its word, what it does, whether it lasts, and its fields, its own ones first."""

    fault: str
    about: str
    lasts: bool
    fields: list[FaultField]


class FaultKinds(Struct, frozen=True):
    """All faults that can be set."""

    kinds: list[FaultKind]


@cache
def fault_kinds() -> FaultKinds:
    """All kinds, in the order of the model."""
    return FaultKinds([_kind(kind) for kind in get_args(Fault)])


def _kind(kind: type[BaseFault]) -> FaultKind:
    own = _fields(kind)
    common = {field.name: field for field in own if field.name in _COMMON}
    moments = [replace(field, name=f"when.{field.name}") for field in _fields(When)]
    shared = [common[name] for name in _SHARED if name != "for" or kind.lasts]
    fields = [field for field in own if field.name not in (*_COMMON, "fault")]
    about = " ".join((inspect.getdoc(kind) or "").split())
    return FaultKind(
        str(kind.__struct_config__.tag),
        about,
        kind.lasts,
        [*fields, *(replace(one, common=True) for one in shared + moments)],
    )


def _definition(kind: type[Struct]) -> dict[str, Any]:
    definitions = cast("dict[str, dict[str, Any]]", schema_of(kind, "")["$defs"])
    return definitions[kind.__name__]


@cache
def _fields(kind: type[Struct]) -> list[FaultField]:
    definition = _definition(kind)
    secrets = {name for name, mark in marks(kind).items() if mark is not None and mark.is_concealed}
    required = definition.get("required", [])
    return [
        _field(name, about, required=name in required, concealed=name in secrets)
        for name, about in definition["properties"].items()
    ]


def _field(name: str, about: dict[str, Any], *, required: bool, concealed: bool) -> FaultField:
    shape = next((one for one in about.get("anyOf", ()) if one.get("type") != "null"), about)
    default = about.get("default")
    return FaultField(
        name,
        about.get("description", ""),
        _type(shape),
        required,
        "" if default is None else str(default).lower() if isinstance(default, bool) else str(default),
        [str(choice) for choice in shape.get("enum", ())],
        shape.get("minimum"),
        shape.get("maximum"),
        concealed=concealed,
    )


def _type(shape: dict[str, Any]) -> FieldType:
    if "enum" in shape:
        return "choice"
    types: dict[object, FieldType] = {"integer": "integer", "number": "number", "boolean": "flag"}
    declared = shape.get("type")
    return types.get(declared, "text") if isinstance(declared, str) else "text"
