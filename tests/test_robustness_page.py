"""docs/robustness.md names every target of the fuzzer, and its commands have the options that it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import soaking

from fuzz import run
from fuzz.targets import TARGETS

PAGE = (Path(__file__).parents[1] / "docs/robustness.md").read_text()
COMMANDS = [line.partition("  #")[0] for line in re.findall(r"^scripts/\w+.*$", PAGE, re.MULTILINE)]


def test_every_target_has_a_row() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(TARGETS)


def test_the_measured_run_has_every_target() -> None:
    [table] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert table.splitlines()[0] == run.HEAD
    assert sorted(line.split()[0] for line in table.splitlines()[1 : len(TARGETS) + 1]) == sorted(TARGETS)


def test_the_commands_are_some() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_options(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program, *arguments = shlex.split(command)
    options = [word for word in arguments if word.startswith("--")]
    monkeypatch.setattr("sys.argv", [program, "--help"])
    with pytest.raises(SystemExit):
        soaking.main() if program == "scripts/soak" else run.main(["--help"])
    printed = capsys.readouterr().out
    assert all(option in printed for option in options)
