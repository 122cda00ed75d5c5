"""``wizfi-emu timing``: which timings there are, what can be in one, and whether a timing file is right."""

from pathlib import Path

import click

from wizfi_emu.cli.files import echo_file, echo_list, echo_schema


@click.group(name="timing", no_args_is_help=False)
def command() -> None:
    """List, show and check timings: what the module takes time for.

    A timing is a YAML file of delays and costs; --timing takes a name or such a file.

    \b
    Example: a timing of your own
        wizfi-emu timing show realtime > mine.yaml
        wizfi-emu timing check mine.yaml
        wizfi-emu run --timing mine.yaml
    """


@command.command(name="list")
def list_() -> None:
    """List the timings that come with the program.

    \b
    Example:
        wizfi-emu timing list
    """
    from wizfi_emu.timing import load_timing, timing_names

    echo_list(timing_names(), load_timing)


@command.command()
@click.argument("name", metavar="NAME|FILE")
def show(name: str) -> None:
    """Show a timing file.

    \b
    Example:
        wizfi-emu timing show realtime
    """
    from wizfi_emu.timing import load_timing

    load_timing(name)
    echo_file("timing", name)


@command.command()
def schema() -> None:
    """Print the JSON Schema of timing files.

    Editors that know it complete keys, explain them and mark mistakes. For most of them a first line
    "# yaml-language-server: $schema=timing.schema.json" in the timing file is enough.

    \b
    Example:
        wizfi-emu timing schema > timing.schema.json
    """
    from wizfi_emu.timing import Timing

    echo_schema(Timing, "A timing of wizfi-emu")


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a timing file.

    The exit status is 0, or 2 after one line about the first mistake: file, line, key, and what was expected.

    \b
    Example:
        wizfi-emu timing check mine.yaml
    """
    from wizfi_emu import userfiles
    from wizfi_emu.timing import Timing

    timing = userfiles.read(file, Timing)
    others = [
        f"{key} {getattr(timing, key):g}"
        for key in timing.__struct_fields__
        if key not in ("description", "paced") and getattr(timing, key) != getattr(Timing(), key)
    ]
    click.echo(f"{file}: {', '.join(['paced' if timing.paced else 'not paced', *others])}")
