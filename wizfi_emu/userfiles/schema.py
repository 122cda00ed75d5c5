"""JSON Schema of the files that users write, for editors that complete and check while one types.

It is generated from the structs: names, types, defaults and ranges by msgspec, the descriptions from the texts below
the fields, which a running program does not have.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import get_args

import msgspec

from wizfi_emu.userfiles.bykey import ByKey

SCHEMA = "https://json-schema.org/draft/2020-12/schema"

# The reader takes every scalar as text, so `key: 12345678` and `ssid: yes` are right without quotes.
_TEXT = ["string", "number", "boolean"]


def schema_of(struct: type[msgspec.Struct], title: str) -> dict[str, object]:
    """The schema of a file that holds one such struct."""
    [reference, *_], definitions = msgspec.json.schema_components(
        [struct, *sorted(_structs(struct) - {struct}, key=lambda kind: kind.__name__)],
        schema_hook=_one_of_its_kinds,
        ref_template="#/$defs/{name}",
    )
    schema = {**reference, "$defs": definitions}
    for kind in _structs(struct):
        definition = definitions[kind.__name__]
        texts = _field_texts(kind)
        for name, about in definition["properties"].items():
            _accept_bare_text(about)
            if name in texts:
                about["description"] = texts[name]
        definition["description"] = _one_line(inspect.getdoc(kind) or "")
    return {"$schema": SCHEMA, "title": title, **schema}


def _one_of_its_kinds(declared: type) -> dict[str, object]:
    if not issubclass(declared, ByKey):
        raise NotImplementedError(declared)
    return {"anyOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in declared.kinds.values()]}


def _structs(declared: object) -> set[type[msgspec.Struct]]:
    """The struct and all that its fields can hold."""
    found: set[type[msgspec.Struct]] = set()
    waiting = [declared]
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        if isinstance(one, type) and issubclass(one, ByKey) and not issubclass(one, msgspec.Struct):
            waiting += one.kinds.values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct) and one not in found:
            found.add(one)
            waiting += [field.type for field in msgspec.structs.fields(one)]
    return found


def _accept_bare_text(about: dict[str, object]) -> None:
    if about.get("type") == "string":
        about["type"] = _TEXT
    for value in about.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                _accept_bare_text(part)


def _field_texts(struct: type[msgspec.Struct]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for kind in reversed(struct.__mro__):
        if issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct:
            texts.update(_texts_below_fields(kind))
    written = {field.name: field.encode_name for field in msgspec.structs.fields(struct)}
    return {written[name]: text for name, text in texts.items() if name in written}


@cache
def _texts_below_fields(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    return dict(_read_texts(kind))


def _read_texts(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    before: ast.stmt | None = None
    for statement in definition.body:
        match before, statement:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, _one_line(text)
        before = statement


def _one_line(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
