"""``wizfi-emu world``: which worlds there are, what can be in one, and whether a world file is right."""

from pathlib import Path

import click

from wizfi_emu.cli.files import echo_contents, echo_file, echo_list, echo_schema


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

    echo_list(world_names(), load_world)


@command.command()
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Show a world file.

    \b
    Example:
        wizfi-emu world show demo
    """
    from wizfi_emu.air.load import load_world

    load_world(name)
    echo_file("worlds", name)


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
    from wizfi_emu.air.world import World
    from wizfi_emu.device.fleet import Fleet

    if fleet:
        echo_schema(Fleet, "A fleet of wizfi-emu")
    else:
        echo_schema(World, "A world of wizfi-emu")


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
