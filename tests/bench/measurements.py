"""What is measured. Where two programs are compared they take turns, so that both see the same load."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from random import Random
from statistics import median
from threading import Thread

import trio

from tests.bench.appendix import CELLS, IN_REAL_TIME, MEGABYTE, Cell, real_s, simulated_s
from tests.bench.commands import measure_commands
from tests.bench.curve import measure_curve
from tests.bench.peer import payload
from tests.bench.programs import (
    EMULATOR,
    ENVIRONMENT,
    Host,
    connected_module,
    connected_socat,
    device_of,
    helper,
    line_of,
    module,
    processor_s,
    running,
    tell,
)
from tests.bench.table import Row, Sizes
from tests.scenario.bugs import BUGS, bug_scenario
from wizfi_emu.explore.play import Player
from wizfi_emu.explore.search import Search
from wizfi_emu.scenario.live import run_live
from wizfi_emu.scenario.lockstep import run_in_lockstep

PACKET_BYTES = 1461
"""What the module sends to the network at once in data mode; the rest of a packet waits for a timer."""

LINE_BYTES_PER_S = 11520.0
"""115200 bit/s, ten bits for each byte."""

REAL_RUNS = 3
"""How often a host runs in real time beside a search."""

ANSWER = b"AT\r\n[OK]\r\n"
TRIPS_AT_ONCE = 50

Program = subprocess.Popen[str]
Move = Callable[[Host, Program, int], float]


def measure_throughput(sizes: Sizes) -> list[Row]:
    """Data mode through the terminal, both ways, beside socat: all connected at once, one moves data at a time.

    The ratio is the median of the rounds' ratios: what else the machine does is then much the same on both sides.
    """
    count = sizes.megabytes * 1_000_000 // PACKET_BYTES * PACKET_BYTES
    with tempfile.TemporaryDirectory() as directory:
        record = "--record", f"{directory}/session", "--force"
        return [
            _compare_with_socat("host to network", "sink", _to_network, count, sizes.rounds, 1.1),
            _compare_with_socat("network to host", "source", _to_host, count, sizes.rounds, 1.1),
            _compare_with_socat("host to network, recorded", "sink", _to_network, count, sizes.rounds, 0.9, *record),
            _compare_with_socat("network to host, recorded", "source", _to_host, count, sizes.rounds, 0.9, *record),
        ]


def _compare_with_socat(
    direction: str, role: str, move: Move, count: int, rounds: int, least: float, *options: str
) -> Row:
    here: list[float] = []
    there: list[float] = []
    with (
        helper("peer.py", role, count) as peer,
        helper("peer.py", role, count) as other_peer,
        connected_module(int(line_of(peer)), "--timing", "fast", *options) as host,
        connected_socat(int(line_of(other_peer))) as other_host,
    ):
        for _ in range(rounds):
            here.append(move(host, peer, count))
            there.append(move(other_host, other_peer, count))
    ratio = median(theirs / ours for ours, theirs in zip(here, there, strict=True))
    return Row(
        f"data mode, {direction}, {rounds} × {count / 1e6:.0f} MB",
        f"{count / 1e6 / median(here):.0f} MB/s",
        f"`socat`: {count / 1e6 / median(there):.0f} MB/s",
        f"{ratio:.2f} ×",
        f"at least {least} ×",
        ratio >= least,
    )


def _to_network(host: Host, peer: Program, count: int) -> float:
    """Seconds from the host's first byte to the peer's last one."""
    data = payload(count)
    tell(peer, "go")
    start_s = time.monotonic()
    host.write(data)
    end_s, checksum = line_of(peer).split()
    _check(checksum, data)
    return float(end_s) - start_s


def _to_host(host: Host, peer: Program, count: int) -> float:
    """Seconds from the order to send to the host's last byte."""
    start_s = time.monotonic()
    tell(peer, "go")
    data = host.read_exactly(count)
    end_s = time.monotonic()
    _, checksum = line_of(peer).split()
    _check(checksum, data)
    return end_s - start_s


def _check(checksum: str, data: bytes | bytearray) -> None:
    if hashlib.sha256(data).hexdigest() != checksum:
        raise RuntimeError("what has arrived is not what was sent")


def measure_round_trip(sizes: Sizes) -> list[Row]:
    """``AT`` to ``[OK]``, beside a program that only answers with as many bytes."""
    here: list[float] = []
    there: list[float] = []
    with (
        module("--timing", "fast") as host,
        helper("bridge.py", len(ANSWER)) as bridge,
        device_of(bridge) as plain,
    ):
        for _ in range(max(1, sizes.trips // TRIPS_AT_ONCE)):
            here += _trips(host)
            there += _trips(plain)
    above_ms = median(here) - median(there)
    return [
        Row(
            "`AT` to `[OK]`",
            f"{median(here):.3f} ms",
            f"a byte bridge: {median(there):.3f} ms",
            f"{above_ms:+.3f} ms",
            "at most +0.2 ms",
            above_ms <= 0.2,
        )
    ]


def _trips(host: Host) -> list[float]:
    durations = []
    for _ in range(TRIPS_AT_ONCE):
        start_s = time.perf_counter()
        host.write(b"AT\r")
        host.read_exactly(len(ANSWER))
        durations.append((time.perf_counter() - start_s) * 1000)
    return durations


def measure_start(sizes: Sizes) -> list[Row]:
    """From the start of the program to its first line."""
    here: list[float] = []
    there: list[float] = []
    _start_module()  # compiles what Python has not compiled yet
    for _ in range(sizes.starts):
        there.append(_import_trio())
        here.append(_start_module())
    ratio = median(here) / median(there)
    return [
        Row(
            "start to the first line",
            f"{median(here):.0f} ms",
            f'`python3 -c "import trio"`: {median(there):.0f} ms',
            f"{ratio:.2f} ×",
            "at most 1.3 ×",
            ratio <= 1.3,
        )
    ]


def _start_module() -> float:
    start_s = time.perf_counter()
    with running(*EMULATOR) as process:
        line_of(process)
        return (time.perf_counter() - start_s) * 1000


def _import_trio() -> float:
    start_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import trio"], check=True, env=ENVIRONMENT)
    return (time.perf_counter() - start_s) * 1000


def measure_crowd(sizes: Sizes) -> list[Row]:
    """Many modules in one process that have joined and then do nothing."""
    rows = []
    for kind, count, text in (
        ("memory", sizes.modules, "serial lines in memory"),
        ("pty", sizes.terminals, "pseudo-terminals"),
    ):
        with helper("crowd.py", kind, count, sizes.seconds) as crowd:
            each_bytes, load = map(float, line_of(crowd).split())
        budget = kind == "memory"
        rows += [
            Row(
                f"memory of one of {count} modules, {text}",
                f"{each_bytes / 1000:.0f} kB",
                "",
                "",
                "below 150 kB" if budget else "",
                each_bytes < 150_000 if budget else None,
            ),
            Row(
                f"processor time of {count} idle modules, {text}",
                f"{load:.2%}",
                "",
                "",
                "below 1%" if budget else "",
                load < 0.01 if budget else None,
            ),
        ]
    return rows


def measure_pacing(sizes: Sizes) -> list[Row]:
    """Data from the network, on the line at 115200 bit/s."""
    count = int(LINE_BYTES_PER_S * (sizes.seconds + 1))
    with helper("peer.py", "source", count) as peer, connected_module(int(line_of(peer))) as host:
        tell(peer, "go")
        host.read_exactly(int(LINE_BYTES_PER_S / 4))  # what an idle line gives at once is over
        received, start_s, end_s = 0, time.monotonic(), 0.0
        while received < sizes.seconds * LINE_BYTES_PER_S:
            received += len(host.read())
            end_s = time.monotonic()
    rate = received / (end_s - start_s)
    error = rate / LINE_BYTES_PER_S - 1
    return [
        Row(
            "line rate at 115200 bit/s",
            f"{rate:.0f} byte/s",
            f"the line: {LINE_BYTES_PER_S:.0f} byte/s",
            f"{error:+.2%}",
            "within ±2%",
            abs(error) <= 0.02,
        )
    ]


def measure_load(sizes: Sizes) -> list[Row]:
    """Processor time of a module whose line is busy in both directions: a peer sends back what the host sends."""
    count = int(LINE_BYTES_PER_S * (sizes.seconds + 2))
    with helper("peer.py", "echo", count) as peer, connected_module(int(line_of(peer))) as host:
        tell(peer, "go")
        writer = Thread(target=host.write, args=(bytes(count),))
        writer.start()
        host.read_exactly(int(LINE_BYTES_PER_S))  # what the beginning costs is over
        start_s, used_s, received = time.monotonic(), processor_s(host.pid), 0
        while received < sizes.seconds * LINE_BYTES_PER_S:
            received += len(host.read())
        span_s, load_s = time.monotonic() - start_s, processor_s(host.pid) - used_s
        while writer.is_alive():
            host.read()
    rate = received / span_s
    return [
        Row(
            "processor time, 115200 bit/s in both directions",
            f"{load_s / span_s:.2%}",
            f"{rate:.0f} byte/s each way",
            f"{rate / LINE_BYTES_PER_S - 1:+.2%}",
            "below 2%",
            load_s / span_s < 0.02,
        )
    ]


def measure_appendix(sizes: Sizes) -> list[Row]:
    """The guide's benchmark with ``realtime``, in virtual time, and two of its cells through the real line."""
    rows = [_appendix_row(cell, "virtual time", simulated_s(cell), cell.printed_s) for cell in CELLS]
    for cell in IN_REAL_TIME:
        count = int(cell.megabytes * MEGABYTE * sizes.part)
        scaled = "" if sizes.part == 1 else f", {count} bytes"
        rows.append(_appendix_row(cell, f"real time{scaled}", real_s(cell, count), cell.printed_s * sizes.part))
    return rows


def _appendix_row(cell: Cell, how: str, ours_s: float, printed_s: float) -> Row:
    error = ours_s / printed_s - 1
    return Row(
        f"{cell.megabytes} Mbyte in {cell.mode} mode at {cell.baud} bit/s, {how}",
        f"{ours_s:.1f} s",
        f"the guide: {printed_s:g} s",
        f"{error:+.1%}",
        "within ±5%",
        abs(error) <= 0.05,
    )


def measure_lockstep(sizes: Sizes) -> list[Row]:
    """Each field bug with the host that has it not, again and again in this process, in processor time."""
    known = [(bug, bug_scenario(bug, "fixed")) for bug in BUGS]
    spans: list[float] = []
    simulated_s = 0.0
    for number in range(sizes.runs + 1):
        start_s = time.process_time()
        reports = [run_in_lockstep(scenario, 0, bug) for bug, scenario in known]
        if not all(report.passed for report in reports):
            raise RuntimeError("a scenario has failed")
        if number:  # the first round reads what all others have
            spans.append(time.process_time() - start_s)
            simulated_s = sum(report.duration_us for report in reports) / 1e6
    rate = len(known) / median(spans)
    return [
        Row(
            f"field bugs in lockstep, {sizes.runs} × {len(known)} runs",
            f"{rate:.0f} a second",
            "real time",
            f"{simulated_s / median(spans):.0f} ×",
            "at least 100 a second",
            rate >= 100,
        )
    ]


def measure_explore(sizes: Sizes) -> list[Row]:
    """A search for mistakes of a host that has none, in processor time; beside it the same host in real time."""
    bug = next(bug for bug in BUGS if bug.name == "eaten_line_feed")
    scenario = bug_scenario(bug, "fixed")
    player = Player(scenario, 0, bug, in_lockstep=True)
    search = Search(player, Random(0), math.inf, time.process_time)
    baseline = search.begin()
    runs = 10 * sizes.runs
    search.over = lambda: search.progress.runs > runs
    start_s = time.process_time()
    search.explore(baseline)
    rate = runs / (time.process_time() - start_s)
    start_s = time.monotonic()
    for _ in range(REAL_RUNS):
        if not trio.run(run_live, scenario, 0, bug).passed:
            raise RuntimeError("the scenario has failed")
    real = REAL_RUNS / (time.monotonic() - start_s)
    return [
        Row(
            f"explore, {runs} runs of a field bug's host",
            f"{rate:.0f} a second",
            f"in real time: {real:.1f} a second",
            f"{rate / real:.0f} ×",
            "at least 50 a second",
            rate >= 50,
        )
    ]


MEASUREMENTS: dict[str, Callable[[Sizes], list[Row]]] = {
    "throughput": measure_throughput,
    "commands": measure_commands,
    "roundtrip": measure_round_trip,
    "start": measure_start,
    "crowd": measure_crowd,
    "curve": measure_curve,
    "pacing": measure_pacing,
    "load": measure_load,
    "appendix": measure_appendix,
    "lockstep": measure_lockstep,
    "explore": measure_explore,
}
