"""The flash of a module as one file that survives a kill at any moment.

The file holds two slots. Each has a header with a generation number and a checksum, then the image. A write puts the
new image into the slot of its generation's parity, keeps the previous image in the other one, and replaces the whole
file: write beside it, fsync, rename, fsync of the directory. So a kill leaves the old or the new file, never a mixture,
and the second slot is there for the damage that comes later: a bad sector, a careless editor, a copy that was cut off.

There are always two valid slots, the first file too (generation 0 is the blank flash); anything else is damage.
This file is an edge: it blocks, and the program calls ``write`` in a thread.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import stat
import struct
import zlib
from pathlib import Path
from typing import Annotated, NamedTuple, Protocol, Self

from wizfi_emu.errors import UserError
from wizfi_emu.secret import Secret, discreet

MEMORY = ":memory:"
"""In place of a file: a flash that is forgotten with the program."""

SLOT_BYTES = 32 * 1024
"""Room of one slot. A profile with certificate (4095 bytes) and key (2047 bytes) is under 8 kB."""

_HEADER = struct.Struct(">8sQII")  # magic, generation, bytes of the image, CRC-32 over generation, length and image
_MAGIC = b"wizfi-f1"
IMAGE_BYTES_MAX = SLOT_BYTES - _HEADER.size

_log = logging.getLogger("wizfi_emu.flash")


class Flash(Protocol):
    """Where a module keeps its image. One user at a time, who closes it."""

    def load(self) -> bytes:
        """The image that was written last, ``b""`` if there is none. Does not block."""
        ...

    def write(self, image: bytes) -> None:
        """Store an image of at most ``IMAGE_BYTES_MAX`` bytes. Blocks on the disk.

        When this returns, the image survives a power cut. Raises OSError when it could not be stored; then the old
        one is still there.
        """
        ...

    def close(self) -> None:
        """Let go of it. Closing twice is allowed."""
        ...


class MemoryFlash:
    """A flash that is forgotten with the program (``--flash :memory:``)."""

    def __init__(self, image: bytes = b"") -> None:
        self._image = image

    def load(self) -> bytes:
        return self._image

    def write(self, image: bytes) -> None:
        _check_size(image)
        self._image = image

    def close(self) -> None:
        pass


class Disk:
    """The system calls of one write, in a class of their own so that a test can cut between any two of them."""

    def create(self, path: Path) -> int:
        """Open a file for writing, empty, for its owner's eyes only. A link that waits there is not followed."""
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.fchmod(fd, 0o600)  # the file may be a leftover, or the umask a strange one
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
    permission, not a regular file, or another program has it. Damage is no error: it warns and goes on with what is
    left, after it has put a copy aside.
    """

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path = path
        # A rename would replace a link instead of the file that it stands for.
        self._target = Path(os.path.realpath(path))
        self._disk = disk or Disk()
        _check_regular(self._target, path)
        self._lock = _Lock(self._target, path)
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

    def erase(self) -> None:
        """Remove the file: the flash is blank again."""
        self._target.unlink(missing_ok=True)
        self._disk.sync_directory(self._target.parent)
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
            self._report_damage(slots)
        return max(slots, default=_BLANK)

    def _replace(self, content: bytes) -> None:
        draft = self._target.with_name(self._target.name + ".new")
        try:
            fd = self._disk.create(draft)
            try:
                rest = memoryview(content)
                while rest:
                    rest = rest[self._disk.write(fd, bytes(rest)) :]
                self._disk.sync(fd)
            finally:
                self._disk.close(fd)
            self._disk.rename(draft, self._target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._disk.sync_directory(self._target.parent)

    def _report_damage(self, slots: list[_Slot]) -> None:
        # The next write replaces the file, and with it whatever a patient person could still have read from it.
        copy = self._target.with_name(self._target.name + ".damaged")
        try:
            copy.unlink(missing_ok=True)
            os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            shutil.copyfile(self._target, copy)
        except OSError as error:
            raise UserError(
                f"flash file {self.path} is damaged and cannot be copied to {copy}: {error.strerror}"
            ) from error
        if slots:
            _log.warning(
                "flash file %s: one of its two slots is damaged, using the other; a copy is in %s", self.path, copy
            )
        else:
            _log.warning("flash file %s is damaged, starting with a blank flash; a copy is in %s", self.path, copy)


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
    places = (content[:SLOT_BYTES], content[SLOT_BYTES : 2 * SLOT_BYTES])
    return [slot for slot in map(_parse_slot, places) if slot is not None]


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
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unusable(shown, error) from error
    if not stat.S_ISREG(mode):
        raise UserError(f"flash file {shown} is not a regular file (use :memory: for no file)")


def _read(target: Path, shown: Path) -> bytes:
    try:
        with target.open("rb") as file:
            return file.read(2 * SLOT_BYTES)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unusable(shown, error) from error


def _unusable(path: Path, error: OSError) -> UserError:
    return UserError(f"cannot use flash file {path}: {error.strerror}")


class _Lock:
    """An exclusive lock beside the flash file; the file itself is replaced by every write and cannot carry it.

    The kernel drops the lock when the program ends, however it ends. The lock file says who holds it, and is removed
    by ``release``.
    """

    def __init__(self, target: Path, shown: Path) -> None:
        self._path = target.with_name(target.name + ".lock")
        self._fd: int | None = None
        while self._fd is None:
            fd = self._open(shown)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
                os.close(fd)
                by = f"the program with the process id {holder}" if holder else "another program"
                raise UserError(f"flash file {shown} is in use by {by}") from None
            if self._is_current(fd):
                os.ftruncate(fd, 0)
                os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
                self._fd = fd
            else:
                os.close(fd)  # its last holder removed it between our open and our lock

    def release(self) -> None:
        if self._fd is not None:
            # Removed while locked, so that nobody can lock a file that is about to go.
            self._path.unlink(missing_ok=True)
            os.close(self._fd)
            self._fd = None

    def _open(self, shown: Path) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unusable(shown, error) from error

    def _is_current(self, fd: int) -> bool:
        try:
            return os.path.samestat(os.fstat(fd), self._path.stat())
        except FileNotFoundError:
            return False
