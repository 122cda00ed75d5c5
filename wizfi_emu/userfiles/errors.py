"""What is wrong with a user's file, in words: line, key, expectation."""

import re
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

import msgspec
import yaml

from wizfi_emu.readable import did_you_mean
from wizfi_emu.secret import secret_in
from wizfi_emu.userfiles.bykey import ByKey, convert


class Entry(str):
    """A key that the file's writer has made up, such as a host name, and not one that the struct declares."""

    __slots__ = ()


Path = list[str | int]
"""The keys, entries and list indices that lead to a value."""

_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "object": "a mapping",
}
_PLACE = re.compile(r" - at (`key` in )?`\$([^`]*)`$")
SHOWN_CHARACTERS = 60
"""Of a wrong value. A whole line of some files is longer than anybody reads."""
_SOME_ENTRY = "..."  # msgspec does not say which one
_STEP = re.compile(r"\.?(\w+)|\[(\d+)\]|\[([^\]]*)\]")
_MISMATCH = re.compile(r"Expected `(.+?)`, got ")
_RANGE = re.compile(r"Expected `(\w+)` ([<>]|of length|matching)")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_MISSING = re.compile(r"Object missing required field `(.*)`")
_OWN_CHECK = re.compile(r"(\w+(?:\.\w+|\[[^\]]*\])*): (.*)")


def explain(message: str, root: yaml.Node, struct: object) -> str:
    """``<line>: <path>: <expectation>`` for a message of msgspec about the file with this root node.

    A ``ValueError("path: text")`` that a struct's own check raised counts as a message about what is at that path from
    the struct on: ``key``, ``list[0].key`` or ``mapping[entry]``.
    """
    where, about_key = "", False
    while place := _PLACE.search(message):  # the outermost is the last
        message = message[: place.start()]
        where += place[2]
        about_key = about_key or bool(place[1])
    path = _wrong_entries(_steps(where), root, struct)
    if about_key:
        return _about_key(path, root, struct)
    if unknown := _UNKNOWN.fullmatch(message):
        known = [field.encode_name for field in _fields_of(_type_at(struct, path, root), _node_at(root, path))]
        path, text = [*path, unknown[1]], f"no such key; expected {_one_of(known)}{_most_like(unknown[1], known)}"
    elif missing := _MISSING.fullmatch(message):
        text = f"the key {missing[1]} is missing"
    elif message.startswith("Invalid enum value"):
        choices = _choices(_type_at(struct, path, root))
        text = f"expected {_one_of(choices)}{_got(root, path, struct)}{_guess(root, path, choices)}"
    elif message.startswith("Invalid value") and (tags := _tags(_type_at(struct, path[:-1], root))):
        words = [word for _, word in tags]
        text = f"expected {_one_of(words)}{_got(root, path, struct)}{_guess(root, path, words)}"
    elif found := _RANGE.match(message):
        bounds = _bounds(_type_at(struct, path, root)) or message.removeprefix("Expected ").replace("`", "")
        got = "" if found[1] == "array" else _got(root, path, struct, plain=found[1] in ("int", "float"))
        text = f"expected {bounds}{got}"
    elif mismatch := _MISMATCH.match(message):
        types = [_TYPES.get(word, word) for word in mismatch[1].split(" | ") if word != "null"]
        text = f"expected {_one_of(types)}{_got(root, path, struct)}"
    elif check := _OWN_CHECK.fullmatch(message):
        path, text = [*path, *_steps(check[1])], check[2]
    else:
        text = message
    where = _where(path)
    return f"{_node_at(root, path).start_mark.line + 1}: {where}{': ' if where else ''}{text}"


def _about_key(path: Path, root: yaml.Node, struct: object) -> str:
    """The same about the first key in the mapping at a path that is not of the type of its keys."""
    declared = get_args(_type_at(struct, path, root))[0]
    wrong = next(key for key, _ in _node_at(root, path).value if not _fits(key, declared))
    return f"{wrong.start_mark.line + 1}: {_where([*path, Entry(_shown(wrong.value))])}: expected {_bounds(declared)}"


def _where(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int | Entry) else f".{step}" for step in path).removeprefix(".")


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "..."


def explain_value(message: str, value: object, kind: object) -> str:
    """``<path>: <expectation>`` for a message of msgspec about JSON types that came in another way than in a file."""
    return explain(message, _node_of(value), kind).partition(": ")[2]


def _node_of(value: object) -> yaml.Node:
    mark = yaml.Mark("", 0, 0, 0, None, 0)
    match value:
        case dict():
            pairs = [(yaml.ScalarNode("", str(key), mark), _node_of(one)) for key, one in value.items()]
            return yaml.MappingNode("", pairs, mark)
        case list():
            return yaml.SequenceNode("", [_node_of(one) for one in value], mark)
        case bool():
            return yaml.ScalarNode("", str(value).lower(), mark)
        case _:
            return yaml.ScalarNode("", "" if value is None else str(value), mark)


def _steps(text: str) -> Path:
    return [key or (int(index) if index else Entry(entry)) for key, index, entry in _STEP.findall(text)]


def _wrong_entries(path: Path, root: yaml.Node, struct: object) -> Path:
    """The path with the first entry that does not fit, in the place of each that msgspec leaves open."""
    found: Path = []
    for step in path:
        if step == _SOME_ENTRY:
            _, declared = get_args(_type_at(struct, found, root))
            entries = _node_at(root, found).value
            step = next((Entry(key.value) for key, value in entries if not _fits(value, declared)), step)
        found.append(step)
    return found


def _fits(node: yaml.Node, declared: object) -> bool:
    try:
        convert(_plain(node), declared)  # type: ignore[arg-type]  # any type that a field can have
    except msgspec.ValidationError:
        return False
    return True


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value) for key, value in node.value}
    return [_plain(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


def _got(root: yaml.Node, path: Path, struct: object, *, plain: bool = False) -> str:
    """What is there instead, unless it may be a secret."""
    if any(secret_in(_type_at(struct, path[:depth], root)) for depth in range(1, len(path) + 1)):
        return ""
    node = _node_at(root, path)
    if isinstance(node, yaml.ScalarNode):
        shown = _shown(node.value)
        return f", got {shown if plain else repr(shown)}" if shown else ", got nothing"
    return ", got a list" if isinstance(node, yaml.SequenceNode) else ", got a mapping"


def _guess(root: yaml.Node, path: Path, words: list[str]) -> str:
    """Which of some words is meant, if that can be seen."""
    node = _node_at(root, path)
    return _most_like(node.value, words) if isinstance(node, yaml.ScalarNode) else ""


def _most_like(word: str, words: list[str]) -> str:
    """A hint, where there is more than one word to choose from."""
    return did_you_mean(word, words) if len(words) > 1 else ""


def _one_of(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _node_at(root: yaml.Node, path: Path) -> yaml.Node:
    """The node at a path, or the last one on the way to it that exists. A missing key's mapping stands for it."""
    node = root
    for step in path:
        if isinstance(step, int) and isinstance(node, yaml.SequenceNode):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            # Some checks look at names without their case.
            same = (value for key, value in node.value if key.value.lower() == str(step).lower())
            node = next(same, node)
    return node


def _type_at(struct: object, path: Path, root: yaml.Node) -> object:
    """The declared type of what lies at a path, ``X`` for ``X | None``."""
    found: object = struct
    for number, step in enumerate(path):
        node = _node_at(root, path[:number])
        kind = _bare(_struct_of(found, node))
        if isinstance(step, Entry):
            found = get_args(kind)[1]
        elif isinstance(step, str):
            found = next((field.type for field in _fields_of(found, node) if field.encode_name == step), object)
        else:
            found = get_args(kind)[0]
    others = [one for one in get_args(found) if one is not NoneType]
    return others[0] if NoneType in get_args(found) and len(others) == 1 else found


def _struct_of(declared: object, node: yaml.Node) -> object:
    """The struct or collection that this node should be, of those that the declaration leaves open."""
    found = _without_scalars(declared, tag=_tag(node))
    if isinstance(found, type) and issubclass(found, ByKey) and isinstance(node, yaml.MappingNode):
        return found.kind_of([key.value for key, _ in node.value])
    return found


def _without_scalars(
    declared: object,
    scalars: tuple[object, ...] = (NoneType, str, int),
    tag: frozenset[tuple[str, str]] = frozenset(),
) -> object:
    """The struct or collection out of a union such as ``str | Struct``; of tagged structs the one with the tag."""
    if get_origin(declared) not in (Union, UnionType):
        return declared
    parts = [one for one in get_args(declared) if _bare(one) not in scalars and get_origin(one) is not Literal]
    if len(_tags(declared)) > 1:
        parts = [one for one in parts if not tag.isdisjoint(_tags(one))]
    return parts[0] if parts else declared


def _bare(declared: object) -> object:
    """A type without its bounds."""
    return get_args(declared)[0] if get_origin(declared) is Annotated else declared


def _tags(declared: object) -> list[tuple[str, str]]:
    """Key and word by which each struct of a union is told from the others."""
    kinds = get_args(declared) if get_origin(declared) in (Union, UnionType) else (declared,)
    structs = [one for one in kinds if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    configs = [one.__struct_config__ for one in structs]
    return [(config.tag_field, str(config.tag)) for config in configs if config.tag_field]


def _tag(node: yaml.Node) -> frozenset[tuple[str, str]]:
    """What could be such a key with its word in a mapping."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return frozenset((key.value, value.value) for key, value in pairs if isinstance(value, yaml.ScalarNode))


def _bounds(declared: object) -> str:
    """What a number or a text may be: as its type describes it, or from its lowest to its highest value."""
    for one in (declared, *get_args(declared)):
        for meta in getattr(one, "__metadata__", ()):
            if not isinstance(meta, msgspec.Meta):
                continue
            if meta.description:
                return meta.description
            if meta.ge is not None:
                return f"{meta.ge} or more" if meta.le is None else f"{meta.ge} to {meta.le}"
            if meta.max_length is not None:
                return f"{meta.min_length or 0} to {meta.max_length} characters"
    return ""


def _fields_of(declared: object, node: yaml.Node) -> list[msgspec.structs.FieldInfo]:
    """The fields of the struct that a mapping has to be, or of all that it could be."""
    kind = _struct_of(declared, node)
    kinds = [kind] if isinstance(kind, type) else get_args(declared)
    structs = [one for one in kinds if isinstance(one, type) and issubclass(one, msgspec.Struct)]
    return [field for one in structs for field in msgspec.structs.fields(one)]


def _choices(declared: object) -> list[str]:
    """What a value of this type can say: the words of a Literal, ``a whole number`` for int."""
    if get_origin(declared) is Literal:
        return [str(word) for word in get_args(declared)]
    if args := get_args(declared):
        return [word for one in args if one is not NoneType for word in _choices(one)]
    return [_TYPES.get(declared.__name__, _TYPES["object"])] if isinstance(declared, type) else []
