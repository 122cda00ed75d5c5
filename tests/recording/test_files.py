"""Recordings and what is made of them, in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recording.sessions import Tape
from wizfi_emu.errors import UserError
from wizfi_emu.recording.files import read_file, read_recording, write_file


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_file(path, b"longer than what comes next")
    write_file(path, b"content")
    assert read_file(path) == b"content"


def test_a_recording(tmp_path: Path) -> None:
    tape = Tape()
    path = tmp_path / "it.jsonl"
    write_file(path, tape.data)
    assert read_recording(path).header == tape.header


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    write_file(path, b"no recording\n")
    with pytest.raises(UserError, match=f"^{path}: this is no recording$"):
        read_recording(path)


@pytest.mark.parametrize(
    ("use", "name", "problem"),
    [
        (read_file, "none", "cannot be read: No such file or directory"),
        (read_recording, "none", "cannot be read: No such file or directory"),
        (read_file, "", "cannot be read: Is a directory"),
        (lambda path: write_file(path, b""), "", "cannot be written: Is a directory"),
        (lambda path: write_file(path, b""), "no/file", "cannot be written: No such file or directory"),
    ],
)
def test_places_that_do_not_work(tmp_path: Path, use: Callable[[Path], object], name: str, problem: str) -> None:
    with pytest.raises(UserError) as found:
        use(tmp_path / name)
    assert str(found.value) == f"{tmp_path / name}: {problem}"
