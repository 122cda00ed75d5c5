"""The stable name of a serial device: a symbolic link that comes and goes with the port."""

import hashlib
import os
import socket
import stat
import struct
from pathlib import Path

from wizfi_emu.errors import UserError

_CREDENTIALS = struct.Struct("3i")  # process, user, group


class DeviceLink:
    """A symbolic link from ``path`` to a device, made at once and removed by ``remove``.

    A link that is already there is replaced in one step when it leads nowhere or to a device: that is what a killed run
    leaves behind. That of a running program stays, and so does anything else, which is the user's; ``UserError`` then
    says so, as when the link cannot be made.
    """

    def __init__(self, path: Path, device: str) -> None:
        self.path = path
        self._device = device
        try:
            self._claim = _claim(path)
        except OSError as error:
            raise UserError(f"--link {path}: {error.strerror}") from None
        try:
            self._make()
        except BaseException:
            self._claim.close()
            raise

    def _make(self) -> None:
        path = self.path
        try:
            if not is_replaceable(path):
                raise UserError(f"--link {path}: something else has this name, and it is not a link to a device")
            new = path.with_name(f".{path.name}.{os.getpid()}")
            new.unlink(missing_ok=True)
            new.symlink_to(self._device)
            new.rename(path)
        except OSError as error:
            raise UserError(f"--link {path}: {error.strerror}") from None

    def remove(self) -> None:
        """Remove the link if it still leads to the device; by now it may be another's."""
        try:
            if os.readlink(self.path) == self._device:
                self.path.unlink()
        except OSError:
            pass  # gone, or no link any more: nothing of ours
        self._claim.close()


def _claim(path: Path) -> socket.socket:
    """What shows other programs of this machine that the link is in use, as long as it is open and this one runs.

    A socket in Linux' abstract namespace, which leaves nothing behind. The directory is named by its number, as it may
    have several names. Raises UserError when another one has it.
    """
    directory = path.parent.stat()
    place = f"{directory.st_dev}:{directory.st_ino}:{path.name}"
    name = b"\0wizfi-emu/link/" + hashlib.sha256(os.fsencode(place)).hexdigest().encode()
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(name)
        claim.listen()
    except OSError:
        claim.close()
        raise UserError(f"--link {path}: {_holder(name)} has this link") from None
    return claim


def _holder(name: bytes) -> str:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(name)
            credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        except OSError:
            return "another program"
    return f"the program with the process id {_CREDENTIALS.unpack(credentials)[0]}"


def is_replaceable(path: Path) -> bool:
    """Nothing is there, or a link to nothing or to a character device."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return True
    if not stat.S_ISLNK(mode):
        return False
    try:
        return stat.S_ISCHR(path.stat().st_mode)
    except OSError:
        return True
