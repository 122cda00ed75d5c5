"""Which part of a campaign is ours."""

from __future__ import annotations

import pytest

from wizfi_emu.campaign.shards import Shard, read_shard
from wizfi_emu.errors import UserError


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("0/1", {}, Shard(0, 1)),
        ("3/10", {"CI_NODE_INDEX": "1"}, Shard(3, 10)),
        ("auto", {"CI_NODE_INDEX": "1", "CI_NODE_TOTAL": "4"}, Shard(0, 4)),
        ("auto", {"CI_NODE_INDEX": "4", "CI_NODE_TOTAL": "4"}, Shard(3, 4)),
        ("auto/8", {"JOB_COMPLETION_INDEX": "7"}, Shard(7, 8)),
        (
            "auto",
            {"SLURM_ARRAY_TASK_ID": "12", "SLURM_ARRAY_TASK_COUNT": "5", "SLURM_ARRAY_TASK_MIN": "10"},
            Shard(2, 5),
        ),
        ("auto", {"SHARD_INDEX": "2", "SHARD_TOTAL": "3"}, Shard(2, 3)),
    ],
)
def test_shards(text: str, environment: dict[str, str], shard: Shard) -> None:
    assert read_shard(text, environment) == shard


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ("1", {}, "expected I/N"),
        ("2/2", {}, "expected I/N"),
        ("a/b", {}, "expected I/N"),
        ("0/100001", {}, "expected I/N"),
        ("auto", {}, "none of JOB_COMPLETION_INDEX"),
        ("auto", {"JOB_COMPLETION_INDEX": "7"}, "expected auto/N"),
        ("auto/7", {"JOB_COMPLETION_INDEX": "7"}, "expected I/N"),
    ],
)
def test_wrong_shards(text: str, environment: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_shard(text, environment)


def test_every_unit_is_in_one_shard() -> None:
    shards = [Shard(number, 7) for number in range(7)]
    assert all(sum(shard.has(unit) for shard in shards) == 1 for unit in range(100))
