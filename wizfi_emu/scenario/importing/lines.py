"""What was said on a serial line, as a scenario file (see `wizfi_emu.scenario.model`): what the host sends and expects.

Three of its steps are used: ``send``, ``expect`` with its limit ``within``, and ``wait``.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from wizfi_emu.actions.expect import Expect
from wizfi_emu.actions.host import Send, Wait
from wizfi_emu.actions.limits import WITHIN_S
from wizfi_emu.bounds import DAY_S
from wizfi_emu.scenario.model import LIMIT_S

FORMAT = 1
PAUSE_S = 0.1
"""A shorter pause of the host is not worth a step."""
LATENESS = 3.0
"""How many times as long as in the log something may take."""
SHORTEST_LIMIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of one direction; ``time_s`` is None where the source has no times."""

    host: bool
    data: bytes
    time_s: float | None = None


Step = Send | Expect | Wait


def steps_of(chunks: Iterable[Chunk]) -> Iterator[Step]:
    """The steps of a session; what the module sends is expected line by line."""
    host_s: float | None = None
    last_s: float | None = None
    for chunk in chunks:
        if chunk.host:
            if chunk.time_s is not None and last_s is not None and chunk.time_s - last_s >= PAUSE_S:
                yield Wait(duration=min(round(chunk.time_s - last_s, 3), DAY_S))
            yield Send(chunk.data.decode("latin-1"))
            host_s = chunk.time_s
        else:
            since_s = None if chunk.time_s is None or host_s is None else chunk.time_s - host_s
            for line in chunk.data.splitlines(keepends=True):
                if line.strip():
                    yield Expect(line.decode("latin-1"), within=_limit_s(since_s))
        last_s = chunk.time_s


def _limit_s(since_s: float | None) -> float | None:
    """How long an answer is waited for; None for the usual time."""
    limit_s = WITHIN_S if since_s is None else min(max(SHORTEST_LIMIT_S, float(round(since_s * LATENESS + 0.5))), DAY_S)
    return None if limit_s == WITHIN_S else limit_s


def write_scenario(steps: Iterable[Step], remarks: Iterable[str] = (), head: Iterable[str] = ()) -> str:
    """The file; remarks stand as comments at its beginning, ``head`` are lines before the steps."""
    all_steps = list(steps)
    lines = [*(f"# {remark}" for remark in remarks), f"scenario: {FORMAT}"]
    lines += head
    longest_s = sum(map(_duration_s, all_steps))
    if longest_s > LIMIT_S:
        lines.append(f"limit: {min(int(longest_s) + 1, DAY_S)}")
    lines.append("steps:" if all_steps else "steps: []")
    return "\n".join([*lines, *map(_write, all_steps)]) + "\n"


def _duration_s(step: Step) -> float:
    if isinstance(step, Send):
        return 0.0
    return step.within_s if isinstance(step, Expect) else step.duration


def _write(step: Step) -> str:
    usual = {field.encode_name: field.default for field in msgspec.structs.fields(step)}
    fields = msgspec.to_builtins(step).items()
    return "  - " + "\n    ".join(f"{key}: {_value(value)}" for key, value in fields if value != usual[key])


def _value(value: str | float) -> str:
    # A JSON string is a YAML string.
    return json.dumps(value) if isinstance(value, str) else f"{value:g}"
