"""Which scenario files are meant, and where what is kept of their runs goes."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from wizfi_emu.errors import UserError
from wizfi_emu.userfiles.files import SUFFIX

HEAD_BYTES = 16 * 1024
"""What is read of a file to see whether it is a scenario: its licence and description may come first."""
FILES_MAX = 1000
"""Scenarios of one call."""

_SCENARIO = re.compile(rb"^[\"']?scenario[\"']?[ \t]*:", re.MULTILINE)


def find_scenarios(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, and the scenarios in the folders that are, in order.

    Raises UserError for a folder without any, and for too many.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [one for one in sorted(path.rglob(f"*{SUFFIX}")) if _is_scenario(one)]
        if not inside:
            raise UserError(f"{path}: no scenario in this folder; expected *{SUFFIX} files with the key scenario")
        found += inside
    if len(found) > FILES_MAX:
        raise UserError(f"{len(found)} scenarios; expected {FILES_MAX} at most in one call")
    return list(dict.fromkeys(found))


def _is_scenario(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _SCENARIO.search(file.read(HEAD_BYTES)) is not None
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Kept:
    """Where recordings and reports go: a file for one run, folders for several."""

    record: Path | None = None
    report: Path | None = None
    overwrite: bool = False
    several: bool = False

    def prepare(self) -> None:
        """Make the folders. Raises UserError when one cannot be."""
        for option, path in (("--record", self.record), ("--report", self.report)):
            if path is not None and self.several:
                try:
                    path.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise UserError(f"{option} {path}: of several runs, expected a folder: {error.strerror}") from None

    @contextmanager
    def recording(self, name: str) -> Iterator[Path | None]:
        """Where the run of this name is recorded, if it is; its report is drawn behind this context."""
        if self.record is None and self.report is None:
            yield None
            return
        with TemporaryDirectory(prefix="wizfi-") as scratch:
            record = self._path(self.record, name, ".jsonl") or Path(scratch) / "run.jsonl"
            yield record
            if (report := self._path(self.report, name, ".html")) is not None and record.exists():
                from wizfi_emu.recording.report.page import write_report

                write_report(record, report, name)

    def _path(self, given: Path | None, name: str, suffix: str) -> Path | None:
        return given / (name + suffix) if given is not None and self.several else given


def names_of(paths: Sequence[Path]) -> list[str]:
    """A name for each file that no other one has, fit to be that of a file."""
    names = [path.name.removesuffix(SUFFIX).removesuffix(".scenario") for path in paths]
    if len(set(names)) < len(names):
        names = ["-".join(path.with_suffix("").parts).strip("/-") for path in paths]
    return [re.sub(r"[^\w.-]", "_", name) for name in names]
