"""The stable name of a serial device: a symbolic link that comes and goes with the port."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from wizfi_emu.errors import UserError


class DeviceLink:
    """A symbolic link from ``path`` to a device, made at once and removed by ``remove``.

    A link that is already there is replaced in one step when it leads nowhere or to a device: that is what a killed run
    leaves behind. Anything else is the user's and stays; ``UserError`` then says so, as when the link cannot be made.
    """

    def __init__(self, path: Path, device: str) -> None:
        self.path = path
        self._device = device
        try:
            if not is_replaceable(path):
                raise UserError(f"--link {path}: something else has this name, and it is not a link to a device")
            new = path.with_name(f".{path.name}.{os.getpid()}")
            new.unlink(missing_ok=True)
            new.symlink_to(device)
            new.rename(path)
        except OSError as error:
            raise UserError(f"--link {path}: {error.strerror}") from None

    def remove(self) -> None:
        """Remove the link if it still leads to the device; by now it may be another's."""
        try:
            if os.readlink(self.path) == self._device:
                self.path.unlink()
        except OSError:
            return  # gone, or no link any more: nothing of ours


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
