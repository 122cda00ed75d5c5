"""A Python host in a process of its own: the time and the port are those of the process that runs the module.

For the second host of a run and those behind it: what a Python program takes for its own (arguments, modules, standard
output) there is once in a process. ``python -m wizfi_emu.lockstep.remote PORT FILE ARGUMENT...``
"""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from wizfi_emu.errors import UserError
from wizfi_emu.lockstep.clock import Lockstep, StoppedError
from wizfi_emu.lockstep.host import PythonProgram, run_python
from wizfi_emu.lockstep.patch import patched
from wizfi_emu.lockstep.server import ADDRESS_VARIABLE, BAUD, DATA_BYTES, NEVER_US
from wizfi_emu.run.clock import VirtualClock

USAGE_STATUS = 2
UNLIMITED_S = 1e12
"""The run ends its hosts when its own time is over."""


class RemoteRun:
    """The other process, by its protocol (see ``wizfi_emu.lockstep.server``), and the module's line as a host's end."""

    over = False
    takes_more = True

    def __init__(self, connection: socket.socket) -> None:
        self.clock = VirtualClock()
        self.received = bytearray()
        self.next_us: int | None = 0
        """Until when nothing comes by itself."""
        self.outside: Callable[[], AbstractContextManager[None]] = nullcontext
        """Around what is waited for of the other process."""
        self._stream = connection.makefile("rwb")
        self._run_us = 0

    def ask(self, request: bytes, data: bytes = b"") -> bytes:
        """Make a request, at the time that it is here. Raises StoppedError when the run is over."""
        ahead = self.clock.now_us > self._run_us
        if ahead:
            self._stream.write(b"sleep %d\n" % self.clock.now_us)
        self._stream.write(request + b"\n" + data)
        try:
            with self.outside():
                self._stream.flush()
                if ahead:
                    self._answer()
                return self._answer()
        except (ConnectionError, ValueError):
            raise StoppedError from None

    def _answer(self) -> bytes:
        time_us, count, quiet_us = (int(word) for word in self._stream.readline().split())
        self.clock.now_us = self._run_us = time_us
        self.next_us = quiet_us
        return self._stream.read(count)

    def wait(self, until_us: int | None) -> bool:
        """Wait until bytes have come, at most until a time; whether any have."""
        data = self.ask(b"read %d %d" % (DATA_BYTES, NEVER_US if until_us is None else until_us))
        self.received += data
        return bool(data)

    # --- surroundings of the threads here ---------------------------------------------------------------------------

    def step(self) -> None:
        """Nothing is due here."""

    def host_acted(self) -> None:
        """The other process knows it."""

    # --- the port ---------------------------------------------------------------------------------------------------

    def open(self, baud: int) -> None:
        """The host opens the port."""
        self.ask(b"open")
        self.received.clear()
        if baud != BAUD:
            self.set_baud(baud)

    def set_baud(self, baud: int) -> None:
        """The host sets its rate."""
        self.ask(b"baud %d" % baud)

    def set_lines(self, *, rts: bool, dtr: bool) -> None:
        """The host sets its lines."""
        self._clear_to_send = self.ask(b"lines %d %d" % (rts, dtr)) == b"1"
        self._lines = rts, dtr

    _lines = True, True
    _clear_to_send = True

    @property
    def cts(self) -> bool:
        """Whether the module lets the host send."""
        rts, dtr = self._lines
        self.set_lines(rts=rts, dtr=dtr)
        return self._clear_to_send

    def write(self, data: bytes) -> None:
        """The host sends; it waits for the module."""
        for start in range(0, len(data), DATA_BYTES):
            piece = data[start : start + DATA_BYTES]
            self.ask(b"write %d" % len(piece), piece)

    @property
    def unsent_bytes(self) -> int:
        """What the host has written and the module has not taken."""
        return int(self.ask(b"unsent"))

    def discard(self) -> None:
        """Forget it."""
        self.ask(b"discard")

    def drain(self, _lockstep: Lockstep) -> None:
        """Wait until the module has taken it."""
        self.ask(b"drain")


class RemoteLockstep(Lockstep):
    """The turns of the threads here, in the time of the other process."""

    def __init__(self, run: RemoteRun) -> None:
        super().__init__(run.clock, run, limit_s=UNLIMITED_S)
        self._run = run
        run.outside = self.outside

    def _let_time_pass(self, until_us: int | None) -> bool:
        came = self._run.wait(until_us)
        self._next_us = self._run.next_us
        return came


def main(arguments: list[str]) -> int:
    """Run a program to its end, and give its exit status."""
    port, file, *rest = arguments
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ[ADDRESS_VARIABLE])
        run = RemoteRun(connection)
        lockstep = RemoteLockstep(run)
        try:
            with patched(lockstep, {port: run}, imported=False), lockstep.taking_part():
                status = run_python(PythonProgram(file, tuple(rest)), lockstep, _print)
                run.ask(b"now")  # it learns to which time the program has come
                return status
        except StoppedError:
            return 1
        except UserError as error:
            print(error, file=sys.stderr)
            return USAGE_STATUS


def _print(data: bytes) -> None:
    os.write(sys.__stdout__.fileno() if sys.__stdout__ is not None else 1, data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
