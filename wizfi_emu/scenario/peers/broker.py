"""Mosquitto as a peer."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import trio

from wizfi_emu.errors import UserError
from wizfi_emu.scenario.model import MqttPeer
from wizfi_emu.scenario.peers.actor import BrokerActor
from wizfi_emu.scenario.programs import Program

START_S = 10.0
"""How long a broker may take to start."""


class Broker(BrokerActor):
    """A broker of this machine."""

    def __init__(self, name: str, peer: MqttPeer, nursery: trio.Nursery, tell: Callable[[], None]) -> None:
        super().__init__(name, peer.port)
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
            raise UserError(f"{self.name}: mosquitto is not installed")
        if not self.port:
            with socket.socket() as probe:
                probe.bind((host, 0))
                self.port = probe.getsockname()[1]
        import pwd  # few scenarios have a broker, and not every system users of this kind

        user = pwd.getpwuid(os.geteuid()).pw_name
        lines = [f"listener {self.port} {host}", "allow_anonymous true", f"user {user}", "log_type all"]
        await self._nursery.start(self._run, found, [*lines, "log_dest stderr"])
        with trio.move_on_after(START_S):
            while b" running" not in self.got and self._program.status is None:
                await self._told.wait()
                self._told = trio.Event()
        if b" running" not in self.got:
            raise UserError(f"{self.name}: mosquitto did not start")

    async def _run(self, path: str, lines: list[str], *, task_status: trio.TaskStatus[None]) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            configuration = Path(scratch) / "mosquitto.conf"
            await trio.Path(configuration).write_text("\n".join(lines) + "\n")
            await self._program.run([path, "-c", str(configuration)], None, task_status)
