"""The commands of docs/recordings.md do what the page says."""

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

from tests.programs import need
from tests.wire.emulator import PATIENCE_S, Terminal

PAGE = Path(__file__).parent.parent.parent / "docs" / "recordings.md"
LOG = "AT+WSET=0,WizFiDemoAP\n[OK]\nAT+WJOIN\nJoining : WizFiDemoAP\n[OK]\n"
TABLE = "time,tx,rx\n0.0,41540d,\n0.1,,41540d0a5b4f4b5d0d0a\n"
EXIT_STATUS = {"--firmware": 1, "--firmware-bisect": 1}
"""Of commands that do not end with 0."""

pytestmark = pytest.mark.slow


@contextmanager
def running(command: list[str], directory: Path) -> Iterator[str]:
    """Run a program that says what a host opens, and end it as a user would."""
    with subprocess.Popen(
        command, cwd=directory, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], PATIENCE_S)[0]
            yield str(directory / process.stdout.readline().strip())
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


def environment() -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path}


def talk(device: str) -> None:
    """A short session: the same to a live module and to a replayed one."""
    with closing(Terminal(device)) as terminal:
        terminal.synchronize()
        terminal.send(b"AT+WSCAN\r")
        assert b"WizFiDemoAP" in terminal.read_until(b"[OK]\r\n")


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    need("tshark", "sigrok-cli")
    (tmp_path / "terminal.log").write_text(LOG)
    (tmp_path / "uart.csv").write_text(TABLE)
    commands = [
        line.split()
        for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
        if "/dev/ttyUSB0" not in block  # what tests have instead of a real module: tests/device/test_tap.py
        for line in block.splitlines()
    ]
    for command in commands:
        if command[1] == "run" or "--serve" in command:
            with running(command, tmp_path) as device:
                talk(device)
            continue
        result = subprocess.run(
            command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=60
        )
        status = next((status for option, status in EXIT_STATUS.items() if option in command), 0)
        assert result.returncode == status, (command, result.stdout, result.stderr)
    assert {path.name for path in tmp_path.iterdir()} >= {
        "session.jsonl",
        "report.html",
        "session.pcapng",
        "session.vcd",
        "session.json",
        "session.yaml",
    }
    assert len(commands) == 13


def test_the_page_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    from wizfi_emu.cli.app import main

    text = PAGE.read_text()
    for command in (["replay"], ["record", "import"], ["record", "export"], ["report"]):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        options = re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out.partition("Options:")[2])
        missing = {option for option in options if option not in text} - {"--help", "--output", "--format", "--quiet"}
        assert missing <= {"--serial", "--spi", "--boot", "--timing"}, command
