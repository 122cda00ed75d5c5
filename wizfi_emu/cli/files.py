"""What the commands about user files have in common: worlds, timings, scenarios."""

from collections.abc import Callable, Iterable, Mapping, Sized
from pathlib import Path
from typing import Protocol

import click
from msgspec import Struct


class Described(Protocol):
    """What a file was read into."""

    @property
    def description(self) -> str: ...


def echo_list(names: Iterable[str], load: Callable[[str], Described]) -> None:
    """The files that come with the program, with what they say of themselves."""
    descriptions = {name: load(name).description for name in names}
    width = max(map(len, descriptions))
    for name, description in descriptions.items():
        click.echo(f"{name:{width}}  {description}".rstrip())


def echo_file(kind: str, name: str) -> None:
    """A file as it stands, one that comes with the program or one's own."""
    from wizfi_emu import userfiles

    click.echo(userfiles.find(kind, name).read_text(), nl=False)


def echo_schema(struct: type[Struct], title: str) -> None:
    """The JSON Schema of the files that are read into a struct."""
    import json

    from wizfi_emu.userfiles.schema import schema_of

    click.echo(json.dumps(schema_of(struct, title), indent=2, ensure_ascii=False))


def echo_contents(file: Path, contents: Mapping[str, Sized]) -> None:
    """Say how many there are of what a file that is right holds."""
    counts = [f"{len(things)} {word}{'' if len(things) == 1 else 's'}" for word, things in contents.items() if things]
    click.echo(f"{file}: {', '.join(counts) or 'empty'}")
