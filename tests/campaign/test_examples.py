"""The files for engines: they can be read, and their commands are accepted."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from wizfi_emu.campaign.shards import read_shard
from wizfi_emu.cli.campaign import run

FOLDER = Path(__file__).parent.parent.parent / "examples" / "campaign"


def commands() -> Iterator[object]:
    job = yaml.safe_load((FOLDER / "kubernetes.yaml").read_text())
    yield pytest.param(job["spec"]["template"]["spec"]["containers"][0]["args"][2:], id="kubernetes")
    gitlab = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text())
    yield pytest.param(shlex.split(gitlab["campaign"]["script"][0])[3:], id="gitlab")
    github = yaml.safe_load((FOLDER / "github.yml").read_text())
    yield pytest.param(shlex.split(github["jobs"]["campaign"]["steps"][1]["run"])[3:], id="github")
    script = (FOLDER / "slurm.sh").read_text().splitlines()[-1].replace('"$SLURM_CPUS_PER_TASK"', "4")
    yield pytest.param(shlex.split(script)[4:], id="slurm")


@pytest.mark.parametrize("words", list(commands()))
def test_command_is_accepted(words: list[str]) -> None:
    with run.make_context("run", list(words)) as context:
        assert context.params["shard"].startswith("auto")


def test_kubernetes_has_as_many_parts_as_it_says() -> None:
    spec = yaml.safe_load((FOLDER / "kubernetes.yaml").read_text())["spec"]
    container = spec["template"]["spec"]["containers"][0]
    shard = container["args"][container["args"].index("--shard") + 1]
    last = {"JOB_COMPLETION_INDEX": str(spec["completions"] - 1)}
    assert read_shard(shard, last) == (spec["completions"] - 1, spec["completions"])
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert spec["template"]["spec"]["securityContext"]["runAsNonRoot"]
