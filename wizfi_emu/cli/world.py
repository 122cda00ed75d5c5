"""``wizfi-emu world``: which worlds there are, and whether a world file is right."""

from __future__ import annotations

from pathlib import Path

import click


@click.group(name="world", no_args_is_help=False)
def command() -> None:
    """List, show and check worlds: what the module's radio sees.

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
    from wizfi_emu import userfile
    from wizfi_emu.air.load import load_world

    load_world(name)
    click.echo(userfile.find("worlds", name).read_text(), nl=False)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a world file.

    The exit status is 0, or 2 after one line with the place of the first mistake.

    \b
    Example:
        wizfi-emu world check mine.yaml
    """
    from wizfi_emu import userfile
    from wizfi_emu.air.world import World

    world = userfile.read(file, World)
    counts = [
        f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
        for things, word in (
            (world.access_points, "access point"),
            (world.names, "name"),
            (world.stations, "station"),
            (world.p2p_peers, "Wi-Fi Direct device"),
            (world.host.rules, "host rule"),
        )
        if things
    ]
    click.echo(f"{file}: {', '.join(counts) or 'empty'}")
