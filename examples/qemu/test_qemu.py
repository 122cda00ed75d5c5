"""The firmware image in QEMU, its second UART at a virtual module."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from wizfi_emu.testing.running import RunningModule

HERE = Path(__file__).parent
LIMIT_S = 60
ATTEMPTS = 5
"""A recording QEMU loses bytes when this machine is too busy, see docs/qemu.md; then the firmware waits for ever."""
ATTEMPT_S = 20

Factory = Callable[..., RunningModule]


@pytest.fixture(scope="module")
def image() -> Path:
    """The built firmware."""
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    return HERE / "build" / "firmware.elf"


@pytest.fixture
def wizfi(wizfi_factory: Factory) -> RunningModule:
    """A module on a socket."""
    return wizfi_factory(serial="tcp://127.0.0.1:0")


def socket_of(module: RunningModule) -> str:
    return f"socket,id=module,host=127.0.0.1,port={module.port.rpartition(':')[2]}"


def run(image: Path, module: str, *options: str, limit_s: float = LIMIT_S) -> subprocess.CompletedProcess[str]:
    command = ["qemu-system-arm", "-machine", "lm3s6965evb", "-nographic", "-monitor", "none", "-semihosting"]
    command += ["-kernel", str(image), "-serial", "stdio", "-chardev", module, "-serial", "chardev:module", *options]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=limit_s, check=False
    )


def test_joins_and_talks_tcp(image: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    result = run(image, socket_of(wizfi))
    assert result.stdout.endswith("hello from a Cortex-M3\nPASS\n")
    assert result.returncode == 0
    assert run(image, socket_of(wizfi)).returncode == 0, "and once more with the same module"


@pytest.mark.wizfi(firmware="1.0.5.2")
def test_connect_before_ok(image: Path, wizfi: RunningModule, echo_peer: tuple[str, int]) -> None:
    assert run(image, socket_of(wizfi)).stdout.endswith("PASS\n")


def test_no_such_network(image: Path, wizfi: RunningModule) -> None:
    wizfi.air["WizFiDemoAP"].off()
    result = run(image, socket_of(wizfi))
    assert result.stdout.endswith("FAIL\n")
    assert result.returncode == 1


@pytest.mark.wizfi(time_scale=0.05)
def test_a_recorded_run_is_the_same_without_the_module(
    image: Path, wizfi: RunningModule, echo_peer: tuple[str, int], tmp_path: Path
) -> None:
    file = f"rrfile={tmp_path / 'run.rr'}"
    for _ in range(ATTEMPTS):
        try:
            recorded = run(image, socket_of(wizfi), "-icount", f"shift=auto,rr=record,{file}", limit_s=ATTEMPT_S)
        except subprocess.TimeoutExpired:
            wizfi.power_cycle()
            continue
        if recorded.stdout.endswith("PASS\n"):
            break
        wizfi.power_cycle()
    else:
        pytest.fail(f"each of {ATTEMPTS} runs lost bytes")
    replayed = run(image, "null,id=module", "-icount", f"shift=auto,rr=replay,{file}")
    assert (replayed.stdout, replayed.returncode) == (recorded.stdout, recorded.returncode)
