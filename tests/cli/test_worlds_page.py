"""What docs/worlds.md shows works: its commands, its files, its session with two modules."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.wire.emulator import PATIENCE_S, Terminal
from wizfi_emu import userfiles
from wizfi_emu.air.load import world_names
from wizfi_emu.air.world import World
from wizfi_emu.device.fleet import Fleet
from wizfi_emu.errors import UserError

PAGE = (Path(__file__).parents[2] / "docs" / "worlds.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


FILES = blocks("yaml")
[FLEET] = [text for text in FILES if "modules:" in text]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("text", [text for text in FILES if text is not FLEET])
def test_a_world_of_the_page_is_right(tmp_path: Path, text: str) -> None:
    assert userfiles.read(written(tmp_path, "w.yaml", text), World) != World()


def test_the_fleet_of_the_page_is_right(tmp_path: Path) -> None:
    fleet = userfiles.read(written(tmp_path, "fleet.yaml", FLEET), Fleet)
    assert [module.name for module in fleet.modules] == ["gateway", "sensor"]


def test_the_page_lists_every_world() -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == world_names()


def test_the_mistake_of_the_page_is_reported_in_these_words(tmp_path: Path) -> None:
    [message] = [block for block in blocks("text") if "expected" in block]
    demo = userfiles.find("worlds", "demo").read_text().replace("channel: 1\n", "channel: 15\n")
    path = written(tmp_path, "mine.yaml", demo)
    with pytest.raises(UserError) as caught:
        userfiles.read(path, World)
    assert f"{caught.value}\n" == f"{tmp_path}/{message}"


@contextmanager
def running(command: str, folder: Path, lines: int = 1) -> Iterator[list[str]]:
    """A command of the page that runs until it is ended; gives what it printed."""
    with subprocess.Popen(
        f"exec {command}",
        shell=True,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0], command
            yield [process.stdout.readline().strip() for _ in range(lines)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


def environment() -> dict[str, str]:
    return {**os.environ, "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))}


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.slow
def test_the_commands_of_the_page(tmp_path: Path) -> None:
    written(tmp_path, "fleet.yaml", FLEET)
    for command in commands():
        local = command.replace("/tmp/wizfi", str(tmp_path / "wizfi"))
        if " run " not in command:
            subprocess.run(local, shell=True, cwd=tmp_path, env=environment(), check=True, timeout=PATIENCE_S)
            continue
        with running(local, tmp_path, lines=2 if "--count" in command or "--fleet" in command else 1) as devices:
            assert all((tmp_path / device).exists() for device in devices)
    assert {path.name for path in tmp_path.iterdir()} >= {"mine.yaml", "world.schema.json", "gateway.bin"}
    assert len(commands()) == 9


@pytest.mark.slow
def test_the_session_of_two_modules(tmp_path: Path) -> None:
    [session] = [block for block in blocks("text") if block.startswith("A:")]
    [command] = [line for line in commands() if "--count" in line]
    with (
        running(command.replace("/tmp/wizfi", str(tmp_path / "wizfi")), tmp_path, lines=2) as devices,
        closing(Terminal(devices[0])) as a,
        closing(Terminal(devices[1])) as b,
    ):
        ends = {"A": a, "B": b}
        for terminal in ends.values():
            terminal.synchronize()
        for who, line in re.findall(r"(.): (.*)\n", session):
            ends[who].send(line.encode() + b"\r")
            ends[who].read_until(b"[OK]\r\n")
        for terminal in ends.values():
            terminal.read_until(b"[CONNECT 0]\r\n")
        for sender, receiver in ((a, b), (b, a)):
            sender.send(b"hello")
            receiver.expect(b"hello")
