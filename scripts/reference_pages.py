"""The reference: every command with its options, and every file with its keys, from what the program itself uses."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import NamedTuple

import click
from msgspec import Struct

from wizfi_emu.air.world import World
from wizfi_emu.cli.app import app
from wizfi_emu.device.fleet import Fleet
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.timing import Timing
from wizfi_emu.userfiles.schema import schema_of

OPTION_HEADER = ("option", "meaning", "default")
KEY_HEADER = ("key", "value", "default", "meaning")
_ANY_TEXT = {"string", "number", "boolean"}


class Command(NamedTuple):
    """One command: its words, what its help says, and the rows of its options."""

    words: str
    arguments: str
    summary: str
    options: list[tuple[str, ...]]


class File(NamedTuple):
    """A kind of file that people write."""

    title: str
    about: str
    struct: type[Struct]


FILES = (
    File("Worlds", "`wizfi-emu run --world FILE`; [worlds](worlds.md) tells more.", World),
    File("Fleets", "`wizfi-emu run --fleet FILE`; [worlds](worlds.md#several-modules) tells more.", Fleet),
    File("Timings", "`wizfi-emu run --timing FILE`; [time](time.md) tells more.", Timing),
    File(
        "Scenarios",
        "`wizfi-emu scenario run FILE`; [faults and scenarios](faults-and-scenarios.md) tells more.",
        Scenario,
    ),
)


def commands(command: click.Command = app, words: str = "wizfi-emu") -> Iterator[Command]:
    """A command and those below it, in the order of the help pages."""
    context = click.Context(command, info_name=words)
    arguments = " ".join(param.make_metavar(context) for param in command.params if isinstance(param, click.Argument))
    options = [
        _option_row(param, context) for param in command.params if isinstance(param, click.Option) and not param.hidden
    ]
    yield Command(words, arguments, _summary(command), options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, f"{words} {name}")


def _summary(command: click.Command) -> str:
    """The help text up to its example, without the marks that keep click from wrapping."""
    text = inspect.cleandoc(command.help or "").partition("\b")[0]
    return _escaped("\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip()))


def _option_row(param: click.Option, context: click.Context) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
    taking = "" if param.is_flag or param.count else f" `{param.make_metavar(context)}`"
    value = param.default
    shown = "" if value in (None, "", False, ()) or callable(value) or param.count or param.multiple else f"`{value}`"
    if "UNSET" in shown.upper():  # click's mark for an option without a default
        shown = ""
    return names + taking, _escaped(param.help or ""), shown


def sections(file: File) -> Iterator[tuple[str, str, list[tuple[str, ...]]]]:
    """The parts of a file: name, what it is, and the rows of its keys. The file itself comes first."""
    schema = schema_of(file.struct, file.title)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    for name, definition in definitions.items():
        required = definition.get("required", ())
        rows = [
            (
                f"`{key}`",
                _kind(about),
                "**required**" if key in required else _default(about),
                _escaped(about.get("description", "")),
            )
            for key, about in definition["properties"].items()
        ]
        yield name, _escaped(definition["description"]), rows


def _default(about: dict[str, object]) -> str:
    value = about.get("default")
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if isinstance(value, int | float) or (isinstance(value, str) and value) else ""


def _kind(about: dict[str, object]) -> str:
    """A value in the words of people who write files."""
    if "$ref" in about:
        return _link(str(about["$ref"]))
    for word in ("anyOf", "oneOf"):
        if isinstance(kinds := about.get(word), list):
            shown = dict.fromkeys(_kind(kind) for kind in kinds if kind.get("type") != "null")
            return " or ".join(shown)
    if isinstance(values := about.get("enum"), list):
        return ", ".join(f"`{value}`" for value in values)
    if "const" in about:
        return f"`{about['const']}`"
    kind = about.get("type")
    if kind == "array":
        items = about.get("items")
        return f"list of {_kind(items)}" if isinstance(items, dict) and items else "list"
    if kind == "object":
        values = about.get("additionalProperties")
        return f"names, each with {_kind(values)}" if isinstance(values, dict) and values else "keys"
    if isinstance(kind, list):
        return "text" if set(kind) >= _ANY_TEXT else " or ".join(str(one) for one in kind)
    return {"integer": "whole number", "number": "number", "boolean": "`true` or `false`", "string": "text"}.get(
        str(kind), "any value"
    ) + _range(about)


def _range(about: dict[str, object]) -> str:
    low = about.get("minimum", about.get("exclusiveMinimum"))
    high = about.get("maximum", about.get("exclusiveMaximum"))
    match low, high:
        case None, None:
            return ""
        case _, None:
            return f", more than {low}" if "exclusiveMinimum" in about else f", {low} or more"
        case None, _:
            return f", {high} at most"
    return f", {low} to {high}"


def _link(reference: str) -> str:
    name = reference.rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*") if "`" not in text else text
