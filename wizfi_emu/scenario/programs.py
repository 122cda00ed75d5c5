"""Other programs of a scenario: the host program, and Mosquitto."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.scenario.model import MqttPeer
from wizfi_emu.scenario.rig import ProblemError, Stream

PATIENCE_S = 2.0
"""How long a program may take to end when it is asked to."""

START_S = 10.0
"""How long a broker may take to start."""


class Program:
    """A program under way. ``output`` is what it writes to its standard output and error."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.output = Stream()
        self.status: int | None = None
        self._tell = tell

    async def run(
        self, command: list[str], directory: Path | None, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Run it until it ends; cancelled, it is ended, with what it has started. Raises UserError if it cannot be."""
        try:
            process = await trio.lowlevel.open_process(
                command,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(f"{command[0]}: {error.strerror}") from None
        task_status.started()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, process)
                self.status = await process.wait()
                self._tell()
                # What it has written is read; who has inherited its output may go on writing.
                nursery.cancel_scope.deadline = trio.current_time() + PATIENCE_S
        finally:
            await _end(process)

    async def _read(self, process: trio.Process) -> None:
        assert process.stdout is not None
        async for data in process.stdout:
            self.output.add(bytes(data))
            self._tell()


async def _end(process: trio.Process) -> None:
    with trio.CancelScope(shield=True):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
            with trio.move_on_after(PATIENCE_S):
                await process.wait()
                break
        if process.stdout is not None:
            await process.stdout.aclose()


def split_command(text: str) -> list[str]:
    """The words of a command. Raises UserError for one that is none."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UserError(f"exec: {error}") from None
    if not words:
        raise UserError("exec: expected a program")
    return words


class Broker:
    """An MQTT broker as a peer; what it "gets" is its log."""

    accepted = 0
    closed = False
    connecting = False
    problem = ""

    def __init__(self, name: str, peer: MqttPeer, nursery: trio.Nursery, tell: Callable[[], None]) -> None:
        self.port = peer.port
        self._name = name
        self._nursery = nursery
        self._told = trio.Event()
        self._tell = tell
        self._program = Program(self._heard)
        self.got = self._program.output

    def _heard(self) -> None:
        self._told.set()
        self._tell()

    async def open(self, host: str) -> None:
        """Start it. Raises UserError when it is not there or does not start."""
        # Debian keeps it where the PATH of an ordinary user does not look.
        found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin")
        if found is None:
            raise UserError(f"{self._name}: mosquitto is not installed")
        if not self.port:
            with socket.socket() as probe:
                probe.bind((host, 0))
                self.port = probe.getsockname()[1]
        user = pwd.getpwuid(os.geteuid()).pw_name
        lines = [f"listener {self.port} {host}", "allow_anonymous true", f"user {user}", "log_type all"]
        await self._nursery.start(self._run, found, [*lines, "log_dest stderr"])
        with trio.move_on_after(START_S):
            while b" running" not in self.got.data and self._program.status is None:
                await self._told.wait()
                self._told = trio.Event()
        if b" running" not in self.got.data:
            raise UserError(f"{self._name}: mosquitto does not start")

    async def _run(self, path: str, lines: list[str], *, task_status: trio.TaskStatus[None]) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            configuration = Path(scratch) / "mosquitto.conf"
            await trio.Path(configuration).write_text("\n".join(lines) + "\n")
            await self._program.run([path, "-c", str(configuration)], None, task_status)

    def _refuse(self) -> None:
        raise ProblemError(f"{self._name} is a broker, which does what it wants")

    def send(self, data: bytes, to: int) -> None:
        """See ``Actor``."""
        self._refuse()

    def connect(self, to: int) -> None:
        """See ``Actor``."""
        self._refuse()

    def listen(self) -> None:
        """See ``Actor``."""
        self._refuse()

    def stop(self) -> None:
        """See ``Actor``."""
        self._refuse()

    def close(self, how: Literal["close", "abort", "half_close"]) -> None:
        """See ``Actor``."""
        self._refuse()
