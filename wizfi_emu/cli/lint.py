"""``wizfi-emu lint``: mistakes of a host, in what was recorded of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

if TYPE_CHECKING:
    from wizfi_emu.lint.findings import Finding

EXIT_FOUND = 1
KINDS = ("auto", "recording", "log", "csv")


Kind = Literal["auto", "recording", "log", "csv"]


class RuleName(click.ParamType[str]):
    """The name of a rule."""

    name = "RULE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from wizfi_emu.lint.rules import NAMES

        if value not in NAMES:
            self.fail(f"there is no rule {value!r}; expected one of {', '.join(NAMES)}", param, ctx)
        return value


@click.command(name="lint")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--rule", "only", multiple=True, type=RuleName(), help="Look for this mistake alone; may be repeated.")
@click.option("--without", multiple=True, type=RuleName(), help="Do not look for this mistake; may be repeated.")
@click.option("--format", "kind", type=click.Choice(KINDS), default="auto", help="What a file is.")
@click.option("--no-echo", is_flag=True, help="A log shows what was typed, the module did not echo it.")
@click.option("--host", default="", metavar="NAME", help="What a table calls the direction of the host.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--list", "list_", is_flag=True, help="Print the rules, and who says so.")
def command(
    files: tuple[Path, ...],
    only: tuple[str, ...],
    without: tuple[str, ...],
    kind: Kind,
    no_echo: bool,
    host: str,
    as_json: bool,
    list_: bool,
) -> int:
    """Find mistakes of hosts in recordings and logs.

    They are mistakes in how a host uses the protocol, and nothing has to have gone wrong yet. Each finding is a line
    with the time in seconds, the rule, what is wrong and the bytes. The exit status is 0 when nothing was found, 1 when
    something was, and 2 for a file that cannot be read. Logs and tables are those that `wizfi-emu record import`
    reads; one without times shows fewer mistakes.

    \b
    Example:
        wizfi-emu run --record session.jsonl
        wizfi-emu lint session.jsonl --without flash-worn
    """
    from wizfi_emu.lint.rules import NAMES

    if list_:
        _list_rules(as_json)
        return 0
    if not files:
        raise click.UsageError("Missing argument 'FILE...'.")
    rules = [name for name in only or NAMES if name not in without]
    found = [(file, finding) for file in files for finding in _look_at(file, rules, kind, echo=not no_echo, host=host)]
    if as_json:
        _print_json(found)
    else:
        for file, finding in found:
            click.echo(f"{file}: {finding.line()}")
        click.echo(f"{len(found) or 'no'} mistake{'' if len(found) == 1 else 's'} found, {len(rules)} rules")
    return EXIT_FOUND if found else 0


def _look_at(file: Path, rules: list[str], kind: Kind, *, echo: bool, host: str) -> list[Finding]:
    from wizfi_emu.lint.search import find_in_recording, find_mistakes
    from wizfi_emu.recording.files import read_file
    from wizfi_emu.recording.format import decode_recording, is_recording
    from wizfi_emu.scenario.importing.session import kind_of, read_session

    data = read_file(file)
    if kind == "recording" or (kind == "auto" and is_recording(data)):
        return find_in_recording(decode_recording(data, str(file)), rules=rules)
    from wizfi_emu.cli.record import tell_left_out

    session = read_session(data, str(file), kind_of(file.name) if kind == "auto" else kind, echo=echo, host=host)
    tell_left_out(file, session.left_out)
    return find_mistakes(session.items(), paced=False, rules=rules)


def _list_rules(as_json: bool) -> None:
    import json

    from wizfi_emu.lint.rules import RULES

    rows = [{"rule": rule.name, "sentence": rule.sentence, "source": rule.source} for rule in RULES]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['rule']}: {row['sentence']} ({row['source']})")


def _print_json(found: list[tuple[Path, Finding]]) -> None:
    import json

    rows = [
        {
            "file": str(file),
            "time_us": finding.time_us,
            "rule": finding.rule,
            "text": finding.text,
            "bytes": finding.data.decode("latin-1"),
        }
        for file, finding in found
    ]
    click.echo(json.dumps(rows, indent=2))
