"""Hosts that are programs of their own: verbs over a socket, by which a host lives in the time of the run.

One request and one answer after another. A request is a line, and behind ``write`` so many bytes; an answer is a line
with the time, a length, and until when nothing comes by itself, and so many bytes. Times are microseconds since the run
began; while the host computes, none passes.

===================  =================================================================
request              answer
===================  =================================================================
``write COUNT``      when the module's end has taken the bytes
``read MAX UNTIL``   the bytes that have come, or none when it is UNTIL
``now``              at once
``sleep UNTIL``      when it is UNTIL
===================  =================================================================

What else a serial port has, for who wants it:

===================  =================================================================
``open``             the port is opened, again; what has come is forgotten
``baud RATE``        the host's rate
``drain``            when the module has taken what was written
``discard``          what was written and not taken is forgotten
``unsent``           how many bytes were written and not taken
``lines RTS DTR``    sets the host's lines, 0 or 1; gives CTS
``transfer COUNT``   so many bytes are clocked over SPI, as many come back
``ready UNTIL``      when DATA_READY is high, or it is UNTIL; gives its level, 0 or 1
===================  =================================================================
"""

import os
import signal
import socket
import struct
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wizfi_emu.errors import UserError
from wizfi_emu.lockstep.clock import Lockstep, LockstepError
from wizfi_emu.lockstep.modules import HostEnd
from wizfi_emu.lockstep.spi import SpiLine
from wizfi_emu.lockstep.whereabouts import where_a_process_is

ADDRESS_VARIABLE = "WIZFI_LOCKSTEP"
"""Where a program finds the path of the Unix socket."""

BAUD = 115200
"""At which a host has its port until it sets another rate."""

RATES = range(1, 10_000_000)
"""What a host may ask for, in bit/s."""

LINE_BYTES = 80
DATA_BYTES = 65536
"""What may be written, or is given, at once."""

NEVER_US = 1 << 62
"""A time from here on never comes."""

PATIENCE_S = 10.0
"""How long, in real time, a host may compute between two requests, or take to connect."""

_GLANCE_S = 0.02


def serve(connection: socket.socket, lockstep: Lockstep, end: HostEnd) -> None:
    """Be a host's port and clock until it leaves. Raises LockstepError when it is silent for too long."""
    connection.settimeout(PATIENCE_S)
    with connection.makefile("rb") as stream:
        try:
            while line := _next_line(stream, lockstep):
                data = _answer(line.split(), stream, lockstep, end)
                quiet_us = lockstep.clock.now_us if end.received else lockstep.quiet_until_us
                connection.sendall(b"%d %d %d\n%s" % (lockstep.clock.now_us, len(data), quiet_us, data))
        except TimeoutError:
            with lockstep.outside():
                place = where_a_process_is(_process_of(connection))
            text = f"the host has asked for nothing for {PATIENCE_S:g} s"
            raise LockstepError(f"{text}: {place}" if place else text) from None
        except ConnectionError:
            pass  # the host has ended
        except ValueError as error:
            raise LockstepError(f"the host has asked for {error}") from None


def _next_line(stream: BinaryIO, lockstep: Lockstep) -> bytes:
    with lockstep.outside():
        return stream.readline(LINE_BYTES)


def _process_of(connection: socket.socket) -> int:
    process, _user, _group = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return int(process)


def _answer(words: list[bytes], stream: BinaryIO, lockstep: Lockstep, end: HostEnd) -> bytes:
    """Do what a request says, and give the bytes of the answer. Raises ValueError with a request that is none."""
    if words and words[0] not in (b"now", b"sleep", b"open") and not end.is_open:
        end.open(BAUD)
        lockstep.host_acted()
    match words:
        case [b"write", count] if _number(count) <= DATA_BYTES:
            data = stream.read(int(count))
            lockstep.wait(None, lambda: end.takes_more)
            end.write(data)
            lockstep.host_acted()
            lockstep.spend()
        case [b"read", most, until]:
            lockstep.spend()
            lockstep.wait(_time(until), lambda: bool(end.received))
            data = bytes(end.received[: min(_number(most), DATA_BYTES)])
            del end.received[: len(data)]
            return data
        case [b"now"]:
            lockstep.spend()
        case [b"sleep", until]:
            lockstep.spend()
            lockstep.wait(_time(until, lockstep.clock.now_us), lambda: False)
        case [b"open"]:
            end.open(BAUD)
            lockstep.host_acted()
        case [b"baud", rate] if _number(rate) in RATES:
            end.set_baud(int(rate))
            lockstep.spend()
        case [b"drain"]:
            end.drain(lockstep)
            lockstep.spend()
        case [b"unsent"]:
            lockstep.spend()
            return b"%d" % end.unsent_bytes
        case [b"discard"]:
            end.discard()
            lockstep.spend()
        case [b"lines", (b"0" | b"1") as rts, (b"0" | b"1") as dtr]:
            end.set_lines(rts=rts == b"1", dtr=dtr == b"1")
            lockstep.host_acted()
            lockstep.spend()
            return b"%d" % end.cts
        case [b"transfer", count] if _number(count) <= DATA_BYTES:
            return SpiLine(lockstep, end).transfer(stream.read(int(count)))
        case [b"ready", until]:
            return b"%d" % SpiLine(lockstep, end).wait_ready(_time(until))
        case _:
            raise ValueError(ascii(b" ".join(words).decode("latin-1")))
    return b""


def _number(word: bytes) -> int:
    if not word.isdigit():
        raise ValueError(f"a number {word.decode('latin-1')!a}")
    return int(word)


def _time(word: bytes, least_us: int = 0) -> int | None:
    """A time; None for one that never comes."""
    time_us = _number(word)
    return max(least_us, time_us) if time_us < NEVER_US else None


def run_program(
    command: Sequence[str],
    directory: Path,
    lockstep: Lockstep,
    end: HostEnd,
    output: Callable[[bytes], None],
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a program as a host to its end, and give its exit status. Raises UserError if it cannot be run.

    The calling thread has its turn, which the program takes. ``environment`` is what the program's has beside ours.
    """
    with tempfile.TemporaryDirectory() as scratch, socket.socket(socket.AF_UNIX) as listener:
        path = Path(scratch, "lockstep")
        listener.bind(str(path))
        listener.listen(1)
        ours = {**os.environ, **(environment or {}), ADDRESS_VARIABLE: str(path)}
        with _started(command, directory, ours, lockstep, output) as process:
            with lockstep.outside():
                connection = _accept(listener, process)
            if connection is not None:
                with connection:
                    serve(connection, lockstep, end)
            with lockstep.outside():
                return _status(process)


@contextmanager
def _started(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    lockstep: Lockstep,
    output: Callable[[bytes], None],
) -> Iterator[subprocess.Popen[bytes]]:
    """A program under way; at the end it is ended, with what it has started, and its output is read."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the host program, which the user has named
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise UserError(f"{command[0]}: {error.strerror}") from None
    with lockstep.outside():  # it is not a host's thread
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
