"""YAML files that users write, read into msgspec structs, with errors that name file, line, key and expectation.

Every scalar is read as text and converted by the type of its field, so a key of ``01234567`` keeps its zero and an
SSID of ``yes`` or ``12:30:00`` stays what it says. Errors never repeat the value of a secret.
"""

import re
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import yaml

from wizfi_emu.errors import UserError
from wizfi_emu.userfiles.bykey import convert
from wizfi_emu.userfiles.packaged import packaged

T = TypeVar("T", bound=msgspec.Struct)

SUFFIX = ".yaml"

FILE_BYTES_MAX = 4 * 1024 * 1024
"""A scenario made of a long capture has less than a tenth of it."""
DEPTH_MAX = 50
"""Lists and mappings in each other. The deepest files that make sense have ten."""
VALUES_BYTES_MAX = 32 * 1024 * 1024
NODE_BYTES = 64
"""All values, each with this much beside its text. Aliases can repeat a small file's without end."""

_FAR_RIGHT = re.compile(rb"^[-?: ]{%d}" % (DEPTH_MAX // 4), re.MULTILINE)
TOO_DEEP = f"more than {DEPTH_MAX} levels of nesting"

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
        raise UserError(f"{kind}: {name!r} not found; expected {', '.join(names(kind))} or the path of a file")
    return path


def is_path(name: str) -> bool:
    """Whether this names a file and not what is packaged."""
    return "/" in name or Path(name).suffix in (SUFFIX, ".yml")


def beside(folder: Path, name: str) -> str:
    """The path of a file that another file in this folder names; the name of what is packaged stays a name."""
    return str(folder / name) if is_path(name) else name


def read(path: Path, struct: type[T]) -> T:
    """Read one file. Raises UserError for a file that cannot be read, is no YAML or does not fit the struct."""
    try:
        return _read(path, struct)
    except UserError as error:
        raise UserError(str(error)) from None  # not chained: the original message may quote a secret


def _read(path: Path, struct: type[T]) -> T:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise UserError(f"{path}: longer than {FILE_BYTES_MAX} bytes")
        root = _compose(data)
        value = _Values().value_of(root)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark is not None else ""
        raise UserError(f"{path}{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}") from error
    try:
        return convert(value, struct)
    except msgspec.ValidationError as error:
        from wizfi_emu.userfiles.errors import explain  # only a wrong file pays for the words

        raise UserError(f"{path}:{explain(str(error), root, struct)}") from error


def _compose(data: bytes) -> yaml.Node:
    _check_depth(data)
    loader = _Loader(data)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    # A file without any content is an empty mapping: every key has its default.
    return root if root is not None else yaml.MappingNode("", [], yaml.Mark("", 0, 0, 0, None, 0))


def _check_depth(data: bytes) -> None:
    """Refuse what is nested too deeply, before PyYAML follows it down on the stack.

    Most files are flat at a glance: each level takes a bracket, or the beginning of a line further to the right.
    """
    if data.count(b"[") + data.count(b"{") < DEPTH_MAX // 2 and not _FAR_RIGHT.search(data):
        return
    depth = 0
    for event in yaml.parse(data, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise yaml.MarkedYAMLError(problem=TOO_DEEP, problem_mark=cast("yaml.Mark", event.start_mark))


class _Values:
    """Makes text, lists and dicts of nodes.

    PyYAML's own construction takes the last of two equal keys without a word.
    """

    def __init__(self) -> None:
        self._room = VALUES_BYTES_MAX

    def value_of(self, node: yaml.Node, inside: tuple[yaml.Node, ...] = ()) -> object:
        self._room -= NODE_BYTES + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        if self._room < 0:
            raise _mistake(node, "too many values after aliases are expanded")
        if isinstance(node, yaml.ScalarNode):
            return node.value
        if any(node is outer for outer in inside):
            raise _mistake(node, "recursive alias")
        if len(inside) >= DEPTH_MAX:
            raise _mistake(node, TOO_DEEP)
        inside = (*inside, node)
        if isinstance(node, yaml.SequenceNode):
            return [self.value_of(item, inside) for item in node.value]
        result: dict[object, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _mistake(key, "a key that is not plain text")
            if key.value in result:
                raise _mistake(key, f"{key.value}: duplicate key")
            result[key.value] = self.value_of(value, inside)
        return result


def _mistake(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
