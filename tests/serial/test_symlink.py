"""The stable name of a device."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.serial.symlink import DeviceLink

DEVICE = "/dev/null"  # any character device


def test_it_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "ttyWIZ"
    link = DeviceLink(path, DEVICE)
    assert os.readlink(path) == DEVICE
    assert os.listdir(tmp_path) == ["ttyWIZ"]
    link.remove()
    assert os.listdir(tmp_path) == []
    link.remove()


@pytest.mark.parametrize("old", ["/dev/pts/99999", "/dev/zero", "ttyWIZ"])
def test_what_a_killed_run_has_left_is_replaced(tmp_path: Path, old: str) -> None:
    path = tmp_path / "ttyWIZ"
    path.symlink_to(old)
    link = DeviceLink(path, DEVICE)
    assert os.readlink(path) == DEVICE
    assert os.listdir(tmp_path) == ["ttyWIZ"]
    link.remove()


def test_a_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(UserError, match=f"^--link {path}: something else has this name"):
        DeviceLink(path, DEVICE)
    assert path.read_text() == "mine"


def test_a_directory_stays(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"^--link {tmp_path}: something else has this name"):
        DeviceLink(tmp_path, DEVICE)


def test_a_link_to_a_file_stays(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    path = tmp_path / "link"
    path.symlink_to("notes")
    with pytest.raises(UserError, match="something else"):
        DeviceLink(path, DEVICE)
    assert os.readlink(path) == "notes"


def test_no_directory(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "ttyWIZ"
    with pytest.raises(UserError, match=f"^--link {path}: No such file or directory$"):
        DeviceLink(path, DEVICE)


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(UserError, match="Not a directory"):
        DeviceLink(tmp_path / "notes" / "ttyWIZ", DEVICE)


def test_anothers_link_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "ttyWIZ"
    first = DeviceLink(path, DEVICE)
    path.unlink()
    path.symlink_to("/dev/zero")
    first.remove()
    assert os.readlink(path) == "/dev/zero"


def test_a_running_programs_link_is_refused_under_each_name_of_its_directory(tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(tmp_path)
    first = DeviceLink(tmp_path / "ttyWIZ", DEVICE)
    for path in (tmp_path / "ttyWIZ", tmp_path / "other" / "ttyWIZ"):
        with pytest.raises(UserError) as refusal:
            DeviceLink(path, "/dev/zero")
        assert str(refusal.value) == f"--link {path}: the program with the process id {os.getpid()} has this link"
    second = DeviceLink(tmp_path / "ttyWIZ.1", "/dev/zero")
    first.remove()
    third = DeviceLink(tmp_path / "ttyWIZ", "/dev/zero")
    assert os.readlink(tmp_path / "ttyWIZ") == "/dev/zero"
    second.remove()
    third.remove()


def test_what_was_refused_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    for _ in range(2):
        with pytest.raises(UserError, match="something else has this name"):
            DeviceLink(path, DEVICE)


def test_a_file_that_took_its_place_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "ttyWIZ"
    link = DeviceLink(path, DEVICE)
    path.unlink()
    path.write_text("mine")
    link.remove()
    assert path.read_text() == "mine"
