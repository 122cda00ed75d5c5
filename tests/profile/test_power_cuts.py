"""Ten thousand power cuts: at every system call of several writes, on disks that tear, reorder and lie.

The disk is a model in memory of what POSIX promises and no more: a write is durable, sector by sector and in any order,
when its file is synchronised; a name, when its directory is. What is not durable yet may have reached the disk or not.
A disk that lies takes everything and synchronises nothing.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.profile.flashfile import Disk, FlashFile

SECTOR_BYTES = 512
WRITE_BYTES = 9000  # short writes, so that there are several
CUTS = 10_000
PARTS = 5
WRITES = 3


class Cut(BaseException):
    """The power is gone; nothing of the program runs any more."""


@dataclass
class File:
    """A file on the disk: what its reader sees, and what would be left of it."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytes = b""


class CutDisk(Disk):
    """A disk in memory whose power is cut at one of its calls; what is left is drawn by ``chance``."""

    def __init__(self, cut_at: int, chance: random.Random, content: bytes, path: Path, *, lies: bool) -> None:
        self._calls_left = cut_at
        self._chance = chance
        self._lies = lies
        start = File(bytearray(content), content)
        self._names = {path: start}
        self._durable_names = dict(self._names)
        self._changes: list[tuple[Path | None, Path, File]] = []
        """Changes of names that are not durable: the name that goes, the one that comes, and its file."""
        self._open: dict[int, File] = {}

    def _call(self) -> None:
        self._calls_left -= 1
        if self._calls_left < 0:
            raise Cut

    def create(self, path: Path) -> int:
        self._call()
        file = File()
        self._names[path] = file
        self._changes.append((None, path, file))
        fd = len(self._open)
        self._open[fd] = file
        return fd

    def write(self, fd: int, data: bytes) -> int:
        data = data[:WRITE_BYTES]
        file = self._open[fd]
        try:
            self._call()
        except Cut:
            file.seen += data[: self._chance.randrange(len(data) + 1)]
            raise
        file.seen += data
        return len(data)

    def sync(self, fd: int) -> None:
        self._call()
        if not self._lies:
            self._open[fd].durable = bytes(self._open[fd].seen)

    def close(self, fd: int) -> None:
        pass  # also when the power is gone: the program's cleaning up changes nothing any more

    def rename(self, source: Path, target: Path) -> None:
        self._call()
        file = self._names.pop(source)
        self._names[target] = file
        self._changes.append((source, target, file))

    def sync_directory(self, path: Path) -> None:
        self._call()
        if not self._lies:
            self._durable_names = dict(self._names)
            self._changes.clear()

    def left(self) -> dict[Path, bytes]:
        """The files that are found when the power is back."""
        names = dict(self._durable_names)
        for source, target, file in self._changes[: self._chance.randrange(len(self._changes) + 1)]:
            if source is not None:
                names.pop(source, None)
            names[target] = file
        return {path: self._left_of(file) for path, file in names.items()}

    def _left_of(self, file: File) -> bytes:
        """Each sector that is not durable has come to the disk or not; the length may be known before the content."""
        if file.seen == file.durable:
            return file.durable
        size = self._chance.choice((len(file.durable), len(file.seen), self._chance.randrange(len(file.seen) + 1)))
        content = bytearray(file.durable.ljust(size, b"\0")[:size])
        rate = self._chance.choice((0.0, 0.5, 0.9, 1.0))
        for start in range(0, size, SECTOR_BYTES):
            if self._chance.random() < rate:
                sector = file.seen[start : min(start + SECTOR_BYTES, size)]
                content[start : start + len(sector)] = sector
        return bytes(content)


def image(chance: random.Random) -> bytes:
    return chance.randbytes(chance.choice((1, 300, 5000, 12_000)))


@dataclass
class Found:
    """What is there after a cut: the image, None when the file is refused, and whether damage was told."""

    image: bytes | None
    is_told: bool
    is_empty: bool
    """The file has no content, as one that was only made."""
    confirmed: list[bytes]
    """The images that were there or written, in order."""
    under_way: bytes


def cuts(folder: Path, seed: int, count: int, caplog: pytest.LogCaptureFixture, *, lies: bool) -> Iterator[Found]:
    """Cut the power again and again, at another call each time, and start again from what is left."""
    chance = random.Random(seed)
    path = folder / "flash.bin"
    confirmed, under_way = [b""], b""
    for _ in range(count):
        caplog.clear()
        content = path.read_bytes() if path.exists() else b""
        disk = CutDisk(chance.randrange(50), chance, content, path, lies=lies)
        try:
            with FlashFile(path, disk) as flash:
                yield Found(flash.load(), bool(caplog.records), not content, confirmed, under_way)
                confirmed = [flash.load()]
                for _ in range(WRITES):
                    under_way = image(chance)
                    flash.write(under_way)
                    confirmed.append(under_way)
        except Cut:
            pass
        except UserError:
            yield Found(None, True, False, confirmed, under_way)
            path.unlink()
            confirmed, under_way = [b""], b""
            continue
        for name, left in disk.left().items():
            name.write_bytes(left)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(PARTS))
def test_old_or_new_image_after_every_cut(tmp_path: Path, caplog: pytest.LogCaptureFixture, seed: int) -> None:
    news = 0
    for found in cuts(tmp_path, seed, CUTS // PARTS, caplog, lies=False):
        assert found.image in (found.confirmed[-1], found.under_way)
        assert not found.is_told, "a power cut is no damage"
        news += found.image == found.under_way != found.confirmed[-1]
    assert news > CUTS // PARTS // 100, "the new image is there now and then"


@pytest.mark.slow
def test_disk_that_lies_never_mixes_images(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    whole = 0
    for found in cuts(tmp_path, 7, CUTS // PARTS, caplog, lies=True):
        if found.image:
            assert found.image in (*found.confirmed, found.under_way)
        else:
            assert found.is_told or found.is_empty, "an image is never lost without a word"
        whole += bool(found.image)
    assert whole > CUTS // PARTS // 4
