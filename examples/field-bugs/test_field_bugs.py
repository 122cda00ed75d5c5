"""Each bug: its scenario fails for the host that has it, and passes for the one that has not."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from stage import Stage

from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parent
BUGS = sorted(path.parent.name for path in HERE.glob("*/scenario.py"))


def play(make: Callable[..., RunningModule], bug: str, host: str) -> None:
    scenario = importlib.import_module(f"{bug}.scenario")
    options = dict(getattr(scenario, "OPTIONS", {}))
    for key in options.keys() & {"timing", "world"}:  # files of this folder
        options[key] = str(HERE / options[key])
    module = make(**options)
    with Stage(module, f"{bug}.{host}") as stage:
        scenario.play(stage)


@pytest.mark.parametrize("bug", BUGS)
def test_passes_without_the_bug(wizfi_factory: Callable[..., RunningModule], bug: str) -> None:
    play(wizfi_factory, bug, "fixed")


@pytest.mark.parametrize("bug", BUGS)
def test_fails_with_the_bug(wizfi_factory: Callable[..., RunningModule], bug: str) -> None:
    finding = importlib.import_module(f"{bug}.scenario").FINDING
    with pytest.raises(AssertionError, match=finding):
        play(wizfi_factory, bug, "buggy")
