"""The page about the control interface: what it shows can be typed, and the tables are complete."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import need
from wizfi_emu.cli.ctl import command
from wizfi_emu.control.api import ENDPOINTS
from wizfi_emu.control.eventstream import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "control.md").read_text()


@pytest.mark.slow
def test_the_commands_run_one_after_another(tmp_path: Path, runtime: Path) -> None:
    need("curl")
    start, *rest = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    assert start.endswith(" &\n")
    started = start.replace("/tmp/wizfi", str(tmp_path / "wizfi")).replace(" run ", " run --flash :memory: ")
    script = [
        "set -eu",
        "trap 'kill %1; wait' EXIT",
        # The first line says that the module is there.
        started.replace(" &\n", f" 2>log > {tmp_path / 'first'} &"),
        f"until [ -s {tmp_path / 'first'} ]; do sleep 0.05; done",
        *rest,
    ]
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    result = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert '"mode": "command"' in result.stdout
    assert '"gpio5":{"direction":"input","level":0,"driven":0}' in result.stdout, "what curl has driven"


def test_every_command_is_mentioned() -> None:
    for name in command.commands:
        assert f"wizfi-emu ctl {name}" in PAGE


def test_every_request_and_every_kind_of_event_is_in_a_table() -> None:
    for row in ENDPOINTS:
        if not row.path.endswith("openapi.json"):
            assert f"| `{row.method} {row.path}` |" in PAGE
    for kind in (*KINDS, "lost"):
        assert re.search(rf"^\| .*`{kind}`", PAGE, re.MULTILINE)
