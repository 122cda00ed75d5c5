"""``wizfi-emu scenario``: a module, its world, its peers and its host out of one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizfi_emu.cli.files import echo_contents, echo_schema

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
@click.option("--firmware", metavar="all|A,B", help="With each of these in place of the file's; a row for each.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the report as JUnit XML too.")
@click.option("--json", "as_json", is_flag=True, help="Print a row for each personality as JSON.")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Record every event and effect.")
@click.option("--force", is_flag=True, help="Overwrite a recording that is there.")
@click.option("--seed", type=int, metavar="N", help="The seed of every chance, in place of the file's.")
@click.option("--virtual", is_flag=True, help="In virtual time, without real sockets and devices.")
@click.option("--lockstep", is_flag=True, help="In one virtual time with the host program.")
@click.option("-v", "--verbose", count=True, help="Log what the module does; more with -vv.")
def run(
    file: Path,
    program: str | None,
    firmware: str | None,
    junit: Path | None,
    as_json: bool,
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
    of --exec runs in the present directory, one of the file in the file's. --firmware all takes every version.

    \b
    Example: the same in virtual time, with another seed
        wizfi-emu scenario run lossy.yaml --virtual --seed 7

    \b
    Example: a host program that sleeps and waits in virtual time, with every firmware version
        wizfi-emu scenario run reconnect.yaml --lockstep --firmware all --exec "python3 host.py {port}"
    """
    from wizfi_emu.scenario.model import check_scenario, read_scenario

    scenario = read_scenario(file)
    check_scenario(scenario)
    scenario, directory = with_program(scenario, file, program)
    seed = scenario.seed if seed is None else seed
    if virtual and lockstep:
        raise click.UsageError("--virtual and --lockstep exclude each other")

    def play(scenario: Scenario) -> Report:
        if virtual:
            from wizfi_emu.scenario.virtual import run_virtually

            return run_virtually(scenario, seed, record=record, overwrite=force)
        if lockstep:
            from wizfi_emu.scenario.lockstep import run_in_lockstep

            return run_in_lockstep(scenario, seed, directory, record=record, overwrite=force)
        return _run_live(scenario, seed, directory, record, force, verbose)

    if firmware is None and not as_json:
        report = play(scenario)
        for line in report.lines(str(file)):
            click.echo(line)
        reports = [(file.stem, report)]
    else:
        reports = _play_matrix(scenario, firmware or scenario.module.firmware, play, record, as_json=as_json)
        reports = [(f"{file.stem} {name}", report) for name, report in reports]
    if junit is not None:
        from wizfi_emu.recording.files import write_file
        from wizfi_emu.scenario.report import junit_of

        write_file(junit, junit_of(reports))
    return 0 if all(report.passed for _, report in reports) else EXIT_FAILED


def _play_matrix(
    scenario: Scenario, firmware: str, play: Callable[[Scenario], Report], record: Path | None, *, as_json: bool
) -> list[tuple[str, Report]]:
    """Play a scenario with several personalities, and print a row as soon as it is there."""
    from wizfi_emu.scenario.matrix import Row, names_of, summary, with_firmware

    names = names_of(firmware)
    if record is not None and len(names) > 1:
        raise click.UsageError("--record is for one personality")
    width = max(map(len, names))
    rows = []
    for name in names:
        rows.append(Row(name, play(with_firmware(scenario, name))))
        if not as_json:
            click.echo(rows[-1].line(width))
    if as_json:
        import json

        click.echo(json.dumps([row.as_json() for row in rows], indent=2))
    else:
        for line in summary(rows):
            click.echo(line)
    return [(row.firmware, row.report) for row in rows]


def with_program(scenario: Scenario, file: Path, program: str | None) -> tuple[Scenario, Path]:
    """The scenario with its host program, or with that of --exec, and the directory where that runs."""
    import msgspec

    from wizfi_emu.scenario.model import Exec

    if program is None:
        directory = scenario.host.directory if isinstance(scenario.host, Exec) else ""
        return scenario, Path(directory or file.parent)
    if not program.strip():
        raise click.BadParameter("expected a program", param_hint="'--exec'")
    known = scenario.host if isinstance(scenario.host, Exec) else Exec(program)
    return msgspec.structs.replace(scenario, host=msgspec.structs.replace(known, command=program, directory="")), Path()


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
    from wizfi_emu.scenario.model import Scenario

    echo_schema(Scenario, "A scenario of wizfi-emu")
