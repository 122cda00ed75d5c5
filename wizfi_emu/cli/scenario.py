"""``wizfi-emu scenario``: a module, its world, its peers and its host out of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizfi_emu.cli.files import echo_contents, echo_schema

if TYPE_CHECKING:
    from wizfi_emu.scenario.matrix import Row
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
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--exec", "program", metavar="CMD", help="The host program; {port} is what it opens.")
@click.option("--firmware", metavar="all|A,B", help="With each of these in place of the file's; a row for each.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the report as JUnit XML too.")
@click.option("--json", "as_json", is_flag=True, help="Print a row for each personality as JSON.")
@click.option(
    "--record", type=click.Path(path_type=Path), metavar="FILE|DIR", help="Record every event and effect, and the line."
)
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE|DIR", help="Draw the run as a page.")
@click.option("--force", is_flag=True, help="Overwrite a recording that is there.")
@click.option("--seed", type=int, metavar="N", help="The seed of every chance, in place of the file's.")
@click.option("--virtual", is_flag=True, help="In virtual time, without real sockets and devices.")
@click.option("--lockstep", is_flag=True, help="In one virtual time with the host program.")
@click.option("-v", "--verbose", count=True, help="Log what the module does; more with -vv.")
def run(
    files: tuple[Path, ...],
    program: str | None,
    firmware: str | None,
    junit: Path | None,
    as_json: bool,
    record: Path | None,
    report: Path | None,
    force: bool,
    seed: int | None,
    virtual: bool,
    lockstep: bool,
    verbose: int,
) -> int:
    """Play scenarios and report what came of them.

    Of a folder all scenarios in it are played. The exit status is 0 when everything came as expected, 1 when something
    did not, and 2 for a wrong file. {port} stands for the serial device, {address} for the module's host address,
    {NAME.port} for the port of a peer. A program of --exec runs in the present directory, one of the file in the
    file's. --firmware all takes every version. With several runs --record and --report name folders.

    \b
    Example: the same in virtual time, with another seed
        wizfi-emu scenario run lossy.yaml --virtual --seed 7

    \b
    Example: a host program that sleeps and waits in virtual time, with every firmware version
        wizfi-emu scenario run reconnect.yaml --lockstep --firmware all --exec "python3 host.py {port}"

    \b
    Example: all scenarios of a folder, with a page for each run
        wizfi-emu scenario run scenarios/ --virtual --report pages/ --junit report.xml
    """
    from wizfi_emu.scenario.check import check_scenario
    from wizfi_emu.scenario.files import Kept, find_scenarios, names_of
    from wizfi_emu.scenario.matrix import names_of as personalities
    from wizfi_emu.scenario.matrix import with_firmware
    from wizfi_emu.scenario.model import read_scenario

    if virtual and lockstep:
        raise click.UsageError("--virtual and --lockstep exclude each other")
    paths = find_scenarios(files)
    known = [with_program(read_scenario(path), path, program) for path in paths]
    for path, (scenario, directory) in zip(paths, known, strict=True):
        with in_file(path, several=len(paths) > 1):
            check_scenario(scenario, None if virtual else directory)
    versions = personalities(firmware) if firmware is not None else []
    rows = bool(versions) or as_json
    kept = Kept(record, report, force, several=len(paths) * max(1, len(versions)) > 1)
    kept.prepare()
    if not virtual and not lockstep:
        _log(verbose)

    def play(scenario: Scenario, directory: Path, name: str) -> Report:
        chance = scenario.seed if seed is None else seed
        with kept.recording(name) as recording:
            if virtual:
                from wizfi_emu.scenario.virtual import run_virtually

                return run_virtually(scenario, chance, record=recording, overwrite=force)
            if lockstep:
                from wizfi_emu.scenario.lockstep import run_in_lockstep

                return run_in_lockstep(scenario, chance, directory, record=recording, overwrite=force)
            return _run_live(scenario, chance, directory, recording, force)

    reports: list[tuple[str, Report]] = []
    written: list[dict[str, object]] = []
    for path, name, (scenario, directory) in zip(paths, names_of(paths), known, strict=True):
        if not rows:
            came = play(scenario, directory, name)
            for line in came.lines(str(path)):
                click.echo(line)
            reports.append((name, came))
            continue
        if len(paths) > 1 and not as_json:
            click.echo(f"{path}:")

        def play_with(
            version: str, scenario: Scenario = scenario, directory: Path = directory, name: str = name
        ) -> Report:
            return play(with_firmware(scenario, version), directory, f"{name}-{_file_name(version)}")

        matrix = _play_matrix(versions or [scenario.module.firmware], play_with, as_json=as_json)
        reports += [(f"{name} {row.firmware}", row.report) for row in matrix]
        written += [({"file": str(path)} if len(paths) > 1 else {}) | row.as_json() for row in matrix]
    if as_json:
        import json

        click.echo(json.dumps(written, indent=2))
    if len(paths) > 1 and not as_json:
        passed = sum(came.passed for _, came in reports)
        click.echo(f"{'passed' if passed == len(reports) else 'failed'}: {passed} of {len(reports)} runs")
    if junit is not None:
        from wizfi_emu.recording.files import write_file
        from wizfi_emu.scenario.report import junit_of

        write_file(junit, junit_of(reports))
    return 0 if all(came.passed for _, came in reports) else EXIT_FAILED


@contextmanager
def in_file(path: Path, *, several: bool = True) -> Iterator[None]:
    """Say in which file something is wrong, where that is not clear."""
    from wizfi_emu.errors import UserError

    try:
        yield
    except UserError as error:
        if several and str(path) not in str(error):
            raise UserError(f"{path}: {error}") from None
        raise


def _file_name(version: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in version)


def _play_matrix(versions: Sequence[str], play: Callable[[str], Report], *, as_json: bool) -> list[Row]:
    """Play a scenario with several personalities, and print a row as soon as it is there."""
    from wizfi_emu.scenario.matrix import Row, summary

    width = max(map(len, versions))
    rows = []
    for version in versions:
        rows.append(Row(version, play(version)))
        if not as_json:
            click.echo(rows[-1].line(width))
    if not as_json:
        for line in summary(rows):
            click.echo(line)
    return rows


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


def _log(verbose: int) -> None:
    from wizfi_emu.cli.run import log_to_stderr

    log_to_stderr(verbose - 1)


def _run_live(scenario: Scenario, seed: int, directory: Path, record: Path | None, force: bool) -> Report:
    import trio

    from wizfi_emu.cli.run import end_on_signal
    from wizfi_emu.scenario.live import run_live

    async def play() -> Report | None:
        report = None
        async with trio.open_nursery() as nursery:
            await nursery.start(end_on_signal, nursery.cancel_scope)
            report = await run_live(scenario, seed, directory, record, overwrite=force)
            nursery.cancel_scope.cancel()
        return report

    report = trio.run(play)
    if report is None:
        raise KeyboardInterrupt
    return report


@command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check scenario files, and what they name: worlds, access points, faults, programs.

    Of a folder all scenarios in it are checked. The exit status is 0, or 2 after one line with the place of the first
    mistake.

    \b
    Example:
        wizfi-emu scenario check lossy.yaml
    """
    from wizfi_emu.scenario.check import check_scenario
    from wizfi_emu.scenario.files import find_scenarios
    from wizfi_emu.scenario.model import read_scenario

    for file in find_scenarios(files):
        scenario, directory = with_program(read_scenario(file), file, None)
        with in_file(file):
            check_scenario(scenario, directory)
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
