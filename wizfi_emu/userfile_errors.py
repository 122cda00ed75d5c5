"""What is wrong with a user's file, in words: line, key, expectation."""

from __future__ import annotations

import re
from types import NoneType
from typing import Literal, get_args, get_origin

import msgspec
import yaml

Path = list[str | int]
"""The keys and list indices that lead to a value."""

SECRETS = frozenset({"key", "pin"})
"""Keys whose values are never repeated."""

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "a mapping",
}
_PLACE = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_MISMATCH = re.compile(r"Expected `(.+?)`, got ")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_OWN_CHECK = re.compile(r"(\w+): (.*)")


def explain(message: str, root: yaml.Node, struct: type[msgspec.Struct]) -> str:
    """``<line>: <path>: <expectation>`` for a message of msgspec about the file with this root node.

    A ``ValueError("key: text")`` that a struct's own check raised counts as a message about that key.
    """
    path: Path = []
    shows_value = True
    if place := _PLACE.search(message):
        message = message[: place.start()]
        path = [key or int(index) for key, index in _STEP.findall(place[1])]
        shows_value = "[...]" not in place[1]  # msgspec does not say which value of a mapping it means
    if unknown := _UNKNOWN.fullmatch(message):
        known = [field.encode_name for field in _fields(_type_at(struct, path))]
        path, text = [*path, unknown[1]], f"no such key; expected {_one_of(known)}"
    elif missing := _MISSING.fullmatch(message):
        text = f"the key {missing[1]} is missing"
    elif message.startswith("Invalid enum value"):
        text = f"expected {_one_of(_choices(_type_at(struct, path)))}"
        text += _got(root, path) if shows_value else ""
    elif mismatch := _MISMATCH.match(message):
        types = [_TYPES.get(word, word) for word in mismatch[1].split(" | ") if word != "null"]
        text = f"expected {_one_of(types)}"
        text += _got(root, path) if shows_value else ""
    elif check := _OWN_CHECK.fullmatch(message):
        path, text = [*path, check[1]], check[2]
    else:
        text = message
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return f"{_node_at(root, path).start_mark.line + 1}: {where}{': ' if where else ''}{text}"


def _got(root: yaml.Node, path: Path) -> str:
    if not SECRETS.isdisjoint(path):
        return ""
    node = _node_at(root, path)
    if isinstance(node, yaml.ScalarNode):
        return f", got {node.value!r}" if node.value else ", got nothing"
    return ", got a list" if isinstance(node, yaml.SequenceNode) else ", got a mapping"


def _one_of(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _node_at(root: yaml.Node, path: Path) -> yaml.Node:
    """The node at a path, or the last one on the way to it that exists. A missing key's mapping stands for it."""
    node = root
    for step in path:
        if isinstance(step, int):
            node = node.value[step]
        else:
            node = next((value for key, value in node.value if key.value == step), node)
    return node


def _type_at(struct: type[msgspec.Struct], path: Path) -> object:
    """The declared type of what lies at a path, without its ``| None``."""
    found: object = struct
    for step in path:
        if isinstance(step, str):
            found = next((field.type for field in _fields(found) if field.encode_name == step), object)
        else:
            found = get_args(found)[0]
        if NoneType in get_args(found):
            found = next(one for one in get_args(found) if one is not NoneType)
    return found


def _fields(struct: object) -> tuple[msgspec.structs.FieldInfo, ...]:
    assert isinstance(struct, type)
    assert issubclass(struct, msgspec.Struct)
    return msgspec.structs.fields(struct)


def _choices(declared: object) -> list[str]:
    """What a value of this type can say: the words of a Literal, ``a whole number`` for int."""
    if get_origin(declared) is Literal:
        return [str(word) for word in get_args(declared)]
    if get_origin(declared) is dict:
        return _choices(get_args(declared)[1])
    if args := get_args(declared):
        return [word for one in args for word in _choices(one)]
    return [_TYPES[declared.__name__]] if isinstance(declared, type) else []
