"""``wizfi-emu world``: which worlds there are, what can be in one, and whether a world file is right."""

from collections.abc import Mapping, Sized
from pathlib import Path

import click


@click.group(name="world", no_args_is_help=False)
def command() -> None:
    """List, show and check worlds: what the radio sees.

    A world is a YAML file of access points, names, peers and rules for host addresses; --world takes a name or such a
    file.

    \b
    Example: a world of your own
        wizfi-emu world show demo > mine.yaml
        wizfi-emu world check mine.yaml
        wizfi-emu run --world mine.yaml
    """


@command.command(name="list")
def list_() -> None:
    """List the worlds that come with the program.

    \b
    Example:
        wizfi-emu world list
    """
    from wizfi_emu.air.load import load_world, world_names

    names = world_names()
    width = max(map(len, names))
    for name in names:
        click.echo(f"{name:{width}}  {load_world(name).description}".rstrip())


@command.command()
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Show a world file.

    \b
    Example:
        wizfi-emu world show demo
    """
    from wizfi_emu import userfiles
    from wizfi_emu.air.load import load_world

    load_world(name)
    click.echo(userfiles.find("worlds", name).read_text(), nl=False)


@command.command()
@click.option("--fleet", is_flag=True, help="The schema of fleet files (wizfi-emu run --fleet).")
def schema(fleet: bool) -> None:
    """Print the JSON Schema of world files.

    Editors that know it complete keys, explain them and mark mistakes. For most of them a first line
    "# yaml-language-server: $schema=world.schema.json" in the world file is enough.

    \b
    Example:
        wizfi-emu world schema > world.schema.json
    """
    import json

    from wizfi_emu.air.world import World
    from wizfi_emu.device.fleet import Fleet
    from wizfi_emu.userfiles.schema import schema_of

    found = schema_of(Fleet, "A fleet of wizfi-emu") if fleet else schema_of(World, "A world of wizfi-emu")
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a world file.

    The exit status is 0, or 2 after one line about the first mistake: file, line, key, and what was expected.

    \b
    Example:
        wizfi-emu world check mine.yaml
    """
    from wizfi_emu import userfiles
    from wizfi_emu.air.world import World

    world = userfiles.read(file, World)
    contents = {
        "access point": world.access_points,
        "name": world.names,
        "station": world.stations,
        "Wi-Fi Direct device": world.p2p_peers,
        "host rule": world.host.rules,
    }
    echo_contents(file, contents)


def echo_contents(file: Path, contents: Mapping[str, Sized]) -> None:
    """Say how many there are of what a file that is right holds."""
    counts = [f"{len(things)} {word}{'' if len(things) == 1 else 's'}" for word, things in contents.items() if things]
    click.echo(f"{file}: {', '.join(counts) or 'empty'}")
