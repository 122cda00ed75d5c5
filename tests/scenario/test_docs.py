"""The page about faults and scenarios, and the examples: what they show works, and the tables are complete."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import msgspec
import pytest
import yaml

from wizfi_emu.actions.steps import VERBS
from wizfi_emu.faults.model import BaseFault, Fault, When
from wizfi_emu.scenario.model import Peer, Scenario, read_scenario
from wizfi_emu.scenario.virtual import run_virtually
from wizfi_emu.userfiles.bykey import convert

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults-and-scenarios.md").read_text()
EXAMPLES = sorted((ROOT / "examples" / "scenarios").glob("*.yaml"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.slow
def test_the_commands_run(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    shutil.copytree(ROOT / "examples" / "scenarios", tmp_path / "examples" / "scenarios")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for script in blocks("sh"):
        result = subprocess.run(
            ["bash", "-euc", script],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, result.stdout
    assert (tmp_path / "report.xml").read_bytes().startswith(b"<?xml")


def test_the_file_that_is_shown_is_right() -> None:
    [text] = blocks("yaml")
    scenario = convert(yaml.load(text, yaml.BaseLoader), Scenario)
    assert scenario.program.command == "./host {port}"


def rows(first: str) -> dict[str, str]:
    """The rows of the table whose first column is called so."""
    table = PAGE.partition(f"\n| {first} |")[2].partition("\n\n")[0].splitlines()[2:]
    return {cells[1].strip(): line for line in table if (cells := line.split("|"))}


def test_every_fault_is_in_the_table_with_its_keys() -> None:
    table = rows("fault")
    kinds = {f"`{kind.__struct_config__.tag}`": kind for kind in get_args(Fault)}
    assert list(table) == list(kinds)
    common = {field.encode_name for field in msgspec.structs.fields(BaseFault)} | {"address", "port"}
    for word, kind in kinds.items():
        for field in msgspec.structs.fields(kind):
            if field.encode_name not in common:
                assert f"`{field.encode_name}`" in table[word], f"{word}: {field.encode_name}"


def test_every_key_of_all_faults_and_of_moments_is_in_a_table() -> None:
    keys = [f"`{field.encode_name}`" for field in (*msgspec.structs.fields(BaseFault), *msgspec.structs.fields(When))]
    listed = re.findall(r"^\| (`\w+`) \|", PAGE, re.MULTILINE)
    assert set(keys) <= set(listed)


def test_every_step_and_every_peer_is_in_a_table() -> None:
    steps = " ".join(rows("step"))
    assert all(f"`{verb}: " in steps for verb in VERBS)
    assert list(rows("`peer`")) == [f"`{kind.__struct_config__.tag}`" for kind in get_args(Peer)]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_passes(path: Path) -> None:
    scenario = read_scenario(path)
    if scenario.host is None:
        assert run_virtually(scenario, scenario.seed).passed
    assert scenario.description
