"""The C program against virtual modules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def program() -> Path:
    """The compiled program."""
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    return HERE / "build" / "host"


def run(program: Path, module: RunningModule, peer: tuple[str, int]) -> subprocess.CompletedProcess[str]:
    command = [str(program), module.port, peer[0], str(peer[1])]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_talks_tcp(program: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    result = run(program, wizfi, echo_peer)
    assert (result.returncode, result.stdout, result.stderr) == (0, "came back: hello from C\n", "")


@pytest.mark.wizfi(firmware="1.0.5.2")
def test_talks_tcp_with_connect_before_ok(program: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    assert run(program, wizfi, echo_peer).returncode == 0


def test_no_such_network(program: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    wizfi.air["WizFiDemoAP"].off()
    result = run(program, wizfi, echo_peer)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("host: [ERROR")
