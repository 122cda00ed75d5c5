"""Schedules in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.actions.host import Send
from wizfi_emu.errors import UserError
from wizfi_emu.explore import corpus as module
from wizfi_emu.explore.corpus import Corpus
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.faults.model import KeyChanged, TcpReset, When
from wizfi_emu.scenario.model import Block

SCHEDULES = [
    Schedule(faults=(TcpReset(when=When(regex=r"\{0,[^}]*\}", after=0.02)),)),
    Schedule("1.0.5.2", (KeyChanged(access_point="WizFiDemoAP", key="another key", duration=5),)),
    Schedule(blocks=(Block(When(pattern="AT\r", source="host"), (Send("\x00\xff", peer="server"),)),)),
]


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "new" / "corpus")
    assert corpus.read() == []
    for schedule in SCHEDULES * 2:
        corpus.add(schedule)
    read = Corpus(tmp_path / "new" / "corpus").read()
    assert len(read) == 3
    assert set(read) == set(SCHEDULES)


def test_not_more_than_a_search_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILES_MAX", 2)
    corpus = Corpus(tmp_path)
    for schedule in SCHEDULES:
        corpus.add(schedule)
    assert len(corpus.read()) == 2


def test_mistakes(tmp_path: Path) -> None:
    (tmp_path / "it.yaml").write_text("faults: [{fault: tcp-rset}]\n")
    with pytest.raises(UserError, match=r"it\.yaml:1: faults\[0\]"):
        Corpus(tmp_path).read()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"--corpus .*/file: File exists"):
        Corpus(tmp_path / "file")
