"""The guide's own sessions, through a real pseudo-terminal and against real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.bench import bench
from tests.wire.runner import play
from tests.wire.transcript import read_session

# Starting the program takes most of a quarter of a second.
pytestmark = pytest.mark.slow

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.yaml"))


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_session(path: Path, tmp_path: Path) -> None:
    session = read_session(path)
    with bench(tmp_path, firmware=session.firmware, world=session.world) as module:
        play(module, session.all_steps)
