"""Recordings and what is made of them, in files."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch(mode=0o644)
    for _ in range(2):
        write_file(path, b"content")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    with pytest.raises(UserError, match="cannot be written: a symbolic link"):
        write_file(tmp_path / "link", b"content")
    assert (tmp_path / "other").read_bytes() == b"mine"


def test_a_pipe_without_a_reader_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="cannot be written: No such device"):
        write_file(tmp_path / "pipe", b"content")


def test_a_pipe_with_a_reader_gets_everything(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = b"content" * 100_000
    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as reader, ThreadPoolExecutor() as pool:
        assert reader.stdout is not None
        found = pool.submit(reader.stdout.read)
        while True:
            try:
                write_file(path, content)
                break
            except UserError:
                time.sleep(0.01)  # cat is not there yet
        assert found.result() == content


def test_a_recording(tmp_path: Path) -> None:
    tape = Tape()
    path = tmp_path / "it.jsonl"
    write_file(path, tape.data)
    assert read_recording(path).header == tape.header


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "it.jsonl"
    write_file(path, b"no recording\n")
    with pytest.raises(UserError, match=f"^{path}: not a recording$"):
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


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizfi_emu.recording.files.FILE_BYTES_MAX", 1000)
    with pytest.raises(UserError) as found:
        read_file(Path("/dev/zero"))
    assert str(found.value) == "/dev/zero: longer than 1000 bytes"
