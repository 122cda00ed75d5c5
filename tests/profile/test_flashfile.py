"""The flash file: cut at every step, damaged, locked, private."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.profile.flashfile import (
    COPIES_MAX,
    IMAGE_BYTES_MAX,
    SLOT_BYTES,
    Disk,
    FlashFile,
    MemoryFlash,
    default_path,
    open_flash,
    read_image,
)

OLD = b"old image" * 300
NEW = b"new image" * 400


class Killed(BaseException):
    """The program ended here; nothing of it may run any more."""


class CutDisk(Disk):
    """A disk whose user is killed at one of its system calls.

    What was written and not yet synchronised is lost, as after a power cut; with ``keeps_unsynced`` it has reached the
    disk all the same. A call is cut before it happens, a write also in its middle.
    """

    def __init__(self, cut_at: int, *, keeps_unsynced: bool) -> None:
        self.cut_at = cut_at
        self.calls = 0
        self.keeps_unsynced = keeps_unsynced
        self.unsynced: dict[int, bytes] = {}

    def _step(self) -> None:
        self.calls += 1
        if self.calls == self.cut_at:
            raise Killed

    def create(self, path: Path) -> int:
        self._step()
        fd = super().create(path)
        self.unsynced[fd] = b""
        return fd

    def write(self, fd: int, data: bytes) -> int:
        data = data[:5000]  # a short write, so that there are several
        try:
            self._step()
        except Killed:
            self._take(fd, data[: len(data) // 2])
            raise
        self._take(fd, data)
        return len(data)

    def _take(self, fd: int, data: bytes) -> None:
        if self.keeps_unsynced:
            os.write(fd, data)
        else:
            self.unsynced[fd] += data

    def sync(self, fd: int) -> None:
        self._step()
        os.write(fd, self.unsynced.pop(fd))
        super().sync(fd)

    def close(self, fd: int) -> None:
        super().close(fd)

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def sync_directory(self, path: Path) -> None:
        self._step()
        super().sync_directory(path)


def write_cut(path: Path, image: bytes, cut_at: int, *, keeps_unsynced: bool) -> bool:
    """Write an image and be killed at a system call; False when the write has fewer calls."""
    disk = CutDisk(cut_at, keeps_unsynced=keeps_unsynced)
    with FlashFile(path, disk) as flash:
        try:
            flash.write(image)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("keeps_unsynced", [True, False])
def test_a_kill_at_any_system_call_leaves_the_old_or_the_new_image(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, keeps_unsynced: bool
) -> None:
    seen = []
    cut_at = 1
    while True:
        path = tmp_path / f"flash-{cut_at}.bin"
        with FlashFile(path) as flash:
            flash.write(OLD)
        if not write_cut(path, NEW, cut_at, keeps_unsynced=keeps_unsynced):
            break
        with FlashFile(path) as flash:
            image = flash.load()
            seen.append(image)
            assert image in (OLD, NEW), f"cut at call {cut_at}"
            flash.write(b"next")  # and the flash works on
        assert read_image(path) == b"next"
        cut_at += 1
    assert cut_at > 8, "the write was cut at fewer places than it has system calls"
    # Only after the rename, before the synchronisation of the directory, the new image may be there.
    assert seen == [OLD] * (len(seen) - 1) + [NEW]
    assert caplog.records == [], "a kill is no damage"


def test_the_first_write_cut_anywhere_leaves_a_blank_flash_or_the_image(tmp_path: Path) -> None:
    cut_at = 1
    while write_cut(path := tmp_path / f"flash-{cut_at}.bin", NEW, cut_at, keeps_unsynced=True):
        with FlashFile(path) as flash:
            assert flash.load() in (b"", NEW)
        cut_at += 1
    assert read_image(path) == NEW


WRITER = """
import sys
from pathlib import Path
from wizfi_emu.profile.flashfile import FlashFile
flash = FlashFile(Path(sys.argv[1]))
count = int(flash.load() or b"0")
while True:
    count += 1
    flash.write(b"%d" % count)
    print(count, flush=True)
"""


@pytest.mark.slow
def test_a_program_killed_while_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    for lines in (1, 5, 12):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            confirmed = [int(program.stdout.readline()) for _ in range(lines)][-1]
            program.kill()
            confirmed = max([confirmed, *map(int, program.stdout.read().splitlines())])
        # Killed between its write and its report, the program was one further.
        with FlashFile(path) as flash:  # and its lock went with it
            assert int(flash.load()) in (confirmed, confirmed + 1)


def test_a_file_that_is_not_there_is_a_blank_flash(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "flash.bin"
    with FlashFile(path) as flash:
        assert flash.load() == b""
    assert not path.exists()
    assert caplog.records == []


def test_an_empty_file_is_a_blank_flash(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "flash.bin"
    path.touch()
    with FlashFile(path) as flash:
        assert flash.load() == b""
        flash.write(NEW)
    assert read_image(path) == NEW
    assert caplog.records == []


def test_load_gives_what_was_written_last(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with FlashFile(path) as flash:
        for image in (b"1", b"", b"3", os.urandom(IMAGE_BYTES_MAX), b"5"):
            flash.write(image)
            assert flash.load() == image
            assert read_image(path) == image
    with FlashFile(path) as flash:
        assert flash.load() == b"5"


def test_an_image_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with FlashFile(tmp_path / "flash.bin") as flash:
        flash.write(OLD)
        with pytest.raises(ValueError, match="32769"):
            flash.write(bytes(32769))
        assert flash.load() == OLD


def two_images(path: Path) -> bytes:
    """A file whose even slot holds NEW and whose odd slot holds OLD."""
    with FlashFile(path) as flash:
        flash.write(OLD)
        flash.write(NEW)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("place", "image"), [*((place, OLD) for place in range(31)), (SLOT_BYTES, NEW), (SLOT_BYTES + 30, NEW)]
)
def test_a_damaged_slot_falls_back_to_the_other_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, place: int, image: bytes
) -> None:
    path = tmp_path / "flash.bin"
    content = bytearray(two_images(path))
    content[place] ^= 0x10
    path.write_bytes(content)
    with FlashFile(path) as flash:
        assert flash.load() == image
        assert flash.load() == image
        [record] = caplog.records
        assert (record.name, record.levelno) == ("wizfi_emu.flash", logging.WARNING)
        assert f"{path}: one of its two slots is damaged" in record.message
        flash.write(b"next")
    assert read_image(path) == b"next"
    with FlashFile(path) as flash:
        assert flash.load() == b"next"
    assert len(caplog.records) == 1, "the write repaired the file"


def test_a_flash_damaged_in_both_slots_is_blank_and_kept_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "flash.bin"
    content = bytearray(two_images(path))
    content[40] ^= 1
    content[SLOT_BYTES + 40] ^= 1
    path.write_bytes(content)
    earlier = tmp_path / "flash.bin.damaged.1"
    earlier.write_bytes(b"of an earlier time")
    copies = [tmp_path / "flash.bin.damaged.2", tmp_path / "flash.bin.damaged.3"]
    with FlashFile(path) as flash:
        assert flash.load() == b""
        [record] = caplog.records
        assert f"{path} is damaged, starting with a blank flash" in record.message
        assert all(f"a copy is in {copy}" in record.message for copy in copies)
        flash.write(b"next")
    assert [copy.read_bytes() for copy in copies] == [content[:SLOT_BYTES], content[SLOT_BYTES:]]
    assert earlier.read_bytes() == b"of an earlier time"
    assert all(stat.S_IMODE(copy.stat().st_mode) == 0o600 for copy in copies)
    with pytest.raises(UserError, match="not a flash file"):
        read_image(copies[0])


@pytest.mark.parametrize("slot", [0, 1])
def test_only_the_slot_that_is_damaged_is_copied(tmp_path: Path, slot: int) -> None:
    """The other one is in the file that comes."""
    path = tmp_path / "flash.bin"
    content = bytearray(two_images(path))
    content[slot * SLOT_BYTES + 40] ^= 1
    path.write_bytes(content)
    synced: list[int] = []

    class Watched(Disk):
        def sync(self, fd: int) -> None:
            synced.append(os.fstat(fd).st_size)
            super().sync(fd)

    with FlashFile(path, Watched()):
        pass
    [copy] = tmp_path.glob("*.damaged.*")
    assert copy.read_bytes() == content[slot * SLOT_BYTES :][:SLOT_BYTES]
    assert synced == [SLOT_BYTES]


@pytest.mark.parametrize(
    ("kept", "image"),
    [
        (10, b""),
        (100, b""),
        (SLOT_BYTES - 1, NEW),
        (SLOT_BYTES, NEW),
        (SLOT_BYTES + 100, NEW),
        (2 * SLOT_BYTES - 1, NEW),
    ],
)
def test_a_file_cut_short(tmp_path: Path, caplog: pytest.LogCaptureFixture, kept: int, image: bytes) -> None:
    path = tmp_path / "flash.bin"
    path.write_bytes(two_images(path)[:kept])
    with FlashFile(path) as flash:
        assert flash.load() == image
    # Only the filling after the second image is missing: nothing is lost.
    assert len(caplog.records) == (0 if kept == 2 * SLOT_BYTES - 1 else 1)


def test_a_newest_image_that_was_cut_off_is_not_passed_over_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "flash.bin"
    with FlashFile(path) as flash:
        flash.write(OLD)
    path.write_bytes(path.read_bytes()[:SLOT_BYTES])
    with FlashFile(path) as flash:
        assert flash.load() == b""
    assert len(caplog.records) == 1


@pytest.mark.parametrize("content", [b"host\n", b"x" * 2 * SLOT_BYTES, b"\0" * 100 + b"wizfi-f1"])
def test_a_file_that_never_was_a_flash_is_refused_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostname"
    path.write_bytes(content)
    with pytest.raises(UserError) as refusal:
        FlashFile(path)
    assert str(refusal.value) == f"{path} is not a flash file; it stays as it is"
    assert list(tmp_path.iterdir()) == [path], "the lock is gone with the refusal"
    assert path.read_bytes() == content


def test_a_file_of_zeros_is_what_a_crash_leaves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "flash.bin"
    path.write_bytes(bytes(1000))
    with FlashFile(path) as flash:
        assert flash.load() == b""
    assert "damaged" in caplog.text


def test_copies_are_at_most_a_slot_long_and_their_number_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "flash.bin"
    damaged = b"wizfi-f1" + b"x" * 3 * SLOT_BYTES
    for _ in range(COPIES_MAX + 2):
        path.write_bytes(damaged)
        with FlashFile(path) as flash:
            assert flash.load() == b""
    copies = sorted(tmp_path.glob("*.damaged.*"))
    assert len(copies) == COPIES_MAX
    assert {copy.stat().st_size for copy in copies} == {SLOT_BYTES}
    assert caplog.records[-1].message.endswith(
        f"there are {COPIES_MAX} copies of damaged slots already, so no other is made"
    )


class FullDisk(Disk):
    def write(self, fd: int, data: bytes) -> int:
        super().write(fd, data[:100])
        raise OSError(28, "No space left on device")


def test_a_full_disk_does_not_stop_a_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "flash.bin"
    content = bytearray(two_images(path))
    content[40] ^= 1
    path.write_bytes(content)
    with FlashFile(path, FullDisk()) as flash:
        assert flash.load() == OLD
    assert f"cannot be copied to {path}.damaged.1: No space left on device" in caplog.text
    assert list(tmp_path.iterdir()) == [path]
    path.unlink()
    with FlashFile(path, FullDisk()) as flash:
        flash.fill(OLD)
        assert flash.load() == OLD
    assert not path.exists()
    assert caplog.messages[-1] == f"flash file {path} cannot be written now: No space left on device"


def test_what_a_flash_was_filled_with_is_kept_beside_the_first_image_that_is_written(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"

    class FullOnce(Disk):
        full = True

        def sync(self, fd: int) -> None:
            if self.full:
                self.full = False
                raise OSError(28, "No space left on device")
            super().sync(fd)

    with FlashFile(path, FullOnce()) as flash:
        flash.fill(OLD)
        flash.write(NEW)
    assert read_image(path) == NEW
    assert OLD in path.read_bytes()


def test_a_directory_that_cannot_be_synchronised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The new image is there already, so the write has succeeded."""

    class Unsynchronised(Disk):
        def sync_directory(self, path: Path) -> None:
            raise OSError(22, "Invalid argument")

    path = tmp_path / "flash.bin"
    with FlashFile(path, Unsynchronised()) as flash:
        flash.write(OLD)
        flash.write(NEW)
        assert flash.load() == NEW
        assert "cannot be synchronised (Invalid argument)" in caplog.text
        assert read_image(path) == NEW
        flash.erase()
        assert flash.load() == b""


def make_strange(path: Path, kind: str) -> None:
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "directory":
            path.mkdir()
        case "hard link":
            other = path.with_name("other")
            other.write_bytes(b"somebody's")
            path.hardlink_to(other)
        case "soft link":
            path.with_name("other").write_bytes(b"somebody's")
            path.symlink_to(path.with_name("other"))
        case "text":
            path.write_bytes(b"somebody's")


@pytest.mark.parametrize("kind", ["pipe", "directory", "hard link", "soft link", "text"])
@pytest.mark.parametrize("suffix", ["", ".new", ".lock"])
def test_what_is_no_file_of_the_program_is_refused_at_once_and_stays(tmp_path: Path, suffix: str, kind: str) -> None:
    path = tmp_path / "flash.bin"
    strange = tmp_path / f"flash.bin{suffix}"
    make_strange(strange, kind)
    before = strange.lstat()
    if suffix == ".new" and kind == "text":
        with FlashFile(path) as flash:
            flash.write(NEW)
        assert list(tmp_path.iterdir()) == [path], "it was taken for a leftover, as nobody can tell it from one"
        return
    with pytest.raises(UserError, match="flash"):
        FlashFile(path)
    assert strange.lstat() == before
    if kind == "hard link" and not suffix:
        with pytest.raises(UserError, match="has a second hard link"):
            FlashFile(path)
    if kind in ("hard link", "soft link"):
        assert strange.with_name("other").read_bytes() == b"somebody's"


def test_what_comes_into_the_way_later_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with FlashFile(path) as flash:
        flash.write(OLD)
        for kind in ("pipe", "directory", "hard link", "soft link"):
            draft = tmp_path / "flash.bin.new"
            make_strange(draft, kind)
            with pytest.raises(OSError, match="exists"):
                flash.write(NEW)
            assert flash.load() == OLD
            draft.rmdir() if kind == "directory" else draft.unlink()


def test_reading_a_pipe_does_not_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="not a regular file"):
        read_image(tmp_path / "pipe")


def test_a_directory_that_has_become_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "flash.bin"
    with FlashFile(path) as flash:
        flash.write(OLD)
        monkeypatch.setattr(Path, "unlink", refuse)
        with pytest.raises(UserError, match=r"cannot use flash file .*: Permission denied"):
            flash.erase()


def test_a_full_disk_keeps_the_old_image(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    with FlashFile(path) as flash:
        flash.write(OLD)
    with FlashFile(path, FullDisk()) as flash:
        with pytest.raises(OSError, match="No space"):
            flash.write(NEW)
        assert flash.load() == OLD
    assert read_image(path) == OLD
    assert sorted(tmp_path.iterdir()) == [path]


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "flash.bin"
    path.touch(mode=0o644)
    (tmp_path / "flash.bin.new").touch(mode=0o666)  # left by a killed program
    before = os.umask(0)
    try:
        with FlashFile(path) as flash:
            lock = tmp_path / "flash.bin.lock"
            assert stat.S_IMODE(lock.stat().st_mode) == 0o600
            flash.write(NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "flash.bin"
    link.symlink_to(tmp_path / "real" / "flash.bin")
    with FlashFile(link) as flash:
        flash.write(NEW)
        with pytest.raises(UserError, match="in use"):
            FlashFile(tmp_path / "real" / "flash.bin")
    assert link.is_symlink()
    assert read_image(tmp_path / "real" / "flash.bin") == NEW


@pytest.mark.parametrize("name", ["missing/flash.bin", "", "/dev/null"])
def test_a_path_that_cannot_be_a_flash_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="flash file"):
        FlashFile(tmp_path / name)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no flash file"):
        read_image(tmp_path / "flash.bin")


def test_memory_flash() -> None:
    flash = open_flash(":memory:")
    assert isinstance(flash, MemoryFlash)
    assert flash.load() == b""
    flash.write(NEW)
    assert flash.load() == NEW
    with pytest.raises(ValueError, match="possible"):
        flash.write(bytes(IMAGE_BYTES_MAX + 1))
    flash.close()


def test_the_default_is_in_the_users_state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    flash = open_flash("")
    flash.write(NEW)
    flash.close()
    path = tmp_path / "state" / "wizfi-emu" / "flash.bin"
    assert read_image(path) == NEW
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    monkeypatch.setenv("HOME", str(tmp_path))
    default = tmp_path / ".local" / "state" / "wizfi-emu" / "flash.bin"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert default_path() == default
    monkeypatch.delenv("XDG_STATE_HOME")
    assert default_path() == default


def test_the_default_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for image in (b"", NEW):
        flash = open_flash("")
        assert flash.load() == image
        flash.write(NEW)
        flash.close()


def test_a_file_by_its_name(tmp_path: Path) -> None:
    flash = open_flash(str(tmp_path / "mine.bin"))
    flash.write(NEW)
    flash.close()
    assert read_image(tmp_path / "mine.bin") == NEW


@pytest.mark.parametrize("use", [FlashFile, read_image])
def test_an_error_names_the_file_as_it_was_given(tmp_path: Path, use: Callable[[Path], object]) -> None:
    (tmp_path / "file").touch()
    path = tmp_path if use is read_image else tmp_path / "file" / "flash.bin"
    with pytest.raises(UserError, match=f"^cannot use flash file {path}: "):
        use(path)


def test_a_draft_that_cannot_be_made_is_the_error_that_is_told(tmp_path: Path) -> None:
    class NoDisk(Disk):
        def create(self, path: Path) -> int:
            raise OSError(13, "Permission denied")

    with FlashFile(tmp_path / "flash.bin", NoDisk()) as flash, pytest.raises(OSError, match="Permission denied"):
        flash.write(NEW)


def test_a_state_directory_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match="cannot make the directory"):
        open_flash("")
