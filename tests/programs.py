"""The programs of Debian that tests use. Where one is missing its tests are left out and named; in CI they fail."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

_LINES = (Path(__file__).parent / "programs.txt").read_text().splitlines()
PACKAGES = dict(line.split() for line in _LINES if line and not line.startswith("#"))


def need(*names: str) -> list[str]:
    """The paths of programs, without which the test that calls this is left out."""
    return [_need(name) for name in names]


def _need(name: str) -> str:
    # Debian keeps servers where the PATH of an ordinary user does not look.
    found = shutil.which(name) or shutil.which(name, path="/usr/local/sbin:/usr/sbin")
    if found is None:
        reason = f"{name} is not installed (Debian package {PACKAGES[name]})"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and in CI no test is left out")
        pytest.skip(reason)
    return found


def need_recipes() -> Path:
    """The programs of the tools for recipes (``scripts/setup recipes``), without which the test is left out."""
    programs = Path(__file__).parents[1] / ".venv-recipes" / "bin"
    if not (programs / "labgrid-client").exists():
        reason = "scripts/setup recipes has not been run"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}, and in CI no test is left out")
        pytest.skip(reason)
    return programs
