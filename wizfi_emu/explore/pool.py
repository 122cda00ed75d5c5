"""Several processes that play schedules, each with a player of its own."""

import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context

from wizfi_emu.explore.play import Outcome, Player
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.explore.search import Played, PlayMany

JOBS_MAX = 256

BATCH = 8
"""How many schedules a process gets at a time: what goes between processes costs less than a tenth of a run. In real
time it is one, since nobody wants to wait for the others at the end."""

AHEAD = 2
"""How many batches wait for each process."""


def play_in_processes(jobs: int, player: Callable[[], Player]) -> PlayMany:
    """Play in so many processes. What came of the schedules is given in their order."""

    def play(schedules: Iterator[Schedule]) -> Played:
        size = BATCH if player().in_lockstep else 1
        with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (player(),)) as pool:
            waiting: deque[tuple[list[Schedule], Future[list[Outcome]]]] = deque()
            try:
                while True:
                    while len(waiting) < jobs * AHEAD and (batch := list(islice(schedules, size))):
                        waiting.append((batch, pool.submit(_play, batch)))
                    if not waiting:
                        return
                    batch, future = waiting.popleft()
                    yield from zip(batch, future.result(), strict=True)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    return play


_player: list[Player] = []
"""That of this process."""


def _begin(player: Player) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the search ends it
    _player[:] = [player]


def _play(batch: list[Schedule]) -> list[Outcome]:
    return [_player[0].play(schedule) for schedule in batch]
