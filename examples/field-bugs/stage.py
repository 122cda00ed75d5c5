"""What the scenarios of this folder play on: a module, a host at it, and a peer that the scenario speaks for."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parent
PEER_PORT = 5000
PEER_LIMIT_S = 5.0
HOST_LIMIT_S = 20.0


class Stage:
    """One run of a host. Use it as a context; its end ends the host."""

    def __init__(self, module: RunningModule, host: str) -> None:
        """``host``: the name of a Python module of this folder, such as ``early_data.buggy``."""
        self.module = module
        self._host = host
        self._stack = ExitStack()
        self._listener = socket.create_server((module.address, PEER_PORT))
        self._stack.enter_context(self._listener)
        self._listener.settimeout(PEER_LIMIT_S)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start_host(self) -> None:
        """Start the host program with the device of the module."""
        command = [sys.executable, "-m", self._host, self.module.port]
        program = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._stack.enter_context(program)
        self._stack.callback(program.kill)
        self._program = program

    def host_succeeds(self) -> None:
        """The host ends with exit status 0."""
        shown, _ = self._program.communicate(timeout=HOST_LIMIT_S)
        assert self._program.returncode == 0, f"the host failed: {shown}"

    def accept(self) -> socket.socket:
        """The peer gets a connection."""
        try:
            connection, _ = self._listener.accept()
        except TimeoutError:
            raise AssertionError(f"no connection within {PEER_LIMIT_S:g} s") from None
        self._stack.enter_context(connection)
        connection.settimeout(PEER_LIMIT_S)
        return connection

    def stop_listening(self) -> None:
        """The peer's server is down: connections are refused."""
        self._listener.close()

    def peer_gets(self, connection: socket.socket, wanted: bytes) -> None:
        """The peer gets exactly this much, and it is this."""
        came = b""
        try:
            while len(came) < len(wanted) and (data := connection.recv(len(wanted) - len(came))):
                came += data
        except TimeoutError:
            pass
        assert came == wanted, f"the peer got {came!r}"

    def peer_gets_end(self, connection: socket.socket) -> None:
        """The peer gets nothing more, and the end of the connection."""
        try:
            came = connection.recv(100)
        except TimeoutError:
            raise AssertionError("the connection does not end") from None
        assert came == b"", f"the peer got {came!r}"

    def count(self, effect: str, seconds: float) -> int:
        """How many effects of this kind the module has ordered in this time."""
        before = self._ordered(effect)
        time.sleep(seconds)  # the host runs in real time
        return self._ordered(effect) - before

    def wait_for(self, effect: str, times: int = 1) -> None:
        """Wait until the module has ordered an effect of this kind so many times since its start."""
        deadline = time.monotonic() + PEER_LIMIT_S
        while self._ordered(effect) < times:
            assert time.monotonic() < deadline, f"no {effect} within {PEER_LIMIT_S:g} s"
            time.sleep(0.005)  # the time line tells nobody that it grows

    def _ordered(self, effect: str) -> int:
        return sum(type(moment.item).__name__ == effect for moment in list(self.module.timeline))
