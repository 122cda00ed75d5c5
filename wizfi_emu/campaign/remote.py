"""Units played by the workers of a Dask scheduler, which have the program and the scenario at the same places."""

import subprocess
import threading
from collections.abc import Iterator
from itertools import islice

from wizfi_emu.campaign.model import Result, Unit
from wizfi_emu.campaign.pool import COMMAND, TRIES, Take
from wizfi_emu.campaign.worker import decode_results, encode_unit
from wizfi_emu.errors import UserError

AHEAD = 4
"""How many units wait for each worker."""
CONNECT_LIMIT_S = 30

_here = threading.local()
"""The process that plays for this thread of a worker: lockstep has a process to itself."""


def play_there(units: Iterator[Unit], address: str, take: Take) -> None:
    """Play units at a scheduler; ``take`` gets the results of each. Raises UserError when it cannot be reached."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise UserError("--scheduler needs Dask: pip install '.[campaign]'") from None
    try:
        client = Client(address, timeout=CONNECT_LIMIT_S)
    except (OSError, ValueError) as error:
        raise UserError(f"--scheduler {address}: {error}") from error
    with client:
        client.wait_for_workers(1, timeout=CONNECT_LIMIT_S)
        waiting = as_completed()
        for unit in islice(units, sum(client.nthreads().values()) * AHEAD):
            waiting.add(client.submit(play, unit, pure=False, retries=TRIES))
        for done in waiting:
            take(done.result())
            for unit in islice(units, 1):
                waiting.add(client.submit(play, unit, pure=False, retries=TRIES))


def play(unit: Unit) -> list[Result]:
    """Play a unit in the process of this thread. Raises OSError when that dies."""
    process: subprocess.Popen[bytes] | None = getattr(_here, "process", None)
    if process is None or process.poll() is not None:
        process = _here.process = subprocess.Popen(  # noqa: S603 - our own worker
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(encode_unit(unit))
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise OSError("the process that plays has died")
    return decode_results(line)
