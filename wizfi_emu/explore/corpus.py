"""A corpus: the schedules that a search has kept, in a folder, for the next search to begin with."""

from pathlib import Path
from zlib import crc32

from wizfi_emu import userfiles
from wizfi_emu.errors import UserError
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.recording.files import write_file
from wizfi_emu.userfiles.plain import as_yaml

SUFFIX = ".yaml"

FILES_MAX = 2000
"""How many schedules are read; as many as a search keeps."""


class Corpus:
    """A folder of schedules. Raises UserError for what cannot be read or written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"--corpus {folder}: {error.strerror}") from None

    def read(self) -> list[Schedule]:
        """What earlier searches have kept, in the order of their names."""
        return [userfiles.read(path, Schedule) for path in sorted(self._folder.glob(f"*{SUFFIX}"))[:FILES_MAX]]

    def add(self, schedule: Schedule) -> None:
        """Keep one more."""
        text = as_yaml(schedule).encode()
        path = self._folder / f"{crc32(text):08x}{SUFFIX}"
        if not path.exists():
            write_file(path, text)
