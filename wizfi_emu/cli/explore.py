"""``wizfi-emu explore``: searches for what a host program does not survive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizfi_emu.properties.model import NAMES

if TYPE_CHECKING:
    from wizfi_emu.explore.play import Player

EXIT_FOUND = 1
BUDGET_S = 60.0
FOLDER = Path("failures")


def list_properties(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the properties."""
    if not wanted or ctx.resilient_parsing:
        return
    from wizfi_emu.properties.table import PROPERTIES

    for one in PROPERTIES.values():
        click.echo(f"{one.name:<14}{one.sentence}")
    ctx.exit()


@click.command(name="explore")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--exec", "program", metavar="CMD", help="The host program; {port} is what it opens.")
@click.option("--lockstep", is_flag=True, help="In one virtual time with the host program: fast, and the same again.")
@click.option("--torture", is_flag=True, help="Each fault at each moment of a run, one at a time, then pairs.")
@click.option("--budget", type=click.FloatRange(0, min_open=True), default=BUDGET_S, metavar="SECONDS", help="Time.")
@click.option("--seed", type=int, metavar="N", help="Of every chance, in place of the scenario's.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, metavar="N", help="How many processes play.")
@click.option("--out", type=click.Path(path_type=Path), default=FOLDER, metavar="FOLDER", show_default=True)
@click.option("--corpus", type=click.Path(path_type=Path), metavar="FOLDER", help="Go on where the last search ended.")
@click.option("--without", multiple=True, type=click.Choice(NAMES), help="A property that does not count; repeatable.")
@click.option("--failures", type=click.IntRange(1), metavar="N", help="End after so many failures.")
@click.option(
    "--properties",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=list_properties,
    help="List what a host has to keep to, and exit.",
)
def command(
    scenario: Path,
    program: str | None,
    lockstep: bool,
    torture: bool,
    budget: float,
    seed: int | None,
    jobs: int,
    out: Path,
    corpus: Path | None,
    without: tuple[str, ...],
    failures: int | None,
) -> int:
    """Search for what a host program does not survive.

    The scenario passes without faults; what may go wrong is in its section `explore`, and everything without one. Each
    failure is written to a folder below --out: a scenario, its recording, its report. The exit status is 0 when nothing
    was found, 1 when something was, and 2 for a mistake. Ctrl-C ends the search with what there is.

    \b
    Example:
        wizfi-emu explore calm.yaml --lockstep --exec "python3 host.py {port}" --budget 60
        wizfi-emu scenario run failures/crash-5d1c0a77/scenario.yaml --lockstep
    """
    import msgspec

    from wizfi_emu.cli.scenario import with_program
    from wizfi_emu.errors import UserError
    from wizfi_emu.explore.play import Player
    from wizfi_emu.scenario.check import check_scenario
    from wizfi_emu.scenario.model import read_scenario

    known = read_scenario(scenario)
    check_scenario(known)
    known, directory = with_program(known, scenario, program)
    if known.host is None:
        raise UserError(f"{scenario}: explore looks for mistakes of a host program; there is no exec, and no --exec")
    if known.module.flash != ":memory:":
        raise UserError(f"{scenario}: module.flash: expected :memory:, so that each run begins with the same settings")
    limits = msgspec.structs.replace(known.properties, without=(*known.properties.without, *without))
    known = msgspec.structs.replace(known, properties=limits)
    chosen = known.seed if seed is None else seed
    if not lockstep:
        click.echo("in real time: each run takes as long as the host does; --lockstep is faster by far", err=True)
    return _search(Player(known, chosen, directory, lockstep), torture, budget, jobs, out, corpus, failures)


def _search(
    player: Player, torture: bool, budget: float, jobs: int, out: Path, corpus: Path | None, most: int | None
) -> int:
    import signal
    import sys
    import time
    from random import Random

    from wizfi_emu.explore.corpus import Corpus
    from wizfi_emu.explore.failures import write_failure
    from wizfi_emu.explore.pool import play_in_processes
    from wizfi_emu.explore.progress import Teller, failures_in_words
    from wizfi_emu.explore.search import Failure, Search

    teller = Teller(sys.stderr)
    interrupted: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        interrupted.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the second one ends it where it is

    def over() -> bool:
        return bool(interrupted) or (most is not None and len(search.failures) >= most)

    def found(failure: Failure) -> None:
        path = write_failure(failure, search.player, out)
        teller.clear()
        click.echo(f"{failure.finding.property}: {failure.finding.text}")
        click.echo(f"    after {failure.first} runs, {failure.after_s:.1f} s; {path}")

    kept = None if corpus is None else Corpus(corpus)
    known = [] if kept is None else kept.read()
    search = Search(
        player,
        Random(f"{player.seed}/{len(known)}"),  # noqa: S311 - the same seed is to search in the same way
        budget,
        time.monotonic,
        over=over,
        tell=teller.tell,
        found=found,
        keep=(lambda _schedule: None) if kept is None else kept.add,
    )
    if jobs > 1:
        search.play_many = play_in_processes(jobs, lambda: search.player)
    signal.signal(signal.SIGINT, interrupt)
    baseline = search.begin()
    if torture:
        counts = search.torture(baseline)
    else:
        search.explore(baseline, known)
    teller.clear()
    progress = search.progress
    rate = progress.runs / max(progress.elapsed_s, 0.001)
    if torture:
        click.echo(f"{counts.moments} moments, {counts.faults} faults: {counts.done} of {counts.singles} runs with one")
    for failure in search.failures.values():
        if failure.count > 1:
            click.echo(f"{failure.finding.property}: {failure.count} times: {failure.finding.fingerprint}")
    click.echo(
        f"{failures_in_words(len(search.failures))} in {progress.runs} runs, {progress.elapsed_s:.0f} s, "
        f"{rate:.0f} runs a second; coverage {progress.features}"
    )
    return EXIT_FOUND if search.failures else 0
