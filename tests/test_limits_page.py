"""docs/limits.md says what the constants are."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs/limits.md"
ROW = re.compile(r"^\| [^|]+ \| `([\w.]+)\.(\w+)` \| ([\d.]+)(?: (?:B|us|s))? \| [^|]+ \|$", re.MULTILINE)


@pytest.mark.parametrize(("module", "name", "limit"), ROW.findall(PAGE.read_text()))
def test_each_limit(module: str, name: str, limit: str) -> None:
    assert getattr(importlib.import_module(f"wizfi_emu.{module}"), name) == float(limit)


def test_every_row_is_read() -> None:
    assert len(ROW.findall(PAGE.read_text())) == PAGE.read_text().count("\n| ") - 1
