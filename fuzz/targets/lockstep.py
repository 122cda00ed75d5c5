"""A host in another language that speaks the protocol of lockstep as it likes."""

import socket
from io import BytesIO
from typing import cast

from fuzz.targets.machine import new_module
from fuzz.targets.scripts import INPUT_BYTES_MAX
from wizfi_emu.lockstep.clock import Lockstep, LockstepError
from wizfi_emu.lockstep.modules import HostEnd, Modules
from wizfi_emu.lockstep.server import serve

ANSWERED_BYTES_MAX = 64 * 1024 * 1024
LIMIT_S = 100.0


class _Connection:
    """The socket of a host that has sent everything already."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.answered_bytes = 0

    def settimeout(self, seconds: float) -> None:
        pass

    def makefile(self, mode: str) -> BytesIO:
        return BytesIO(self._data)

    def sendall(self, data: bytes) -> None:
        self.answered_bytes += len(data)
        if self.answered_bytes > ANSWERED_BYTES_MAX:
            raise ConnectionResetError  # as much as it says, but not more than this machine has


def play_lockstep(data: bytes) -> None:
    """Requests, one after another."""
    module = new_module("1.0.5.2")
    modules = Modules()
    end = HostEnd("port", module)
    modules.add(end)
    lockstep = Lockstep(module.clock, modules, limit_s=LIMIT_S)
    module.on_change = lockstep.look_again
    try:
        with lockstep.taking_part():
            serve(cast("socket.socket", _Connection(data[:INPUT_BYTES_MAX])), lockstep, end)
    except LockstepError:
        return  # it has asked for what there is not, or for more time than there is
