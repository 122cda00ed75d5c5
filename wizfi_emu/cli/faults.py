"""``wizfi-emu ctl fault``: faults of a running module, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from wizfi_emu.errors import UserError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem
    from msgspec import Struct

    from wizfi_emu.control.client import Client

Connect = Callable[[], "Client"]
Definition = dict[str, Any]
"""A part of a JSON schema."""


COMPLETION_LIMIT_S = 1.0
"""Who presses the tabulator does not wait longer for the module."""


class FaultWord(click.ParamType[str]):
    """The word of a fault. What is none is refused by the check that files have, too."""

    name = "FAULT"

    def convert(self, value: str, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        return value

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(one.word, help=one.sentence) for one in kinds() if one.word.startswith(incomplete)]


class Setting(click.ParamType[str]):
    """``KEY=VALUE`` of a fault."""

    name = "KEY=VALUE"

    def convert(self, value: str, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        return value

    def shell_complete(self, ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        kind = next((one for one in kinds() if one.word == ctx.params.get("word")), None)
        offers = [
            CompletionItem(f"{key.name}={value}", help=key.meaning)
            for key in (kind.keys if kind is not None else ())
            for value in (key.values or ("",))
        ]
        return [offer for offer in offers if offer.value.startswith(incomplete)]


class FaultName(click.ParamType[str]):
    """The name of a fault that is set."""

    name = "NAME"

    def convert(self, value: str, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        return value

    def shell_complete(self, ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from wizfi_emu.control.client import Client, find_target

        group = ctx
        while "control" not in group.params and group.parent is not None:
            group = group.parent
        try:
            target = find_target(group.params.get("link"), group.params.get("control"))
            found = _faults_of(Client(target, COMPLETION_LIMIT_S).get("/api/faults"))
        except UserError:
            return []  # no module runs, or several do
        return [CompletionItem(one["name"]) for one in found if str(one["name"]).startswith(incomplete)]


class Key(NamedTuple):
    """A key of a fault: what it may be, in words, and what it is without it; ``values`` are all that there are."""

    name: str
    expected: str
    default: str
    meaning: str
    values: tuple[str, ...] = ()


class Kind(NamedTuple):
    """A fault that can be set."""

    word: str
    sentence: str
    keys: tuple[Key, ...]


def kinds() -> list[Kind]:
    """All faults, with their own keys first and those of every fault behind them."""
    from typing import cast, get_args

    from wizfi_emu.faults.model import BaseFault, Fault, When
    from wizfi_emu.userfiles.schema import schema_of

    def definition_of(kind: type[Struct]) -> Definition:
        definitions = schema_of(kind, "")["$defs"]
        assert isinstance(definitions, dict)
        return cast("Definition", definitions[kind.__name__])

    moment = [key._replace(name=f"when.{key.name}") for key in _keys(definition_of(When))]
    common = _keys(definition_of(BaseFault))
    shared = {key.name for key in common}
    found = []
    for kind in get_args(Fault):
        definition = definition_of(kind)
        own = [key for key in _keys(definition) if key.name not in shared]
        every = [key for key in common if key.name != "when" and (kind.lasts or key.name != "for")]
        word = str(kind.__struct_config__.tag)
        found.append(Kind(word, str(definition["description"]), (*own, *every, *moment)))
    return found


def _keys(definition: Definition) -> list[Key]:
    required = definition.get("required", ())
    return [
        Key(
            key,
            _expected(about),
            "required" if key in required else _default(about.get("default")),
            about.get("description", ""),
            tuple(_words(about)),
        )
        for key, about in definition["properties"].items()
        if key != "fault"
    ]


def _part(about: Definition) -> Definition:
    """What a key that may be absent is when it is there."""
    choices = about.get("anyOf")
    if isinstance(choices, list):
        return next((one for one in choices if one.get("type") != "null"), about)
    return about


def _words(about: Definition) -> list[str]:
    """All that a key may be, if these are some words."""
    part = _part(about)
    return ["true", "false"] if part.get("type") == "boolean" else [str(value) for value in part.get("enum", ())]


def _expected(about: Definition) -> str:
    part, words = _part(about), _words(about)
    if words:
        return ", ".join(words)
    if part.get("type") in ("integer", "number"):
        low, high = part.get("minimum"), part.get("maximum")
        number = "a whole number" if part["type"] == "integer" else "a number"
        return number if low is None else f"{low} or more" if high is None else f"{low} to {high}"
    return "text"


def _default(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


@click.group(no_args_is_help=False)
def fault() -> None:
    """Inject faults: radio, network, serial line, power supply.

    \b
    Example: refuse the module's connects for ten seconds, then have a look
        wizfi-emu ctl fault start tcp-refuse for=10
        wizfi-emu ctl fault list
    """


@fault.command(name="kinds")
@click.argument("word", type=FaultWord(), required=False, metavar="[FAULT]")
@click.option("--json", "as_json", is_flag=True, help="As JSON, all keys included.")
def list_kinds(word: str | None, as_json: bool) -> None:
    """List the faults that there are, or the keys of one.

    \b
    Example: what is there, and how is a connection cut?
        wizfi-emu ctl fault kinds
        wizfi-emu ctl fault kinds tcp-cut
    """
    import json

    from wizfi_emu.control.typedfault import read_fault

    found = kinds()
    if word is not None:
        found = [one for one in found if one.word == word]
        if not found:
            read_fault({"fault": word})
    if as_json:
        shown = [{**one._asdict(), "keys": [key._asdict() for key in one.keys]} for one in found]
        click.echo(json.dumps(shown, indent=2))
    elif word is None:
        print_table([("FAULT", "WHAT GOES WRONG"), *((one.word, one.sentence) for one in found)])
    else:
        [one] = found
        click.echo(f"{one.word}: {one.sentence}\n")
        rows = [(key.name, key.expected, key.default, key.meaning) for key in one.keys]
        print_table([("KEY", "EXPECTED", "WITHOUT IT", "MEANING"), *rows])


def print_table(rows: list[tuple[str, ...]]) -> None:
    """Print rows in columns; the last one is as wide as it is."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


@fault.command(name="start")
@click.argument("word", type=FaultWord(), metavar="FAULT")
@click.argument("settings", type=Setting(), nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the faults that are set, as JSON.")
@click.pass_obj
def start_fault(connect: Connect, word: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Set a fault, at once or with a trigger.

    The faults and their keys are those of scenario files, and 'wizfi-emu ctl fault kinds' lists them; when.KEY is a
    key of the moment.

    \b
    radio    ap-off key-changed dhcp-refuse dhcp-late lease-change
    network  dns-fail tcp-refuse tcp-reset tcp-half-close tcp-black-hole tcp-slow-read tcp-cut
             bandwidth latency udp-loss udp-duplicate udp-reorder
    lines    serial-loss serial-flip serial-delay serial-pieces wrong-baud strict-baud
             spi-loss spi-flip data-ready-stuck
    module   brown-out watchdog flash-fail

    \b
    Example: the supply fails in the middle of the second transmission
        wizfi-emu ctl fault start brown-out off_ms=200 when.pattern=AT+SSEND when.from=host when.nth=2
    """
    import msgspec

    from wizfi_emu.control.typedfault import read_fault

    body: dict[str, object] = {"fault": word}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise click.UsageError(f"{setting}: expected KEY=VALUE", click.get_current_context())
        inner, dot, name = key.partition(".")
        if dot:
            part = body.setdefault(inner, {})
            if not isinstance(part, dict):
                raise click.UsageError(f"{setting}: {inner} has a value already", click.get_current_context())
            part[name] = value
        else:
            body[key] = value
    checked = msgspec.to_builtins(read_fault(body))  # a mistake in the words is told first
    answer = connect().post("/api/faults", checked)
    if as_json:
        _print_json(answer)


@fault.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_obj
def list_faults(connect: Connect, as_json: bool) -> None:
    """List the faults that are set: whether each waits or is active, and how often it has struck.

    \b
    Example:
        wizfi-emu ctl fault list
    """
    answer = connect().get("/api/faults")
    if as_json:
        _print_json(answer)
        return
    rows = [(str(one["name"]), str(one["fault"]), str(one["state"]), str(one["hits"])) for one in _faults_of(answer)]
    if rows:
        print_table([("NAME", "FAULT", "STATE", "HITS"), *rows])


@fault.command(name="heal")
@click.argument("name", type=FaultName())
@click.option("--json", "as_json", is_flag=True, help="Print the faults that are left, as JSON.")
@click.pass_obj
def heal_fault(connect: Connect, name: str, as_json: bool) -> None:
    """End a fault, or cancel one that waits.

    \b
    Example:
        wizfi-emu ctl fault heal tcp-refuse
    """
    from urllib.parse import quote

    answer = connect().delete(f"/api/faults/{quote(name, safe='')}")
    if as_json:
        _print_json(answer)


def _faults_of(answer: object) -> list[dict[str, object]]:
    assert isinstance(answer, dict)
    return list(answer["faults"])


def _print_json(value: object) -> None:
    import json

    click.echo(json.dumps(value, indent=2))
