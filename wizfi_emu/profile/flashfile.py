"""The flash of a module as one file that survives a kill at any moment.

The file holds two slots. Each has a header with a generation number and a checksum, then the image. A write puts the
new image into the slot of its generation's parity, keeps the previous image in the other one, and replaces the whole
file: write beside it, fsync, rename, fsync of the directory. So a kill leaves the old or the new file, never a mixture,
and the second slot is there for the damage that comes later: a bad sector, a careless editor, a copy that was cut off.

There are always two valid slots, the first file too (generation 0 is the blank flash); anything else is damage.
This file is an edge: it blocks, and the program calls ``write`` in a thread.
"""

from __future__ import annotations

import logging
import os
import stat
import struct
import zlib
from itertools import count
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol, Self

from wizfi_emu.errors import UserError
from wizfi_emu.profile.flashlock import FlashLock, unusable
from wizfi_emu.secret import Secret, discreet

MEMORY = ":memory:"
"""In place of a file: a flash that is forgotten with the program."""

SLOT_BYTES = 32 * 1024
"""Room of one slot. A profile with certificate (4095 bytes) and key (2047 bytes) is under 8 kB."""

_HEADER = struct.Struct(">8sQII")  # magic, generation, bytes of the image, CRC-32 over generation, length and image
_MAGIC = b"wizfi-f1"
IMAGE_BYTES_MAX = SLOT_BYTES - _HEADER.size

FILE_BYTES = 2 * SLOT_BYTES
"""No more of a file is read."""

COPIES_MAX = 10
"""So many copies of damaged slots are kept beside a file: a disk that fails again and again must not fill up."""

_log = logging.getLogger("wizfi_emu.flash")


class Flash(Protocol):
    """Where a module keeps its image. One user at a time, who closes it."""

    def load(self) -> bytes:
        """The image that was written last, ``b""`` if there is none. Does not block."""

    def write(self, image: bytes) -> None:
        """Store an image of at most ``IMAGE_BYTES_MAX`` bytes. Blocks on the disk.

        When this returns, the image survives a power cut. Raises OSError when it could not be stored; then the old
        one is still there.
        """

    def fill(self, image: bytes) -> None:
        """Give a blank flash its first image. One that cannot be stored now is stored with the next write."""

    def close(self) -> None:
        """Let go of it. Closing twice is allowed."""


class MemoryFlash:
    """A flash that is forgotten with the program (``--flash :memory:``)."""

    def __init__(self, image: bytes = b"") -> None:
        self._image = image

    def load(self) -> bytes:
        return self._image

    def write(self, image: bytes) -> None:
        _check_size(image)
        self._image = image

    fill = write

    def close(self) -> None:
        pass


class Disk:
    """The system calls of one write, in a class of their own so that a test can cut between any two of them."""

    def create(self, path: Path) -> int:
        """Open a file for writing, empty, for its owner's eyes only. A leftover goes, anything else is refused."""
        if _is_plain(path):
            path.unlink()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.fchmod(fd, 0o600)  # the umask may be a strange one
        return fd

    def write(self, fd: int, data: bytes) -> int:
        return os.write(fd, data)

    def sync(self, fd: int) -> None:
        os.fsync(fd)

    def close(self, fd: int) -> None:
        os.close(fd)

    def rename(self, source: Path, target: Path) -> None:
        source.rename(target)

    def sync_directory(self, path: Path) -> None:
        """Make a rename in the directory last."""
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


class FlashFile:
    """The flash of one module in a file, locked for this user alone until ``close``.

    ``path`` need not exist, its directory must. Raises UserError when it cannot be used: no such directory, no
    permission, not a flash file, or another program has it. Damage is no error: it warns and goes on with what is
    left, after it has put a copy aside. Nor is a full disk, before something is to be written.
    """

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path = path
        # A rename would replace a link instead of the file that it stands for.
        self._target = Path(os.path.realpath(path))
        self._disk = disk or Disk()
        self._draft = self._target.with_name(self._target.name + ".new")
        _check_regular(self._target, path)
        if os.path.lexists(self._draft) and not _is_plain(self._draft):
            raise UserError(f"cannot use flash file {path}: {self._draft} is in the way")
        self._lock = FlashLock(self._target, path)
        try:
            self._newest = self._find_newest()
        except BaseException:
            self._lock.release()
            raise

    def load(self) -> bytes:
        return self._newest.image

    def write(self, image: bytes) -> None:
        _check_size(image)
        new = _Slot(self._newest.generation + 1, image)
        self._replace(_format(self._newest, new))
        self._newest = new

    def fill(self, image: bytes) -> None:
        try:
            self.write(image)
        except OSError as error:
            _log.warning("flash file %s cannot be written now: %s", self.path, error.strerror)
            self._newest = _Slot(0, image)

    def erase(self) -> None:
        """Remove the file: the flash is blank again. Raises UserError when it cannot be removed."""
        try:
            self._target.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self.path, error) from error
        self._sync_directory()
        self._newest = _BLANK

    def close(self) -> None:
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _find_newest(self) -> _Slot:
        content = _read(self._target, self.path)
        slots = _parse(content)
        if content and len(slots) < 2:
            if not _was_flash(content):
                raise UserError(f"{self.path} is not a flash file; it stays as it is")
            self._report_damage([place for place in _places(content) if _parse_slot(place) is None])
        return max(slots, default=_BLANK)

    def _replace(self, content: bytes) -> None:
        fd = self._disk.create(self._draft)
        try:
            self._fill(fd, content)
            self._disk.rename(self._draft, self._target)
        except OSError:
            self._draft.unlink(missing_ok=True)
            raise
        self._sync_directory()

    def _fill(self, fd: int, content: bytes) -> None:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[self._disk.write(fd, bytes(rest)) :]
            self._disk.sync(fd)
        finally:
            self._disk.close(fd)

    def _sync_directory(self) -> None:
        try:
            self._disk.sync_directory(self._target.parent)
        except OSError as error:
            # The file is the new one already: to say that it could not be written would be wrong.
            _log.warning(
                "flash file %s: its directory cannot be synchronised (%s); a power cut may bring the old one back",
                self.path,
                error.strerror,
            )

    def _report_damage(self, damaged: list[bytes]) -> None:
        damage = (
            ": one of its two slots is damaged, using the other"
            if len(damaged) == 1
            else " is damaged, starting with a blank flash"
        )
        aside = dict.fromkeys(self._put_aside(slot) for slot in damaged if slot)
        _log.warning("flash file %s%s; %s", self.path, damage, "; ".join(aside) or "it ends before that slot")

    def _put_aside(self, content: bytes) -> str:
        """Copy a damaged slot: the next write replaces it, and a patient person may still read something from it."""
        for number in count(1):
            copy = self._target.with_name(f"{self._target.name}.damaged.{number}")
            if number > COPIES_MAX:
                return f"there are {COPIES_MAX} copies of damaged slots already, so no other is made"
            if os.path.lexists(copy):
                continue
            try:
                fd = self._disk.create(copy)
                try:
                    self._fill(fd, content)
                except OSError:
                    copy.unlink(missing_ok=True)
                    raise
            except OSError as error:
                return f"it cannot be copied to {copy}: {error.strerror}"
            self._sync_directory()
            return f"a copy is in {copy}"
        raise AssertionError("numbers never end")


def open_flash(spec: str) -> Flash:
    """The flash that ``--flash`` names: ``:memory:``, a file, or empty for the file in the user's state directory."""
    if spec == MEMORY:
        return MemoryFlash()
    return FlashFile(Path(spec) if spec else default_file())


def default_file() -> Path:
    """`default_path`, in a directory that is there. Raises UserError when it cannot be made."""
    path = default_path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the directory {path.parent} for the flash file: {error.strerror}") from error
    return path


def default_path() -> Path:
    """``flash.bin`` in the user's state directory (XDG Base Directory Specification)."""
    state = os.environ.get("XDG_STATE_HOME", "")
    # The specification says to ignore a path that is not absolute.
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "wizfi-emu" / "flash.bin"


def read_image(path: Path) -> bytes:
    """The newest image in a flash file without touching it; works while a module runs on it.

    Raises UserError when there is no such file or it holds no valid slot.
    """
    if not path.exists():
        raise UserError(f"there is no flash file {path}")
    content = _read(path, path)
    slots = _parse(content)
    if content and not slots:
        raise UserError(f"{path} is not a flash file, or damaged in both slots")
    return max(slots, default=_BLANK).image


@discreet
class _Slot(NamedTuple):
    """Slots compare by generation first."""

    generation: int
    image: Annotated[bytes, Secret.IMAGE]


_BLANK = _Slot(0, b"")


def _format(older: _Slot, newer: _Slot) -> bytes:
    even, odd = sorted((older, newer), key=lambda slot: slot.generation % 2)
    return b"".join(_format_slot(slot) for slot in (even, odd))


def _format_slot(slot: _Slot) -> bytes:
    generation, image = slot
    header = _HEADER.pack(_MAGIC, generation, len(image), _checksum(generation, image))
    return (header + image).ljust(SLOT_BYTES, b"\0")


def _parse(content: bytes) -> list[_Slot]:
    return [slot for slot in map(_parse_slot, _places(content)) if slot is not None]


def _places(content: bytes) -> tuple[bytes, bytes]:
    """Where the slots are; a file that was cut off has less, or nothing."""
    return content[:SLOT_BYTES], content[SLOT_BYTES : 2 * SLOT_BYTES]


def _was_flash(content: bytes) -> bool:
    """Whether a file that is damaged was once written here; a crash of the system may leave zeros in its place."""
    magic = (content[: len(_MAGIC)], content[SLOT_BYTES : SLOT_BYTES + len(_MAGIC)])
    return _MAGIC in magic or not content.strip(b"\0")


def _parse_slot(data: bytes) -> _Slot | None:
    if len(data) < _HEADER.size:
        return None
    magic, generation, length, checksum = _HEADER.unpack_from(data)
    image = data[_HEADER.size : _HEADER.size + length]
    if magic != _MAGIC or len(image) != length or checksum != _checksum(generation, image):
        return None
    return _Slot(generation, image)


def _checksum(generation: int, image: bytes) -> int:
    return zlib.crc32(image, zlib.crc32(struct.pack(">QI", generation, len(image))))


def _check_size(image: bytes) -> None:
    if len(image) > IMAGE_BYTES_MAX:
        raise ValueError(f"a flash image of {len(image)} bytes, {IMAGE_BYTES_MAX} are possible")


def _check_regular(target: Path, shown: Path) -> None:
    # Renaming over /dev/null is not what anybody wants.
    try:
        status = target.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable(shown, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"flash file {shown} is not a regular file (use :memory: for no file)")
    if status.st_nlink > 1:
        raise UserError(f"flash file {shown} has a second hard link, which a write would leave behind")


def _is_plain(path: Path) -> bool:
    """A regular file with no other name."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def _read(target: Path, shown: Path) -> bytes:
    try:
        # Not waiting for the other end, should it be a pipe.
        with open(target, "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UserError(f"flash file {shown} is not a regular file")
            return file.read(FILE_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise unusable(shown, error) from error
