"""What was said on a serial line, as a scenario file (see `wizfi_emu.scenario.model`): what the host sends and expects.

Three of its steps are used: ``send``, ``expect`` with its limit ``within``, and ``wait``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FORMAT = 1
WITHIN_S = 5.0
PAUSE_S = 0.1
"""A shorter pause of the host is not worth a step."""
LATENESS = 3.0
"""How many times as long as in the log something may take."""
SHORTEST_LIMIT_S = 1.0
SCENARIO_LIMIT_S = 60.0
"""How long a scenario may take that says nothing about it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of one direction; ``time_s`` is None where the source has no times."""

    host: bool
    data: bytes
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """The host sends."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Expect:
    """The module sends."""

    data: bytes
    within_s: float = WITHIN_S


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing for a time."""

    seconds: float


Step = Send | Expect | Wait


def steps_of(chunks: Iterable[Chunk]) -> Iterator[Step]:
    """The steps of a session; what the module sends is expected line by line."""
    host_s: float | None = None
    last_s: float | None = None
    for chunk in chunks:
        if chunk.host:
            if chunk.time_s is not None and last_s is not None and chunk.time_s - last_s >= PAUSE_S:
                yield Wait(round(chunk.time_s - last_s, 3))
            yield Send(chunk.data)
            host_s = chunk.time_s
        else:
            since_s = None if chunk.time_s is None or host_s is None else chunk.time_s - host_s
            for line in chunk.data.splitlines(keepends=True):
                if line.strip():
                    yield Expect(line, WITHIN_S if since_s is None else _limit_s(since_s))
        last_s = chunk.time_s


def _limit_s(since_s: float) -> float:
    return max(SHORTEST_LIMIT_S, float(round(since_s * LATENESS + 0.5)))


def write_scenario(steps: Iterable[Step], remarks: Iterable[str] = ()) -> str:
    """The file; remarks stand as comments at its beginning."""
    all_steps = list(steps)
    lines = [*(f"# {remark}" for remark in remarks), f"scenario: {FORMAT}"]
    longest_s = sum(map(_duration_s, all_steps))
    if longest_s > SCENARIO_LIMIT_S:
        lines.append(f"limit: {int(longest_s) + 1}")
    lines.append("steps:" if all_steps else "steps: []")
    return "\n".join([*lines, *map(_write, all_steps)]) + "\n"


def _duration_s(step: Step) -> float:
    match step:
        case Send():
            return 0.0
        case Expect():
            return step.within_s
        case Wait():
            return step.seconds


def _write(step: Step) -> str:
    match step:
        case Send():
            return f"  - send: {_quoted(step.data)}"
        case Expect(within_s=limit_s) if limit_s != WITHIN_S:
            return f"  - expect: {_quoted(step.data)}\n    within: {step.within_s:g}"
        case Expect():
            return f"  - expect: {_quoted(step.data)}"
        case Wait():
            return f"  - wait: {step.seconds:g}"


def _quoted(data: bytes) -> str:
    # A JSON string is a YAML string.
    return json.dumps(data.decode("latin-1"))
