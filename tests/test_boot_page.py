"""The page about boot mode and updates shows a session that works."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.programs import need
from wizfi_emu.testing.running import own_host_address

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "boot-and-update.md"
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)
WAIT_FOR_DEVICE = "for _ in $(seq 200); do if [ -e ./wizfi ]; then break; fi; sleep 0.05; done\n"
LIMIT_S = 60
FASTER = 3
"""How much faster than in life the module runs; the pauses of the page are for one that does not."""


def script(text: str) -> str:
    """The blocks of a page as one script that ends at the first failure and leaves no module behind."""
    parts = []
    for language, block in BLOCK.findall(text):
        parts.append(f"{sys.executable} -W error - <<'END'\n{block}END\n" if language == "python" else block)
        if language == "sh" and block.endswith("&\n"):
            parts.append(WAIT_FOR_DEVICE)
        if "run --link" in block:
            parts.append("trap 'kill $!; wait $!' EXIT\n")
    return "set -eu\n" + "".join(parts)


@pytest.mark.slow
def test_the_session_of_the_page(tmp_path: Path) -> None:
    need("sb", "curl")
    options = f"--time-scale {FASTER} --host-address {own_host_address()}"
    text = script(PAGE.read_text()).replace("wizfi-emu run ", f"wizfi-emu run {options} ")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "XDG_STATE_HOME": str(tmp_path),
    }
    command = ["bash", "-c", text]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, err
    assert "Traceback" not in (tmp_path / "log").read_text()
    shown = [line.partition("#")[2].strip() for line in text.splitlines() if "state firmware.version" in line]
    assert [line for line in out.splitlines() if re.fullmatch(r"[\d.]+", line)] == shown
    assert "OTA Upgrade complete, device rebooting ..." in out
    assert (tmp_path / "other.bin").exists()
