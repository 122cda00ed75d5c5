"""The programs that are measured, and the host's end of a serial device."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
EMULATOR = (str(Path(sys.executable).parent / "wizfi-emu"), "run", "--flash", ":memory:", "-q")
PATIENCE_S = 30.0
"""Nothing here takes this long, so a program that is silent for it hangs."""

READ_BYTES = 65536
WRITE_BYTES = 65536

# As in an ordinary installation, where Python keeps what it has compiled.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Host:
    """What opens a serial device: raw, without modem control."""

    pid = 0
    """Of the program behind it, where that is a module."""

    def __init__(self, device: str) -> None:
        self.descriptor = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.descriptor)

    def close(self) -> None:
        """Leave the device."""
        os.close(self.descriptor)

    def read(self, limit_bytes: int = READ_BYTES) -> bytes:
        """Wait for bytes. Raises TimeoutError."""
        if not select.select([self.descriptor], [], [], PATIENCE_S)[0]:
            raise TimeoutError("nothing comes from the serial device")
        return os.read(self.descriptor, limit_bytes)

    def read_until(self, end: bytes) -> bytes:
        """Read up to and with a text. Raises TimeoutError."""
        received = b""
        while end not in received:
            received += self.read()
        return received

    def read_exactly(self, count: int) -> bytearray:
        """Read this many bytes. Raises TimeoutError."""
        received = bytearray()
        while len(received) < count:
            received += self.read(min(READ_BYTES, count - len(received)))
        return received

    def write(self, data: bytes) -> None:
        """Write everything, waiting as long as it takes."""
        with memoryview(data) as rest:
            sent = 0
            while sent < len(rest):
                sent += os.write(self.descriptor, rest[sent : sent + WRITE_BYTES])

    def command(self, line: bytes, end: bytes = b"[OK]\r\n") -> bytes:
        """Send a command line to a module and give what comes up to the end of the answer."""
        self.write(line + b"\r")
        answer = self.read_until(end)
        if b"[ERROR" in answer:
            raise RuntimeError(f"{line!r} was answered with {answer!r}")
        return answer


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A program with a pipe on both sides, ended with the context."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=ENVIRONMENT
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that a program prints. Raises RuntimeError when it has ended instead."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} has ended with status {process.wait()}")
    return line.strip()


def tell(process: subprocess.Popen[str], line: str) -> None:
    """Write a line to a program."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")


@contextmanager
def helper(name: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """One of the programs in this directory."""
    with running(sys.executable, str(HERE / name), *map(str, arguments)) as process:
        yield process


@contextmanager
def device_of(process: subprocess.Popen[str]) -> Iterator[Host]:
    """A host on the device that a program names in its first line."""
    host = Host(line_of(process))
    try:
        yield host
    finally:
        host.close()


@contextmanager
def module(*options: str) -> Iterator[Host]:
    """The host of a module that has booted."""
    with running(*EMULATOR, *options) as process, device_of(process) as host:
        host.pid = process.pid
        host.command(b"AT")
        yield host


@contextmanager
def connected_module(port: int, *options: str, data_mode: bool = True) -> Iterator[Host]:
    """The host of a module in data mode or not, connected to a port of this machine."""
    with module(*options) as host:
        for line in (b"AT+WSET=0,OpenNet", b"AT+WSEC=0,OPEN", b"AT+WJOIN"):
            host.command(line)
        host.command(b"AT+SCON=O,TCN,192.168.12.1,%d,,%d" % (port, data_mode), b"[CONNECT 0]\r\n")
        yield host


@contextmanager
def connected_socat(port: int) -> Iterator[Host]:
    """The host of a pseudo-terminal that socat connects to a port of this machine."""
    with tempfile.TemporaryDirectory() as directory:
        link = Path(directory) / "device"
        with running("socat", f"PTY,rawer,link={link}", f"TCP:127.0.0.1:{port}"):
            patience_ends_s = time.monotonic() + PATIENCE_S
            while not link.exists():
                if time.monotonic() > patience_ends_s:
                    raise TimeoutError("socat makes no device")
                time.sleep(0.01)  # socat does not say when it is ready
            host = Host(str(link))
            try:
                yield host
            finally:
                host.close()


def processor_s(pid: int) -> float:
    """What a process has used of a processor so far, with what the system has done for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
