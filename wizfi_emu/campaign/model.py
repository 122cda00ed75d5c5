"""What is played in a campaign, and what comes of it. Values that go between processes and into files."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

UNIT_SEEDS = 100
"""Seeds that are played together: what handing them out costs is small beside playing them."""

SEEDS_MAX = 10_000_000

Mode = Literal["virtual", "lockstep"]


class Job(Struct, frozen=True):
    """One scenario of a campaign."""

    scenario: str
    """Its file; the processes that play it read it."""
    program: str
    """The host program in place of the file's; empty for the file's own."""
    mode: Mode
    key: str
    """Names what is played: equal keys and seeds give equal results. See `keys`."""


class Unit(NamedTuple):
    """Seeds of a job that are played together, in this order."""

    job: Job
    seeds: tuple[int, ...]


class Result(Struct, frozen=True, array_like=True):
    """What came of one seed; a line of the ledger."""

    key: str
    seed: int
    verdict: Literal["passed", "failed", "broken"]
    """``broken``: the scenario could not be played; what is said in ``why`` is about our program or the host's."""
    coverage: str
    """Names the way that the run took: which kinds of events and orders followed each other."""
    fingerprint: str = ""
    """Equal for equal failures, empty for none."""
    why: str = ""
    """The failure in words."""

    @property
    def identity(self) -> tuple[str, int]:
        """What there is one result for."""
        return self.key, self.seed


def units_of(job: Job, seeds: Iterable[int]) -> Iterator[Unit]:
    """Seeds in units that do not depend on which of them are there: those that share a hundred share a unit."""
    hundred: list[int] = []
    for seed in seeds:
        if hundred and seed // UNIT_SEEDS != hundred[0] // UNIT_SEEDS:
            yield Unit(job, tuple(hundred))
            hundred = []
        hundred.append(seed)
    if hundred:
        yield Unit(job, tuple(hundred))
