"""The container's image: its settings, run as its entry point would be, without a container."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from wizfi_emu.air.world import World
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.userfiles import read

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PAGE = (ROOT / "docs" / "containers.md").read_text()
LIMIT_S = 60


def image_variables() -> dict[str, str]:
    """What the image sets for the program."""
    [text] = re.findall(r"^ENV (.*?[^\\\n])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    return dict(word.split("=", 1) for word in text.split() if word.startswith("WIZFI_EMU_"))


@contextmanager
def entered(state: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """The entry point with the image's variables, its ports chosen by the system, and those of a user."""
    address = own_host_address()
    own = {name: re.sub(r"0\.0\.0\.0:\d+", f"{address}:0", value) for name, value in image_variables().items()}
    command = [str(Path(sys.executable).parent / "wizfi-emu"), "run"]
    with subprocess.Popen(
        command,
        env=os.environ | {"XDG_STATE_HOME": str(state), "XDG_RUNTIME_DIR": ""} | own | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(line: socket.socket, end: bytes) -> bytes:
    got = b""
    while not got.endswith(end):
        data = line.recv(4096)
        assert data, got
        got += data
    return got


def connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=LIMIT_S)


def test_what_the_image_says() -> None:
    assert image_variables() == {"WIZFI_EMU_SERIAL": "tcp://0.0.0.0:7000", "WIZFI_EMU_CONTROL": "0.0.0.0:8080"}
    assert "EXPOSE 7000 8080" in DOCKERFILE
    assert 'CMD ["wizfi-emu", "ctl", "ready"]' in DOCKERFILE
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE), "Kubernetes knows an ordinary user by its number"
    for name, value in image_variables().items():
        assert f"| `{name}` | `{value}` |" in PAGE


@pytest.mark.slow
def test_the_entry_point_serves_and_is_healthy(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path), "XDG_RUNTIME_DIR": ""}
    health = [str(Path(sys.executable).parent / "wizfi-emu"), "ctl", "ready"]
    with entered(tmp_path, WIZFI_EMU_FIRMWARE="1.0.5.2", WIZFI_EMU_TIMING="fast") as process:
        assert process.stdout is not None
        device = process.stdout.readline().strip()
        subprocess.run(health, env=os.environ | state, check=True, timeout=LIMIT_S)
        with connect(device.removeprefix("tcp://")) as line:
            line.sendall(b"AT+MINFO\r")
            assert b"1.0.5.2" in read_until(line, b"[OK]\r\n")
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
    assert (tmp_path / "wizfi-emu" / "flash.bin").exists()
    sick = subprocess.run(health, env=os.environ | state, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert (sick.returncode, sick.stderr) == (2, "wizfi-emu: no module runs with --control\n")


@pytest.mark.slow
def test_a_peer_by_name_and_a_server_of_its_own(tmp_path: Path) -> None:
    """The peer is where a name leads; the module listens at another address."""
    here = own_host_address()
    with (
        socket.create_server(("127.0.0.1", 0)) as peer,
        entered(tmp_path, WIZFI_EMU_HOST_ADDRESS="localhost", WIZFI_EMU_LISTEN_ADDRESS=here) as process,
    ):
        peer.settimeout(LIMIT_S)
        assert process.stdout is not None
        with connect(process.stdout.readline().strip().removeprefix("tcp://")) as line:
            port = peer.getsockname()[1]
            for command in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,,12345678", b"AT+WJOIN"):
                line.sendall(command + b"\r")
                read_until(line, b"[OK]\r\n")
            line.sendall(b"AT+SCON=O,TCN,192.168.12.1,%d,,1\r" % port)
            accepted, _ = peer.accept()
            with accepted:
                accepted.sendall(b"from the peer")
                read_until(line, b"from the peer")
            read_until(line, b"[DISCONNECT 0]\r\n")
            line.sendall(b"AT+SCON=O,TSN,,,5000,1\r")
            read_until(line, b"[OK]\r\n")
            with connect(f"{here}:5000") as client:
                read_until(line, b"[CONNECT 0]\r\n")
                client.sendall(b"hello")
                read_until(line, b"hello")
                line.sendall(b"back")
                assert client.recv(4) == b"back"
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"WIZFI_EMU_HOST_ADDRESS": "192.0.2.1"}, "--allow 192.0.2.1 permits it"),
        ({"WIZFI_EMU_LISTEN_ADDRESS": "192.0.2.1"}, "--listen-address 192.0.2.1: Cannot assign requested address"),
        ({"WIZFI_EMU_CONTROL": "0.0.0.0:0?token=short"}, "expected ?token=TOKEN with at least 16 letters"),
    ],
)
@pytest.mark.slow
def test_a_mistake_in_the_environment_is_one_line(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    with entered(tmp_path, **variables) as process:
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out) == (2, "")
    assert message in err
    assert err.startswith("wizfi-emu: ")
    assert err.count("\n") == 1


def test_the_rules_of_the_page_are_right(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "world.yaml"
    path.write_text(text)
    assert read(path, World).host.rules[0].host == yaml.safe_load(text)["host"]["rules"][0]["host"] == "mosquitto"
