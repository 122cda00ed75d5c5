"""The sketch on this machine, its Serial1 at a virtual module."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def sketch() -> Path:
    """The built sketch."""
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    return HERE / "build" / "sketch"


@contextmanager
def running(sketch: Path, module: RunningModule) -> Iterator[Iterator[str]]:
    """The lines on the sketch's terminal; a sketch never ends by itself."""
    with subprocess.Popen([sketch, module.port], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield (line.rstrip("\r\n") for line in program.stdout)
        finally:
            program.kill()


def test_talks_tcp(sketch: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    with running(sketch, wizfi) as lines:
        assert [next(lines) for _ in range(4)] == ["joined", "connected", "came back", "came back"]


def test_wrong_key(sketch: Path, wizfi: RunningModule) -> None:
    wizfi.air["WizFiDemoAP"].change_key("another key")
    with running(sketch, wizfi) as lines:
        assert [next(lines) for _ in range(2)] == ["not joined", "not connected"]


def test_nobody_listens(sketch: Path, wizfi: RunningModule) -> None:
    with running(sketch, wizfi) as lines:
        assert [next(lines) for _ in range(2)] == ["joined", "not connected"]
