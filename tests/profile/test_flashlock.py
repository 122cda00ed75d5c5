"""The lock of the flash file: a second user is refused, and a killed one is in nobody's way."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.profile.flashfile import FlashFile, read_image


def test_a_full_disk_has_no_room_to_say_who_has_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int, _data: bytes, _offset: int) -> int:
        raise OSError(28, "No space left on device")

    path = tmp_path / "flash.bin"
    monkeypatch.setattr(os, "pwrite", full)
    with FlashFile(path), pytest.raises(UserError, match="in use by another program"):
        FlashFile(path)


def test_a_second_user_in_the_same_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with FlashFile(path), pytest.raises(UserError) as refusal:
        FlashFile(path)
    assert str(refusal.value) == f"flash file {path} is in use by the program with the process id {os.getpid()}"
    with FlashFile(path) as flash:
        assert flash.load() == b""
    assert list(tmp_path.iterdir()) == [], "the lock file is gone"


HOLDER = """
import signal, sys
from pathlib import Path
from wizfi_emu.profile.flashfile import FlashFile
flash = FlashFile(Path(sys.argv[1]))
print("holding", flush=True)
signal.pause()
"""


@pytest.mark.slow
def test_a_second_program_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert select.select([holder.stdout], [], [], 10)[0]
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(UserError, match=f"{path} is in use by .* process id {holder.pid}$"):
            FlashFile(path)
        assert read_image_or_none(path) is None, "looking needs no lock"
        holder.send_signal(signal.SIGKILL)
    with FlashFile(path) as flash:  # the killed program's lock file is still there, its lock is not
        assert flash.load() == b""


def read_image_or_none(path: Path) -> bytes | None:
    try:
        return read_image(path)
    except UserError:
        return None


def test_a_lock_file_that_is_removed_between_open_and_lock_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flash.bin"
    real_flock = fcntl.flock
    first = FlashFile(path)

    def flock(fd: int, operation: int) -> None:
        first.close()  # at the worst moment; closing again does nothing
        real_flock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    with FlashFile(path):
        monkeypatch.undo()
        with pytest.raises(UserError, match="in use"):
            FlashFile(path)
