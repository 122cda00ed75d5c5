"""Which files are meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.scenario import files
from wizfi_emu.scenario.files import find_scenarios, names_of


def test_folders_give_their_scenarios(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, text in (("a.yaml", "# about it\nscenario: 1\n"), ("b/c.yaml", "scenario : 1"), ("w.yaml", "a: 1\n")):
        (tmp_path / name).write_text(text)
    assert find_scenarios([tmp_path]) == [tmp_path / "a.yaml", tmp_path / "b" / "c.yaml"]
    assert find_scenarios([tmp_path / "w.yaml"]) == [tmp_path / "w.yaml"], "who names a file means it"
    assert find_scenarios([tmp_path / "a.yaml", tmp_path]) == [tmp_path / "a.yaml", tmp_path / "b" / "c.yaml"]


def test_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FILES_MAX", 1)
    with pytest.raises(UserError, match="2 scenarios; expected 1 at most"):
        find_scenarios([tmp_path / "a", tmp_path / "b"])


def test_names_are_different() -> None:
    assert names_of([Path("x/a.scenario.yaml"), Path("b c.yaml")]) == ["a", "b_c"]
    assert names_of([Path("x/a.yaml"), Path("y/a.yaml")]) == ["x-a", "y-a"]
