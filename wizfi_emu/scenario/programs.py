"""Other programs of a scenario: its host program, and what its peers run."""

import os
import shlex
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.streams import Stream

PATIENCE_S = 2.0
"""How long a program may take to end when it is asked to."""


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
