"""The ledger: what came of which seed, a line each, only ever appended to.

A kill may leave the last line half written. It does not count, and the next writer begins a line of its own; so the
lines that count are those of a run that nobody disturbed. Results of one seed are equal whoever played
it, so that ledgers can be joined in any order and with any overlap.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from wizfi_emu import portable
from wizfi_emu.campaign.model import Result
from wizfi_emu.errors import UserError

LINE_BYTES_MAX = 4096

_DECODER = msgspec.json.Decoder(Result)


class Ledger:
    """A ledger that is written, by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises UserError when it cannot be written, or another process writes it."""
        self.path = path
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._fd = os.open(path, flags, 0o600)
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror}") from error
        try:
            portable.lock(self._fd)
        except BlockingIOError:
            os.close(self._fd)
            raise UserError(f"{path}: another campaign writes it") from None
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"\n")

    def add(self, results: Iterable[Result]) -> None:
        """Write the results of a unit, so that a kill leaves whole lines but for the last. Raises UserError."""
        content = memoryview(b"".join(line_of(result) for result in results))
        try:
            while content:
                content = content[os.write(self._fd, content) :]
            os.fdatasync(self._fd)
        except OSError as error:
            raise UserError(f"{self.path}: cannot be written: {error.strerror}") from error

    def close(self) -> None:
        os.close(self._fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()


def line_of(result: Result) -> bytes:
    """A result as a line of the ledger."""
    return msgspec.json.encode(result) + b"\n"


def read_ledger(path: Path) -> Iterator[Result]:
    """The results in a ledger, in the order of the file; what is half written does not count. Raises UserError."""
    try:
        with path.open("rb") as lines:
            while line := lines.readline(LINE_BYTES_MAX):
                if line.strip():
                    try:
                        yield _DECODER.decode(line)
                    except msgspec.DecodeError:
                        continue  # a writer was killed here
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error


def ledgers_of(path: Path) -> list[Path]:
    """The ledgers that a name stands for: a file, or those in the folder of a campaign."""
    return sorted(path.glob("ledger*.jsonl")) if path.is_dir() else [path]


def merged(paths: Iterable[Path]) -> list[Result]:
    """The results of several ledgers, one for each seed, in the order of keys and seeds."""
    results = {result.identity: result for path in paths for result in read_ledger(path)}
    return [results[identity] for identity in sorted(results)]
