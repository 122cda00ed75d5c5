"""A campaign: what is left to play, who plays it, and the evidence of what failed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from wizfi_emu.campaign.ledger import Ledger, ledgers_of, merged
from wizfi_emu.campaign.model import UNIT_SEEDS, Job, Result, Unit, units_of
from wizfi_emu.campaign.pool import DIED
from wizfi_emu.campaign.shards import Shard
from wizfi_emu.errors import UserError

EVIDENCE_MAX = 3
"""So many failing seeds of one fingerprint are played again for a recording and a report."""
FINGERPRINTS_MAX = 100
"""So many different failures get evidence."""

Play = Callable[[Iterator[Unit], Callable[[list[Result]], None]], None]


class Campaign:
    """Jobs, their seeds and the folder with the ledger."""

    def __init__(self, jobs: Sequence[Job], seeds: range, folder: Path, shard: Shard) -> None:
        self.jobs = jobs
        self.folder = folder
        name = "ledger.jsonl" if shard.total == 1 else f"ledger-{shard.number}-of-{shard.total}.jsonl"
        self.ledger = folder / name
        self.given_up: list[Result] = []
        """What could not be played, and is played again the next time."""
        self._wanted = [(job, [seed for seed in seeds if shard.has(seed // UNIT_SEEDS)]) for job in jobs]

    @property
    def seed_count(self) -> int:
        """How many results there are in the end."""
        return sum(len(seeds) for _, seeds in self._wanted)

    def run(self, play: Play, progress: Callable[[list[Result]], None]) -> None:
        """Play what has no result yet. ``progress`` gets what there is at first, and then each unit's results."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{self.folder}: cannot be made: {error.strerror}") from error
        with Ledger(self.ledger) as ledger:
            wanted = {job.key: set(seeds) for job, seeds in self._wanted}
            known = [result for result in self.results() if result.seed in wanted.get(result.key, ())]
            done = {result.identity for result in known}
            progress(known)

            def take(results: list[Result]) -> None:
                if results[0].fingerprint == DIED:
                    self.given_up += results
                else:
                    ledger.add(results)
                progress(results)

            play(self._units(done), take)

    def _units(self, done: set[tuple[str, int]]) -> Iterator[Unit]:
        for job, seeds in self._wanted:
            yield from units_of(job, (seed for seed in seeds if (job.key, seed) not in done))

    def results(self) -> list[Result]:
        """What the ledgers of the folder hold, one for each seed."""
        return merged(ledgers_of(self.folder))


def write_evidence(folder: Path, jobs: Iterable[Job], results: Iterable[Result]) -> list[Path]:
    """Play the first failing seeds of each fingerprint again, for a recording and a report of each."""
    from wizfi_emu.campaign.play import play_recorded
    from wizfi_emu.recording.report.page import write_report

    by_key = {job.key: job for job in jobs}
    failures: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.verdict == "failed" and result.key in by_key:
            failures[result.key, result.fingerprint].append(result)
    written = []
    for (key, fingerprint), failed in sorted(failures.items())[:FINGERPRINTS_MAX]:
        place = folder / "failures" / fingerprint
        place.mkdir(parents=True, exist_ok=True)
        for result in failed[:EVIDENCE_MAX]:
            recording = place / f"{Path(by_key[key].scenario).stem}-{result.seed}.jsonl"
            if not recording.exists():
                play_recorded(by_key[key], result.seed, recording)
                write_report(recording, recording.with_suffix(".html"), recording.name)
            written.append(recording)
    return written


def write_merged(paths: Iterable[Path], output: Path) -> int:
    """Join ledgers into one, in the order of keys and seeds; how many results it has. Raises UserError."""
    from wizfi_emu.campaign.ledger import line_of
    from wizfi_emu.recording.files import write_file

    results = merged([ledger for path in paths for ledger in _there(path)])
    write_file(output, b"".join(line_of(result) for result in results))
    return len(results)


def _there(path: Path) -> list[Path]:
    ledgers = ledgers_of(path)
    if not ledgers:
        raise UserError(f"{path}: there is no ledger")
    return ledgers
