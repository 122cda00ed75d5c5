"""``wizfi-emu scenario``: a module, its world, its peers and its host out of one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.scenario.model import Scenario
    from wizfi_emu.scenario.report import Report

EXIT_FAILED = 1


@click.group(name="scenario", no_args_is_help=False)
def command() -> None:
    """Play scenarios against a module, and check them.

    They say what a host and the world do to it, what goes wrong, and what is expected: steps, peers on the network and
    faults in a YAML file, which docs/faults-and-scenarios.md describes.

    \b
    Example: one's own host program while connections break
        wizfi-emu scenario run reconnect.yaml --exec "./host {port}" --junit report.xml
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--exec", "program", metavar="CMD", help="The host program; {port} is what it opens.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the report as JUnit XML too.")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Record every event and effect.")
@click.option("--force", is_flag=True, help="Overwrite a recording that is there.")
@click.option("--seed", type=int, metavar="N", help="The seed of every chance, in place of the file's.")
@click.option("--virtual", is_flag=True, help="In virtual time, without real sockets and devices.")
@click.option("--lockstep", is_flag=True, help="In one virtual time with the host program.")
@click.option("-v", "--verbose", count=True, help="Log what the module does; more with -vv.")
def run(
    file: Path,
    program: str | None,
    junit: Path | None,
    record: Path | None,
    force: bool,
    seed: int | None,
    virtual: bool,
    lockstep: bool,
    verbose: int,
) -> int:
    """Play a scenario and report what came of it.

    The exit status is 0 when everything came as expected, 1 when something did not, and 2 for a wrong file. {port}
    stands for the serial device, {address} for the module's host address, {NAME.port} for the port of a peer. A program
    of --exec runs in the present directory, one of the file in the file's.

    \b
    Example: the same in virtual time, with another seed
        wizfi-emu scenario run lossy.yaml --virtual --seed 7

    \b
    Example: a host program that sleeps and waits in virtual time
        wizfi-emu scenario run reconnect.yaml --lockstep --exec "python3 host.py {port}"
    """
    from wizfi_emu.scenario.model import check_scenario, read_scenario

    scenario = read_scenario(file)
    check_scenario(scenario)
    directory = file.parent
    if program is not None:
        scenario, directory = _with_program(scenario, program), Path()
    seed = scenario.seed if seed is None else seed
    if virtual and lockstep:
        raise click.UsageError("--virtual and --lockstep exclude each other")
    if virtual:
        from wizfi_emu.scenario.virtual import run_virtually

        report = run_virtually(scenario, seed, record=record, overwrite=force)
    elif lockstep:
        from wizfi_emu.scenario.lockstep import run_in_lockstep

        report = run_in_lockstep(scenario, seed, directory, record=record, overwrite=force)
    else:
        report = _run_live(scenario, seed, directory, record, force, verbose)
    for line in report.lines(str(file)):
        click.echo(line)
    if junit is not None:
        from wizfi_emu.recording.files import write_file

        write_file(junit, report.junit(file.stem))
    return 0 if report.passed else EXIT_FAILED


def _with_program(scenario: Scenario, program: str) -> Scenario:
    import msgspec

    from wizfi_emu.scenario.model import Exec

    if not program.strip():
        raise click.BadParameter("expected a program", param_hint="'--exec'")
    known = scenario.host if isinstance(scenario.host, Exec) else Exec(program)
    return msgspec.structs.replace(scenario, host=msgspec.structs.replace(known, command=program))


def _run_live(scenario: Scenario, seed: int, directory: Path, record: Path | None, force: bool, verbose: int) -> Report:
    import trio

    from wizfi_emu.cli.run import end_on_signal, log_to_stderr
    from wizfi_emu.scenario.live import run_live

    async def play() -> Report | None:
        report = None
        async with trio.open_nursery() as nursery:
            await nursery.start(end_on_signal, nursery.cancel_scope)
            report = await run_live(scenario, seed, directory, record, overwrite=force)
            nursery.cancel_scope.cancel()
        return report

    log_to_stderr(verbose - 1)
    report = trio.run(play)
    if report is None:
        raise KeyboardInterrupt
    return report


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a scenario file.

    The exit status is 0, or 2 after one line with the place of the first mistake.

    \b
    Example:
        wizfi-emu scenario check lossy.yaml
    """
    from wizfi_emu.cli.world import echo_contents
    from wizfi_emu.scenario.model import check_scenario, read_scenario

    scenario = read_scenario(file)
    check_scenario(scenario)
    contents = {"step": scenario.steps, "block": scenario.blocks, "fault": scenario.faults, "peer": scenario.peers}
    echo_contents(file, contents)


@command.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for an editor that completes and checks.

    With the YAML language server, the line "# yaml-language-server: $schema=scenario.schema.json" in the scenario is
    enough.

    \b
    Example:
        wizfi-emu scenario schema > scenario.schema.json
    """
    import json

    from wizfi_emu.scenario.model import Scenario
    from wizfi_emu.userfiles.schema import schema_of

    click.echo(json.dumps(schema_of(Scenario, "A scenario of wizfi-emu"), indent=2))
