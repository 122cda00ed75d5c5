"""Noticing that a file is opened."""

from __future__ import annotations

import os
import resource
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.serial.inotify import watch_open


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"")
    return path


@pytest.fixture
def watch(watched: Path) -> Iterator[int]:
    with watched.open():  # an earlier open, still going on
        descriptor = watch_open(str(watched))
        yield descriptor
        os.close(descriptor)


def is_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def test_earlier_opens_and_looking_do_not_count(watched: Path, watch: int) -> None:
    watched.stat()
    os.listdir(watched.parent)
    assert not is_readable(watch)


def test_an_open_counts(watched: Path, watch: int) -> None:
    watched.open().close()
    assert is_readable(watch)


def test_an_open_by_another_name_counts(watched: Path, watch: int) -> None:
    other = watched.with_name("link")
    other.symlink_to(watched)
    other.open().close()
    assert is_readable(watch)


def test_it_is_not_inherited(watch: int) -> None:
    assert not os.get_inheritable(watch)
    assert not os.get_blocking(watch)


def test_a_refusal_names_the_path_and_the_reason(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(UserError, match=f"^cannot wait .* {tmp_path}/none: inotify: No such file or directory$"):
        watch_open(f"{tmp_path}/none")
    assert os.listdir("/proc/self/fd") == before


def test_a_system_without_descriptors(watched: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_descriptor = os.dup(0)
    os.close(next_descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_descriptor, hard))
    try:
        with pytest.raises(UserError, match=r"inotify: Too many open files$"):
            watch_open(str(watched))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
