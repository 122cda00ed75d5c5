"""YAML files that users write, read into msgspec structs, with errors that name file, line, key and expectation.

Every scalar is read as text and converted by the type of its field, so a key of ``01234567`` keeps its zero and an
SSID of ``yes`` or ``12:30:00`` stays what it says. Errors never repeat the value of a secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from wizfi_emu.errors import UserError
from wizfi_emu.userfiles.packaged import packaged

T = TypeVar("T", bound=msgspec.Struct)

SUFFIX = ".yaml"

# The C parser is an order of magnitude faster; PyYAML can be built without it.
_Loader: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def names(kind: str) -> list[str]:
    """The names of the packaged files of one kind (see ``packaged``), sorted."""
    return sorted(path.stem for path in packaged(kind).glob("*" + SUFFIX))


def find(kind: str, name: str) -> Path:
    """The packaged file of that name, or the file at that path: a name has neither a slash nor a suffix.

    Raises UserError for a name that is not packaged.
    """
    if is_path(name):
        return Path(name)
    path = packaged(kind) / (name + SUFFIX)
    if not path.is_file():
        raise UserError(f"{kind}: {name!r} is not there; expected {', '.join(names(kind))} or the path of a file")
    return path


def is_path(name: str) -> bool:
    """Whether this names a file and not what is packaged."""
    return "/" in name or Path(name).suffix in (SUFFIX, ".yml")


def read(path: Path, struct: type[T]) -> T:
    """Read one file. Raises UserError for a file that cannot be read, is no YAML or does not fit the struct."""
    try:
        root = _compose(path.read_bytes())
        value = _value(root)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise UserError(f"{path}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}") from error
    try:
        return msgspec.convert(value, struct, strict=False)
    except msgspec.ValidationError as error:
        from wizfi_emu.userfiles.errors import explain  # only a wrong file pays for the words

        # Not chained: the original message may quote a secret.
        raise UserError(f"{path}:{explain(str(error), root, struct)}") from None


def _compose(data: bytes) -> yaml.Node:
    loader = _Loader(data)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    # A file without any content is an empty mapping: every key has its default.
    return root if root is not None else yaml.MappingNode("", [], yaml.Mark("", 0, 0, 0, None, 0))


def _value(node: yaml.Node, inside: tuple[yaml.Node, ...] = ()) -> object:
    """The node as text, list or dict. PyYAML's own construction takes the last of two equal keys without a word."""
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if any(node is outer for outer in inside):
        raise yaml.MarkedYAMLError(problem="recursive alias", problem_mark=node.start_mark)
    inside = (*inside, node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, inside) for item in node.value]
    result: dict[object, object] = {}
    for key, value in node.value:
        if key.value in result if isinstance(key, yaml.ScalarNode) else True:
            problem = f"{key.value}: this key is there twice" if isinstance(key, yaml.ScalarNode) else "a key of parts"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        result[key.value] = _value(value, inside)
    return result
