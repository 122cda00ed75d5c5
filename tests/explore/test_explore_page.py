"""The page about explore: its files are right, and its tables complete."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from wizfi_emu.cli.explore import command
from wizfi_emu.properties.model import NAMES, Properties
from wizfi_emu.scenario.model import Scenario, Variation
from wizfi_emu.userfiles.bykey import convert

PAGE = (Path(__file__).parents[2] / "docs" / "explore.md").read_text()


def blocks() -> list[Scenario]:
    found = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return [convert(yaml.load(text, yaml.BaseLoader), Scenario) for text in found]


def test_the_files_are_right_and_show_every_key() -> None:
    first, second = blocks()
    assert first.explore == Variation()
    for struct, given in ((second.explore, Variation()), (second.properties, Properties(check=("x",) * 0))):
        shown = re.findall(r"^  (\w+):", PAGE.partition("explore:\n")[2], re.MULTILINE)
        assert set(struct.__struct_fields__) - {"check"} <= set(shown)
        assert struct != given


def test_every_option_and_property_is_in_a_table() -> None:
    rows = re.findall(r"^\| `(--[a-z]+|[a-z-]+)", PAGE, re.MULTILINE)
    options = {f"--{(parameter.name or '').replace('_', '-')}" for parameter in command.params} - {"--scenario"}
    options = {"--exec" if one == "--program" else one for one in options}
    assert options <= set(rows)
    assert set(NAMES) <= set(rows)
