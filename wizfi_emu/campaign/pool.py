"""Processes of this machine that play units. One that dies or hangs is replaced, and its unit is played again."""

import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import trio

from wizfi_emu.campaign.model import Result, Unit
from wizfi_emu.campaign.worker import decode_results, encode_unit

TRIES = 3
"""A unit whose process dies so often is given up."""
DIED = "died"
"""In place of a fingerprint: whoever killed the process may have been somebody else, so it is no result of the seed."""
UNIT_LIMIT_S = 600.0
"""A hundred seeds take seconds; a host that hangs ends by the limit of its scenario."""
JOBS_MAX = 256
ANSWER_BYTES_MAX = 1 << 20

COMMAND = (sys.executable, "-m", "wizfi_emu.campaign.worker")

Take = Callable[[list[Result]], None]


async def play_here(units: Iterator[Unit], jobs: int, take: Take) -> None:
    """Play units in so many processes; ``take`` gets the results of each, in the order in which they are over."""
    again: list[Unit] = []
    deaths: Counter[tuple[str, int]] = Counter()

    def next_unit() -> Unit | None:
        return again.pop() if again else next(units, None)

    async def work() -> None:
        while (unit := next_unit()) is not None:
            async with _process() as process:
                while unit is not None:
                    results = await _played(process, unit)
                    if results is None:
                        name = unit.job.key, unit.seeds[0]
                        deaths[name] += 1
                        if deaths[name] < TRIES:
                            again.append(unit)
                        else:
                            take(_broken(unit))
                        break
                    take(results)
                    unit = next_unit()

    async with trio.open_nursery() as nursery:
        for _ in range(jobs):
            nursery.start_soon(work)


@asynccontextmanager
async def _process() -> AsyncIterator[trio.Process]:
    process = await trio.lowlevel.open_process(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            await trio.aclose_forcefully(pipe)


async def _played(process: trio.Process, unit: Unit) -> list[Result] | None:
    """What came of a unit; None when the process died over it."""
    assert process.stdin is not None
    assert process.stdout is not None
    answer = bytearray()
    with trio.move_on_after(UNIT_LIMIT_S):
        try:
            await process.stdin.send_all(encode_unit(unit))
            while not answer.endswith(b"\n"):
                data = await process.stdout.receive_some()
                if not data or len(answer) > ANSWER_BYTES_MAX:
                    return None
                answer += data
            return decode_results(bytes(answer))
        except trio.BrokenResourceError:
            return None
    return None


def _broken(unit: Unit) -> list[Result]:
    why = f"the process that played seeds {unit.seeds[0]} to {unit.seeds[-1]} died {TRIES} times"
    return [Result(unit.job.key, seed, "broken", "", DIED, why) for seed in unit.seeds]
