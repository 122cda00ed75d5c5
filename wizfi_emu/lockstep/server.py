"""Hosts that are programs of their own: four verbs over a socket, by which a host lives in the time of the run.

One request and one answer after another. A request is a line, and behind ``write`` so many bytes; an answer is a line
with the time and a length, and so many bytes. Times are microseconds since the run began; while the host computes, none
passes.

===================  =================================================================
request              answer
===================  =================================================================
``write COUNT``      when the module's end has taken the bytes
``read MAX UNTIL``   the bytes that have come, or none when it is UNTIL
``now``              at once
``sleep UNTIL``      when it is UNTIL
===================  =================================================================
"""

import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wizfi_emu.errors import UserError
from wizfi_emu.lockstep.clock import Lockstep, LockstepError
from wizfi_emu.lockstep.modules import HostEnd

ADDRESS_VARIABLE = "WIZFI_LOCKSTEP"
"""Where a program finds the path of the Unix socket."""

BAUD = 115200
"""At which a host has its port: it cannot set it."""

LINE_BYTES = 80
DATA_BYTES = 65536
"""What may be written, or is given, at once."""

PATIENCE_S = 10.0
"""How long, in real time, a host may compute between two requests, or take to connect."""

_GLANCE_S = 0.02


def serve(connection: socket.socket, lockstep: Lockstep, end: HostEnd) -> None:
    """Be a host's port and clock until it leaves. Raises LockstepError when it is silent for too long."""
    connection.settimeout(PATIENCE_S)
    end.open(BAUD)
    lockstep.host_acted()
    with connection.makefile("rb") as stream:
        try:
            while line := stream.readline(LINE_BYTES):
                data = _answer(line.split(), stream, lockstep, end)
                connection.sendall(b"%d %d\n%s" % (lockstep.clock.now_us, len(data), data))
        except TimeoutError:
            raise LockstepError(f"the host has asked for nothing for {PATIENCE_S:g} s") from None
        except ConnectionError:
            pass  # the host has ended
        except ValueError as error:
            raise LockstepError(f"the host has asked for {error}") from None


def _answer(words: list[bytes], stream: BinaryIO, lockstep: Lockstep, end: HostEnd) -> bytes:
    """Do what a request says, and give the bytes of the answer. Raises ValueError with a request that is none."""
    match words:
        case [b"write", count] if _number(count) <= DATA_BYTES:
            data = stream.read(int(count))
            lockstep.wait(None, lambda: end.takes_more)
            end.write(data)
            lockstep.host_acted()
            lockstep.spend()
        case [b"read", most, until]:
            lockstep.spend()
            lockstep.wait(_number(until), lambda: bool(end.received))
            data = bytes(end.received[: min(_number(most), DATA_BYTES)])
            del end.received[: len(data)]
            return data
        case [b"now"]:
            lockstep.spend()
        case [b"sleep", until]:
            lockstep.spend()
            lockstep.wait(max(lockstep.clock.now_us, _number(until)), lambda: False)
        case _:
            raise ValueError(ascii(b" ".join(words).decode("latin-1")))
    return b""


def _number(word: bytes) -> int:
    if not word.isdigit():
        raise ValueError(f"a number {word.decode('latin-1')!a}")
    return int(word)


def run_program(
    command: Sequence[str], directory: Path, lockstep: Lockstep, end: HostEnd, output: Callable[[bytes], None]
) -> int:
    """Run a program as a host to its end, and give its exit status. Raises UserError if it cannot be run."""
    with tempfile.TemporaryDirectory() as scratch, socket.socket(socket.AF_UNIX) as listener:
        path = Path(scratch, "lockstep")
        listener.bind(str(path))
        listener.listen(1)
        with _started(command, directory, str(path), output) as process:
            connection = _accept(listener, process)
            if connection is not None:
                with connection:
                    serve(connection, lockstep, end)
            return _status(process)


@contextmanager
def _started(
    command: Sequence[str], directory: Path, address: str, output: Callable[[bytes], None]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program under way; at the end it is ended, with what it has started, and its output is read."""
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env={**os.environ, ADDRESS_VARIABLE: address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise UserError(f"{command[0]}: {error.strerror}") from None
    reader = threading.Thread(target=_read_all, args=(process, output))
    reader.start()
    try:
        yield process
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended
        process.wait()
        reader.join()


def _read_all(process: subprocess.Popen[bytes], output: Callable[[bytes], None]) -> None:
    assert process.stdout is not None
    with process.stdout:
        while data := os.read(process.stdout.fileno(), DATA_BYTES):
            output(data)


def _accept(listener: socket.socket, process: subprocess.Popen[bytes]) -> socket.socket | None:
    """The connection of the program; None when it has ended without one."""
    listener.settimeout(_GLANCE_S)
    for _ in range(round(PATIENCE_S / _GLANCE_S)):
        try:
            return listener.accept()[0]
        except TimeoutError:
            if process.poll() is not None:
                return None
    raise LockstepError(f"the host has not connected to {ADDRESS_VARIABLE} within {PATIENCE_S:g} s")


def _status(process: subprocess.Popen[bytes]) -> int:
    """What a program that has left the run ends with, soon."""
    try:
        return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise LockstepError(f"the host has left the run, and does not end within {PATIENCE_S:g} s") from None
