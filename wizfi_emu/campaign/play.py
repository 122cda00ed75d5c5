"""Plays the seeds of a unit. What comes of a seed depends on nothing but the job and the seed."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from msgspec.structs import replace

from wizfi_emu.campaign.model import Job, Result, Unit
from wizfi_emu.errors import UserError
from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import Exec, Scenario, read_scenario
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.virtual import run_virtually

DIGEST_DIGITS = 8
WHY_CHARACTERS = 300

_NUMBER = re.compile(r"\d+")


class Coverage:
    """Which kinds of events and orders followed each other, whatever they held."""

    def __init__(self) -> None:
        self._pairs: set[tuple[type[object], type[object]]] = set()
        self._before: type[object] = object

    def __call__(self, item: Event | Effect, _now_us: int) -> None:
        kind = type(item)
        self._pairs.add((self._before, kind))
        self._before = kind

    @property
    def name(self) -> str:
        """Equal for runs that took the same ways."""
        return _digest(" ".join(sorted(f"{before.__name__}>{kind.__name__}" for before, kind in self._pairs)))


def play_unit(unit: Unit) -> list[Result]:
    """Play seed after seed."""
    return [play_seed(unit.job, seed) for seed in unit.seeds]


def play_seed(job: Job, seed: int) -> Result:
    """Play one seed."""
    coverage = Coverage()
    try:
        report = play_recorded(job, seed, None, coverage)
    except UserError as error:
        return Result(job.key, seed, "broken", "", _digest(_NUMBER.sub("#", str(error))), str(error)[:WHY_CHARACTERS])
    if report.passed:
        return Result(job.key, seed, "passed", coverage.name)
    fingerprint, why = _failure(report)
    return Result(job.key, seed, "failed", coverage.name, fingerprint, why)


def play_recorded(job: Job, seed: int, record: Path | None, coverage: Coverage | None = None) -> Report:
    """Play one seed and record it into a file. Raises UserError for what cannot be played."""
    scenario, directory = _scenario(job)
    observers = () if coverage is None else (coverage,)
    if job.mode == "virtual":
        return run_virtually(scenario, seed, observers, record, overwrite=True)
    return run_in_lockstep(scenario, seed, directory, observers, record, overwrite=True)


@lru_cache(maxsize=64)
def _scenario(job: Job) -> tuple[Scenario, Path]:
    path = Path(job.scenario)
    scenario = read_scenario(path)
    if not job.program:
        return scenario, path.parent
    known = scenario.host if isinstance(scenario.host, Exec) else Exec(job.program)
    return replace(scenario, host=replace(known, command=job.program)), Path()


def _failure(report: Report) -> tuple[str, str]:
    """Fingerprint and words of the first thing that did not come as expected."""
    first = next(result for result in report.results if result.outcome == "failed")
    where = f"{first.place}: {first.text}"
    why = f"{where}: {first.message.splitlines()[0] if first.message else ''}"
    return _digest(_NUMBER.sub("#", why)), why[:WHY_CHARACTERS]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
