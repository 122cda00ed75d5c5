"""The firmware image in QEMU, its second UART at a virtual module."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def image() -> Path:
    """The built firmware."""
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    return HERE / "build" / "firmware.elf"


def run(image: Path, module: RunningModule) -> subprocess.CompletedProcess[str]:
    command = ["qemu-system-arm", "-machine", "mps2-an385", "-nographic", "-monitor", "none", "-semihosting"]
    command += ["-kernel", str(image), "-serial", "stdio"]
    command += ["-chardev", f"serial,id=module,path={module.port}", "-serial", "chardev:module"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)


def test_joins_and_talks_tcp(image: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    result = run(image, wizfi)
    assert result.stdout.endswith("hello from a Cortex-M3\nPASS\n")
    assert result.returncode == 0


@pytest.mark.wizfi(firmware="1.0.5.2")
def test_connect_before_ok(image: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    assert run(image, wizfi).stdout.endswith("PASS\n")


def test_no_such_network(image: Path, wizfi: RunningModule) -> None:
    wizfi.air["WizFiDemoAP"].off()
    result = run(image, wizfi)
    assert result.stdout.endswith("FAIL\n")
    assert result.returncode == 1
