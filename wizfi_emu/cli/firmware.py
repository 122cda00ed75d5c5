"""``wizfi-emu firmware``: which personalities there are, and what they do differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.firmware import Firmware
    from wizfi_emu.firmware.differences import Change

WIDTH_OF_SHORT_VALUES = 16


@click.group(name="firmware", no_args_is_help=False)
def command() -> None:
    """List, show and compare firmware personalities.

    A personality is a YAML file of named switches, each something that a host can notice. One that inherits from
    another says only what is different; --firmware takes such a file too.

    \b
    Example: what changes for a host that was written against the guide
        wizfi-emu firmware diff guide 1.0.5.2
    """


@command.command(name="list")
def list_() -> None:
    """List the personalities; the first is the default.

    \b
    Example:
        wizfi-emu firmware list
    """
    from wizfi_emu.firmware.load import list_firmware, load_firmware

    personalities = [load_firmware(name) for name in list_firmware()]
    width = max(len(one.name) for one in personalities)
    for one in personalities:
        click.echo(f"{one.name:{width}}  {one.description}")


@command.command()
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Show the value of every switch; the output is a personality file.

    \b
    Example: a personality of your own
        wizfi-emu firmware show 1.0.5.2 > mine.yaml
        wizfi-emu run --firmware mine.yaml
    """
    import msgspec

    from wizfi_emu.firmware.load import load_firmware

    for switch, value in msgspec.structs.asdict(load_firmware(name)).items():
        click.echo(f"{switch}: {print_value(value)}")


@command.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
def diff(before: str, after: str) -> None:
    """Show what a host notices when personality B takes the place of A.

    The first column is the row of the table of known differences between the guide and firmware 1.0.5.2.

    \b
    Example:
        wizfi-emu firmware diff guide 1.0.5.2
    """
    from wizfi_emu.firmware.differences import changes, load_differences
    from wizfi_emu.firmware.load import load_firmware

    one, other = load_firmware(before), load_firmware(after)
    found = changes(one, other, load_differences())
    commands = [line for pair in ((one, other), (other, one)) for line in print_own_commands(*pair)]
    if not found and not commands:
        click.echo(f"{one.name} and {other.name} are the same to a host")
        return
    for line in (print_changes(found, one.name, other.name) if found else []) + commands:
        click.echo(line)


def print_own_commands(firmware: Firmware, other: Firmware) -> list[str]:
    """A line with the command words that the first personality knows and the other one does not."""
    from wizfi_emu.commands import command_words

    known_to_other = {word for word, _ in command_words(other)}
    own = [f"AT{word.decode()}" for word, _ in command_words(firmware) if word not in known_to_other]
    return [f"only {firmware.name} knows {', '.join(own)}"] if own else []


def print_changes(changes: list[Change], before: str, after: str) -> list[str]:
    """A table with a line for each switch; values that are too long for a column stand below it."""
    switch_width = max(len(change.switch) for change in changes)
    width = max(WIDTH_OF_SHORT_VALUES, len(before), len(after))
    lines = [f"{'row':4}  {'switch':{switch_width}}  {before:{width}}  {after:{width}}  topic"]
    for change in changes:
        old, new = print_value(change.before), print_value(change.after)
        fits = max(len(old), len(new)) <= width
        cells = (old, new) if fits else ("", "")
        line = f"{change.row:4}  {change.switch:{switch_width}}  {cells[0]:{width}}  {cells[1]:{width}}  {change.topic}"
        lines.append(line.rstrip())
        if not fits:
            lines += [f"{'':6}{before:{width}}  {old}", f"{'':6}{after:{width}}  {new}"]
    return lines


def print_value(value: object) -> str:
    """A value as YAML takes it."""
    import json

    return json.dumps(value, ensure_ascii=False)
