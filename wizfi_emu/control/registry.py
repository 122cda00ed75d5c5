"""Which modules run under control, so that ``wizfi-emu ctl`` finds them: one small file for each.

A file is locked as long as its module runs; the lock ends with the program, however it ends. A file without a lock is
what a killed run has left behind, and whoever sees it removes it. Nobody but the owner can read a file: it has the
token.
"""

import os
from pathlib import Path
from typing import Annotated

import msgspec

from wizfi_emu import portable
from wizfi_emu.errors import UserError
from wizfi_emu.listening import browser_url, is_abandoned, parse_host_port
from wizfi_emu.secret import Secret, discreet

SUFFIX = ".module"


@discreet
class Entry(msgspec.Struct, frozen=True):
    """One running module. ``link`` is an absolute path or empty; ``control`` is ``unix:PATH`` or ``HOST:PORT``."""

    pid: int
    device: str
    link: str
    control: str
    token: Annotated[str, Secret.PASSWORD]

    @property
    def url(self) -> str:
        """What a browser opens; for a Unix socket its address."""
        place = parse_host_port(self.control)
        return browser_url(*place, self.token) if self.token and place is not None else self.control

    @property
    def name(self) -> str:
        """What a person calls the module: its link, otherwise its device."""
        return self.link or self.device


def runtime_directory() -> Path:
    """The user's directory for what lives as long as a program; made if it is not there. Raises ``UserError``."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        directory = Path(runtime) / "wizfi-emu"
    else:
        # Not /tmp, where others could be there first.
        state = os.environ.get("XDG_STATE_HOME", "")
        base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
        directory = base / "wizfi-emu" / "run"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the directory {directory}: {error.strerror}") from None
    return directory


class Registration:
    """The file of one running module, until `close`. Raises ``UserError`` when it cannot be written."""

    def __init__(self, entry: Entry) -> None:
        directory = runtime_directory()
        running_modules()  # what killed runs have left goes
        name = f"{entry.pid}-{os.urandom(4).hex()}"
        self._path = directory / f"{name}{SUFFIX}"
        new = directory / f".{name}"
        try:
            self._fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            # Locked before it has its name: no reader ever sees it without the lock.
            portable.lock(self._fd, wait=True)
            os.write(self._fd, msgspec.json.encode(entry))
            new.rename(self._path)
        except OSError as error:
            raise UserError(f"cannot write {self._path}: {error.strerror}") from None

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._fd)


def running_modules() -> list[Entry]:
    """The modules of this user that run under control, in the order of their process ids."""
    entries = [_read(path) for path in runtime_directory().glob(f"*{SUFFIX}")]
    return sorted((entry for entry in entries if entry is not None), key=lambda entry: (entry.pid, entry.control))


def _read(path: Path) -> Entry | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # just ended
    with os.fdopen(fd, "rb") as file:
        try:
            portable.lock(file.fileno(), shared=True)
        except BlockingIOError:
            return msgspec.json.decode(file.read(), type=Entry)
        path.unlink(missing_ok=True)
        _remove_socket(file.read())
        return None


def _remove_socket(content: bytes) -> None:
    """Remove the socket that a killed run has left behind in the runtime directory; one elsewhere is the user's."""
    try:
        control = msgspec.json.decode(content, type=Entry).control
    except msgspec.MsgspecError:
        return
    path = Path(control.removeprefix("unix:"))
    if path.parent == runtime_directory() and path.is_socket() and is_abandoned(path):
        path.unlink(missing_ok=True)
