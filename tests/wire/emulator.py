"""The emulator as a program of its own, and the serial port that a host opens."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import serial

from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.replay import replay, show_difference

PATIENCE_S = 60.0
"""For what has to come. Far more than anything takes, because the machine may be busy with other tests."""

SILENCE_S = 0.05
"""After this long without a byte nothing more is under way: nothing that the module does at once takes longer."""


class Terminal:
    """A serial port as host software opens it, with what tests want to know of its bytes."""

    def __init__(self, device: str, baud: int = 115200) -> None:
        self.port = serial.Serial(device, baud, timeout=0)
        self._unread = bytearray()

    def close(self) -> None:
        """Close the port."""
        self.port.close()

    def send(self, data: bytes) -> None:
        """Write bytes, in one piece."""
        self.port.write(data)

    def read_some(self, limit_s: float) -> bytes:
        """What is there, or what comes first within the time; empty when nothing comes."""
        if not self._unread and select.select([self.port], [], [], limit_s)[0]:
            self._unread += self.port.read(self.port.in_waiting)
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def read_until(self, end: bytes, limit_s: float = PATIENCE_S) -> bytes:
        """Everything up to the first such text, and with it. What follows stays. Fails when it does not come."""
        deadline_s = time.monotonic() + limit_s
        got = b""
        while end not in got:
            more = self.read_some(max(0.0, deadline_s - time.monotonic()))
            assert more, f"no {end!r} after {got!r}"
            got += more
        length = got.index(end) + len(end)
        self._unread[:0] = got[length:]
        return got[:length]

    def read_until_all(self, *texts: bytes) -> bytes:
        """Everything up to the point where each of these texts has come, in any order."""
        got = b""
        for text in texts:
            if text not in got:
                got += self.read_until(text)
        return got

    def read_line(self, limit_s: float = PATIENCE_S) -> bytes:
        """The next line without its CR LF."""
        return self.read_until(b"\r\n", limit_s)[:-2]

    def read_until_silent(self, silence_s: float = SILENCE_S) -> bytes:
        """Everything until nothing has come for the time."""
        got = b""
        while more := self.read_some(silence_s):
            got += more
        return got

    def expect(self, data: bytes) -> None:
        """Read exactly these bytes. Fails at the first one that differs."""
        got = b""
        deadline_s = time.monotonic() + PATIENCE_S
        while len(got) < len(data) and data.startswith(got):
            more = self.read_some(max(0.0, deadline_s - time.monotonic()))
            if not more:
                break
            got += more
        self._unread[:0] = got[len(data) :]
        assert got[: len(data)] == data, f"expected {data!r}, got {got!r}"

    def expect_silence(self, silence_s: float = SILENCE_S) -> None:
        """Fails when a byte comes within the time."""
        got = self.read_some(silence_s)
        assert not got, f"expected silence, got {got!r}"

    def exchange(self, sent: bytes, answer: bytes) -> None:
        """Send, and read exactly this answer."""
        self.send(sent)
        self.expect(answer)

    def synchronize(self) -> None:
        """Ask for an OK and forget everything before it, as host software does that may have missed the banner."""
        self.send(b"AT\r")
        self.read_until(b"AT\r\n[OK]\r\n")


class Emulator:
    """A running ``wizfi-emu``."""

    def __init__(self, process: subprocess.Popen[str], device: str, log: IO[str]) -> None:
        self.process = process
        self.device = device
        self._log = log

    @property
    def log(self) -> str:
        """What the program has written to standard error so far."""
        return _read(self._log)

    @property
    def web_url(self) -> str:
        """Where the module's web pages are, as the log says; empty before the server has run."""
        found = re.findall(r"the module's web pages are at (http://\S+)/", self.log)
        return found[-1] if found else ""


@contextmanager
def running(*options: object) -> Iterator[Emulator]:
    """Run the program without a flash file, ``options`` may say otherwise; end it as a user would.

    Everything is recorded. Fails when the program does not end with status 0, logs a traceback, or the recording is not
    what the module did.
    """
    with tempfile.TemporaryDirectory() as scratch:
        words = ["--record", f"{scratch}/session.jsonl", *map(str, options)]
        with _running(*words) as emulator:
            yield emulator
        last = len(words) - words[::-1].index("--record")  # a test may record for itself
        expect_same_again(Path(words[last]))


def expect_same_again(recording: Path) -> None:
    """Fails when the machine does not do again, byte for byte, what was recorded."""
    read = read_recording(recording)
    result = replay(read)
    if result.difference is not None:
        raise AssertionError("\n".join(show_difference(read, result.difference)))
    assert result.events == len(read.batches)


@contextmanager
def _running(*options: object) -> Iterator[Emulator]:
    command = [sys.executable, "-m", "wizfi_emu", "run", "--flash", ":memory:", *map(str, options)]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], "no first line"
            device = process.stdout.readline().strip()
            assert device, _read(log)
            yield Emulator(process, device, log)
            process.send_signal(signal.SIGTERM)
            status = process.wait(PATIENCE_S)
        finally:
            process.kill()
        text = _read(log)
        assert status == 0, text
        assert "Traceback" not in text, text
        assert "the recording is no longer" not in text, text


def _read(log: IO[str]) -> str:
    # The program writes at the place of the file that a read would move.
    return os.pread(log.fileno(), 1 << 20, 0).decode()
