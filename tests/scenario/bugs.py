"""The scenarios of the field bugs, with either of their hosts."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from wizfi_emu.scenario.model import Scenario, read_scenario

BUGS = sorted(path.parent for path in (Path(__file__).parents[2] / "examples" / "field-bugs").glob("*/scenario.yaml"))
PORT = 5000


def bug_scenario(bug: Path, program: str, address: str = "127.0.0.1", file: str = "scenario.yaml") -> Scenario:
    """A scenario of a field bug with one of its hosts; its server is always at the same port."""
    known = read_scenario(bug / file)
    command = f"env PYTHONPATH=.. {sys.executable} {program}.py {{port}}{' {server.port}' * bool(known.peers)}"
    return msgspec.structs.replace(
        known,
        host=command,
        module=msgspec.structs.replace(known.module, host_address=address),
        peers={name: msgspec.structs.replace(peer, port=PORT) for name, peer in known.peers.items()},
    )
