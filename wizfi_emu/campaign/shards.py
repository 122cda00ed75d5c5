"""Which part of a campaign is ours, where several machines share one."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from wizfi_emu.errors import UserError

EXPECTED = "expected I/N with I from 0 to N-1, auto, or auto/N"
SHARDS_MAX = 100_000


class Variables(NamedTuple):
    """How an engine tells a job its number."""

    number: str
    total: str
    first: str
    """The variable of the number that the first job has, or that number."""


ENGINES = {
    "Kubernetes": Variables("JOB_COMPLETION_INDEX", "", "0"),
    "GitLab": Variables("CI_NODE_INDEX", "CI_NODE_TOTAL", "1"),
    "Slurm": Variables("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"),
    "GitHub": Variables("SHARD_INDEX", "SHARD_TOTAL", "0"),
}
"""GitHub has no variables of its own: ``SHARD_INDEX: ${{ strategy.job-index }}``, and ``job-total``."""


class Shard(NamedTuple):
    """One part of several: every unit whose number leaves ``number`` when it is divided by ``total``."""

    number: int = 0
    total: int = 1

    def has(self, unit: int) -> bool:
        return unit % self.total == self.number


def read_shard(text: str, environment: Mapping[str, str]) -> Shard:
    """What ``--shard`` says: I/N, or what the engine's variables say. Raises UserError."""
    word, _, total = text.partition("/")
    if word == "auto":
        return _checked(*_of_engine(environment, total), text)
    return _checked(word, total, 0, text)


def _of_engine(environment: Mapping[str, str], total: str) -> tuple[str, str, int]:
    for engine, names in ENGINES.items():
        if names.number in environment:
            first = environment.get(names.first, names.first)
            count = total or environment.get(names.total, "")
            if not count:
                raise UserError(f"--shard auto: {engine} does not say how many there are; expected auto/N")
            return environment[names.number], count, int(first) if first.isdigit() else 0
    known = ", ".join(names.number for names in ENGINES.values())
    raise UserError(f"--shard auto: none of {known} is set")


def _checked(index: str, count: str, first: int, text: str) -> Shard:
    if not re.fullmatch(r"\d{1,9}", index) or not re.fullmatch(r"\d{1,9}", count):
        raise UserError(f"--shard {text}: {EXPECTED}")
    shard = Shard(int(index) - first, int(count))
    if not 0 <= shard.number < shard.total <= SHARDS_MAX:
        raise UserError(f"--shard {text}: {EXPECTED}")
    return shard
