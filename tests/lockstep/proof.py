"""Every example host many times in lockstep, and once in real time: one list of events, and the same bytes.

``scripts/same-runs`` prints the table that docs/lockstep.md quotes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import trio
from msgspec import structs

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.files import read_recording
from wizfi_emu.scenario.live import run_live
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import Scenario, read_scenario
from wizfi_emu.scenario.report import Report
from wizfi_emu.testing.running import own_host_address

EXAMPLES = Path(__file__).parents[2] / "examples"
PEER_PORT = 5000
"""Of a peer that the scenario gives no port: it is in the bytes."""

CLIENT = re.compile(rb"127\.\d+\.\d+\.\d+,\d+")

TAIL_BYTES = 40
"""The run may be over while the last bytes are under way to the host: an answer, or that its peers leave."""


@dataclass(frozen=True, slots=True)
class Host:
    """An example host: the folder of its scenario, and its commands; no ``real`` one where that takes too long."""

    name: str
    folder: Path
    lockstep: str
    real: str | None

    def scenario(self, command: str) -> Scenario:
        """Its scenario, with ports that are the same in every run."""
        known = read_scenario(self.folder / "scenario.yaml")
        program = structs.replace(known.program, command=command)
        return structs.replace(
            known,
            host=program,
            module=structs.replace(known.module, host_address=own_host_address()),
            peers={name: structs.replace(one, port=one.port or PEER_PORT) for name, one in known.peers.items()},
        )


def python_hosts() -> Iterator[Host]:
    """The field bugs with both their hosts, and the driver."""
    for path in sorted((EXAMPLES / "field-bugs").glob("*/scenario.yaml")):
        server = " {server.port}" if "server:" in path.read_text() else ""
        for program in ("fixed", "buggy"):
            command = f"env PYTHONPATH=.. {sys.executable} {program}.py {{port}}{server}"
            yield Host(f"{path.parent.name}, {program}", path.parent, command, command)
    command = f"{sys.executable} session.py {{port}} {{echo.port}}"
    yield Host("python-host", EXAMPLES / "python-host", command, command)


def built_hosts() -> Iterator[Host]:
    """The hosts in C and C++, which are built here."""
    for name in ("clients", "c-host", "arduino-sketch", "arduino-library", "two-modules"):
        subprocess.run(["make", "-s", "-C", EXAMPLES / name], check=True)
    shim = f"env LD_PRELOAD={EXAMPLES}/clients/build/wizfi_posix.so "
    c_host = "build/host {port} 192.168.12.1 {echo.port}"
    yield Host("c-host (LD_PRELOAD)", EXAMPLES / "c-host", shim + c_host, c_host)
    yield Host("clients", EXAMPLES / "clients", "build/host", None)
    for name, seconds in (("sketch", 4), ("library", 8)):
        folder = EXAMPLES / f"arduino-{name}"
        virtual, real = (f"build/{name}{suffix} {{port}} {seconds}" for suffix in ("-lockstep", ""))
        yield Host(folder.name, folder, virtual, real)
        yield Host(f"{folder.name} (LD_PRELOAD)", folder, shim + real, real)
    yield Host("two-modules", EXAMPLES / "two-modules", "build/display 192.168.12.10", None)


def events_of(host: Host) -> tuple[str, Report]:
    """One run in lockstep: a digest of all events and effects with their times, and the report."""
    digest = hashlib.sha256()

    def observe(item: ev.Event | fx.Effect, now_us: int) -> None:
        digest.update(f"{now_us} {item!r}\n".encode())

    report = run_in_lockstep(host.scenario(host.lockstep), 0, host.folder, [observe])
    return digest.hexdigest(), report


def line_of(file: Path) -> dict[str, bytes]:
    """The bytes of a recording, both ways, without where this machine has a client."""
    batches = read_recording(file).batches
    told = [batch.event.data for batch in batches if isinstance(batch.event, ev.UartReceived)]
    sent = [one.data for batch in batches for one in batch.effects if isinstance(one, fx.UartSend)]
    return {"to the module": b"".join(told), "to the host": CLIENT.sub(b"client", b"".join(sent))}


def differences(host: Host) -> list[str]:
    """In what a run in real time differs from one in lockstep."""
    assert host.real is not None
    with tempfile.TemporaryDirectory() as scratch:
        files = Path(scratch, "lockstep.jsonl"), Path(scratch, "real.jsonl")
        virtual = run_in_lockstep(host.scenario(host.lockstep), 0, host.folder, record=files[0])
        real = trio.run(run_live, host.scenario(host.real), 0, host.folder, files[1])
        lines = [line_of(file) for file in files]
    found = (
        [] if real.passed == virtual.passed else [f"passed: {virtual.passed} in lockstep, {real.passed} in real time"]
    )
    for direction, ours in lines[0].items():
        theirs = lines[1][direction]
        shorter = min(len(ours), len(theirs))
        alike = next((at for at in range(shorter) if ours[at] != theirs[at]), shorter)
        if max(len(ours), len(theirs)) - alike >= TAIL_BYTES or (direction == "to the module" and alike < len(ours)):
            found.append(f"{direction}: {ours!r} in lockstep, {theirs!r} in real time")
    return found


def check(host: Host, runs: int, *, real: bool) -> tuple[str, bool]:
    """A row of the table, and whether everything is the same."""
    begin = time.perf_counter()
    digests, report = set(), None
    for _ in range(runs):
        digest, report = events_of(host)
        digests.add(digest)
    each_ms = (time.perf_counter() - begin) / runs * 1000
    assert report is not None
    found = differences(host) if real and host.real is not None else []
    compared = "-" if not real or host.real is None else "other bytes" if found else "the same"
    row = (
        f"| {host.name} | {runs} | {len(digests)} | {report.duration_us / 1e6:.1f} s | {each_ms:.1f} ms | {compared} |"
    )
    return "\n".join([row, *(f"    {text}" for text in found)]), len(digests) == 1 and not found


def main() -> int:
    """Print the table; the exit status is 1 when something is not the same."""
    parser = argparse.ArgumentParser(prog="scripts/same-runs", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, metavar="N", help="in lockstep, of each host")
    parser.add_argument("--no-real", action="store_true", help="leave out the run in real time")
    parser.add_argument("names", nargs="*", help="hosts whose names contain one of these; all without")
    options = parser.parse_args()
    print("| host | runs | lists of events | its time | a run takes | bytes in real time |\n|---|---|---|---|---|---|")
    good = True
    for host in (*python_hosts(), *built_hosts()):
        if not options.names or any(name in host.name for name in options.names):
            row, same = check(host, options.runs, real=not options.no_real)
            print(row, flush=True)
            good = good and same
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
