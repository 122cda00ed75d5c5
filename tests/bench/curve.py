"""Fleets of growing size in one program: how long the start takes, how much memory, and what AT costs in between."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from tests.bench.drawing import Line, draw
from tests.bench.programs import EMULATOR, Host, line_of, processor_s, running
from tests.bench.table import Row, Sizes

COUNTS = (1, 10, 100, 1000)
ANSWER = b"AT\r\n[OK]\r\n"


class Point(NamedTuple):
    """A fleet of some size. Times are milliseconds."""

    modules: int
    start_ms: float
    """Of one module, from the start of the program on."""
    start_load_ms: float
    """Processor time of it."""
    resident_bytes: int
    """Of the program."""
    median_ms: float
    """AT to [OK]."""
    slow_ms: float
    """The 99th percentile of it."""
    load_ms: float
    """Processor time of one AT."""


def measure_curve(sizes: Sizes) -> list[Row]:
    """Each module has a terminal with a host, and AT is sent to one after another."""
    points = [_point(count, sizes.trips) for count in COUNTS if count <= sizes.modules]
    if sizes.draw:
        lines = [
            Line("99 of 100", "#c0392b", [point.slow_ms for point in points]),
            Line("median", "#2471a3", [point.median_ms for point in points]),
            Line("processor time", "#1e8449", [point.load_ms for point in points]),
        ]
        Path(sizes.draw).write_text(
            draw("AT to [OK] in a program with many modules", [point.modules for point in points], lines, "ms")
        )
    rows = [
        Row(
            f"`AT` to `[OK]`, {_modules(point.modules)}",
            f"{point.median_ms:.3f} ms",
            f"99 of 100: {point.slow_ms:.3f} ms",
            f"{point.load_ms:.3f} ms of a processor",
            "",
            None,
        )
        for point in points
    ]
    first, last = points[0], points[-1]
    if last.modules > 1:
        others = last.modules - 1
        start_ms = (last.start_ms * last.modules - first.start_ms) / others
        load_ms = (last.start_load_ms * last.modules - first.start_load_ms) / others
        each_bytes = (last.resident_bytes - first.resident_bytes) / others
        rows += [
            Row(
                f"start of one more of {last.modules} modules with terminals",
                f"{start_ms:.1f} ms",
                f"{load_ms:.1f} ms of a processor",
                "",
                "below 3 ms",
                start_ms < 3,
            ),
            Row(
                f"memory of one of {last.modules} modules with terminals",
                f"{each_bytes / 1000:.0f} kB",
                "",
                "",
                "below 60 kB",
                each_bytes < 60_000,
            ),
        ]
    return rows


def _modules(count: int) -> str:
    return "1 module with a terminal" if count == 1 else f"{count} modules with terminals"


def _point(count: int, trips: int) -> Point:
    begin_s = time.perf_counter()
    with running(*EMULATOR, "--timing", "fast", "--count", str(count)) as process:
        devices = [line_of(process) for _ in range(count)]
        start_ms = (time.perf_counter() - begin_s) * 1000
        with _hosts(devices) as hosts:
            for host in hosts:
                host.command(b"AT")
            start_load_s = processor_s(process.pid)
            spans = [_trip(host) for host in islice(cycle(hosts), trips)]
            load_s = processor_s(process.pid) - start_load_s
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    percentiles = quantiles(spans, n=100)
    return Point(
        count,
        start_ms / count,
        start_load_s * 1000 / count,
        pages * os.sysconf("SC_PAGE_SIZE"),
        percentiles[49],
        percentiles[98],
        load_s * 1000 / trips,
    )


@contextmanager
def _hosts(devices: list[str]) -> Iterator[list[Host]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Host(device))) for device in devices]


def _trip(host: Host) -> float:
    start_s = time.perf_counter()
    host.write(b"AT\r")
    host.read_exactly(len(ANSWER))
    return (time.perf_counter() - start_s) * 1000
