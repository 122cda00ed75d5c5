"""``wizfi-emu campaign``: scenarios with very many seeds, on this machine or on many."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from wizfi_emu.campaign.model import Mode, Result, Unit

EXIT_FAILED = 1
PROGRESS_S = 1.0


class Seeds(click.ParamType[range]):
    """``A..B`` with both ends, or a number of seeds from 0 on."""

    name = "A..B"

    def convert(self, value: str | range, _param: click.Parameter | None, ctx: click.Context | None) -> range:
        """Raises UsageError."""
        from wizfi_emu.campaign.model import SEEDS_MAX

        if isinstance(value, range):
            return value
        found = re.fullmatch(r"(?:(\d{1,12})\.\.)?(\d{1,12})", value)
        if found is not None:
            first, last = found.groups()
            seeds = range(int(first), int(last) + 1) if first is not None else range(int(last))
            if 0 < len(seeds) <= SEEDS_MAX:
                return seeds
        return self.fail(f"expected A..B or a number, at most {SEEDS_MAX} seeds", None, ctx)


@click.group(name="campaign", no_args_is_help=False)
def command() -> None:
    """Play scenarios with very many seeds.

    \b
    Example: a hundred thousand seeds on all processors, carried on where the last call stopped
        wizfi-emu campaign run lossy.yaml --seeds 0..99999
    """


@command.command()
@click.argument("scenarios", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SCENARIO...")
@click.option("--seeds", type=Seeds(), required=True, help="From A to B, both played; or how many from 0 on.")
@click.option("--exec", "program", default="", metavar="CMD", help="The host program; {port} is what it opens.")
@click.option("--virtual", "mode", flag_value="virtual", default=None, help="Only scenarios without a host program.")
@click.option("--lockstep", "mode", flag_value="lockstep", help="Only scenarios with a host program.")
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Processes; as many as processors.")
@click.option("--shard", default="0/1", metavar="I/N", help="One part of N, I from 0 on; auto: as the engine says.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler whose workers play, tcp://HOST:PORT.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("campaign"), metavar="FOLDER", help="campaign")
@click.option("--no-evidence", is_flag=True, help="Do not play failing seeds again for recordings and reports.")
def run(
    scenarios: tuple[Path, ...],
    seeds: range,
    program: str,
    mode: Mode | None,
    jobs: int | None,
    shard: str,
    scheduler: str | None,
    out: Path,
    no_evidence: bool,
) -> int:
    """Play scenarios in virtual time, those with a host program in lockstep, with each of the seeds.

    What has a result in the ledger of the folder is not played again: the same call goes on where the last one stopped,
    and another scenario, world, firmware, host or version of the program begins anew. The first seeds of each failure
    get a recording and a report. The exit status is 0 when everything passed, 1 when something failed, 2 for a mistake.

    \b
    Example: the fourth of ten machines
        wizfi-emu campaign run lossy.yaml --seeds 0..999999 --shard 3/10 --out shard-3
    """
    import os

    from wizfi_emu.campaign.keys import read_job
    from wizfi_emu.campaign.run import Campaign, write_evidence
    from wizfi_emu.campaign.shards import read_shard
    from wizfi_emu.campaign.summary import lines, page
    from wizfi_emu.recording.files import write_file

    campaign = Campaign(
        [read_job(path, program, mode) for path in scenarios], seeds, out, read_shard(shard, os.environ)
    )
    progress = Progress(campaign.seed_count)
    try:
        campaign.run(_player(scheduler, jobs or len(os.sched_getaffinity(0))), progress)
    finally:
        progress.end()
    keys = {job.key for job in campaign.jobs}
    results = [result for result in campaign.results() if result.key in keys and result.seed in seeds]
    results += campaign.given_up
    if not no_evidence:
        write_evidence(out, campaign.jobs, results)
    names = {job.key: Path(job.scenario).name for job in campaign.jobs}
    write_file(out / "summary.html", page(results, names).encode())
    for line in lines(results, names):
        click.echo(line)
    return 0 if all(result.verdict == "passed" for result in results) else EXIT_FAILED


@command.command()
@click.argument("ledgers", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="LEDGER...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The one to write."
)
def merge(ledgers: tuple[Path, ...], output: Path) -> None:
    """Join ledgers, or those of folders, into one.

    It has one result for each seed, in the order of the seeds, however the work was shared and whatever was killed.

    \b
    Example:
        wizfi-emu campaign merge shard-*/ --output ledger.jsonl
    """
    from wizfi_emu.campaign.run import write_merged

    click.echo(f"{write_merged(ledgers, output)} results")


@command.command()
@click.argument("ledgers", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="LEDGER...")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page too.")
def summary(ledgers: tuple[Path, ...], html: Path | None) -> None:
    """Say what is in ledgers, failures by their fingerprints.

    \b
    Example:
        wizfi-emu campaign summary campaign/ --html summary.html
    """
    from wizfi_emu.campaign.ledger import ledgers_of, merged
    from wizfi_emu.campaign.summary import lines, page
    from wizfi_emu.recording.files import write_file

    results = merged([ledger for path in ledgers for ledger in ledgers_of(path)])
    for line in lines(results, {}):
        click.echo(line)
    if html is not None:
        write_file(html, page(results, {}).encode())


Take = Callable[["list[Result]"], None]


def _player(scheduler: str | None, jobs: int) -> Callable[[Iterator[Unit], Take], None]:
    """Who plays."""
    if scheduler is not None:
        address = scheduler

        def play_there(units: Iterator[Unit], take: Take) -> None:
            from wizfi_emu.campaign import remote

            remote.play_there(units, address, take)

        return play_there

    def play_here(units: Iterator[Unit], take: Take) -> None:
        import trio

        from wizfi_emu.campaign import pool

        trio.run(pool.play_here, units, jobs, take)

    return play_here


class Progress:
    """How far it is: a line that is written over on a terminal, nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = self._failed = self._known = 0
        self._began_s = self._shown_s = 0.0
        self._is_terminal = sys.stderr.isatty()

    def __call__(self, results: list[Result]) -> None:
        now_s = time.monotonic()
        if not self._began_s:
            self._began_s, self._known = now_s, len(results)
        self._done += len(results)
        self._failed += sum(result.verdict != "passed" for result in results)
        if self._is_terminal and now_s - self._shown_s > PROGRESS_S:
            self._shown_s = now_s
            rate = (self._done - self._known) / max(now_s - self._began_s, 0.001)
            left = f", {(self._total - self._done) / rate:.0f} s left" if rate else ""
            text = f"{self._done} of {self._total} seeds, {self._failed} failed, {rate:.0f} a second{left}"
            print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """The line is over."""
        if self._is_terminal and self._shown_s:
            print(file=sys.stderr)
