"""Campaigns by the command line: shared, carried on, killed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.campaign.files import flaky
from wizfi_emu.campaign.keys import read_job
from wizfi_emu.campaign.ledger import line_of, merged
from wizfi_emu.campaign.model import Result, Unit
from wizfi_emu.campaign.play import play_unit
from wizfi_emu.campaign.pool import play_here
from wizfi_emu.cli.app import main

pytestmark = pytest.mark.slow  # processes


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main(["campaign", *map(str, words)])
    assert isinstance(end.value.code, int)
    return end.value.code


def undisturbed(path: Path, count: int) -> bytes:
    """The ledger that should come of it, played here."""
    results = play_unit(Unit(read_job(path), tuple(range(count))))
    return b"".join(map(line_of, results))


def test_run_finds_failures_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = flaky(tmp_path), tmp_path / "out"
    assert run("run", path, "--seeds", "0..149", "--jobs", "2", "--out", out) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("flaky.yaml: 150 seeds, ")
    (failure,) = (out / "failures").iterdir()
    recordings = sorted(failure.glob("*.jsonl"))
    assert len(recordings) == 3
    assert all(recording.with_suffix(".html").exists() for recording in recordings)
    assert failure.name in (out / "summary.html").read_text()
    before = (out / "ledger.jsonl").read_bytes()
    assert run("run", path, "--seeds", "160", "--out", out) == 1
    assert (out / "ledger.jsonl").read_bytes().startswith(before)
    assert len((out / "ledger.jsonl").read_bytes().splitlines()) == 160


def test_shards_are_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = flaky(tmp_path)
    for number in range(2):
        words = ("--seeds", "400", "--jobs", "1", "--no-evidence", "--shard", f"{number}/2", "--out")
        run("run", path, *words, tmp_path / f"part-{number}")
    parts = [tmp_path / f"part-{number}" for number in range(2)]
    assert run("merge", *parts, "--output", tmp_path / "whole.jsonl") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "400 results"
    assert (tmp_path / "whole.jsonl").read_bytes() == undisturbed(path, 400)
    assert run("summary", tmp_path / "whole.jsonl", "--html", tmp_path / "page.html") == 0
    assert "400 seeds" in capsys.readouterr().out


def test_everybody_is_killed_now_and_then(tmp_path: Path) -> None:
    path, out = flaky(tmp_path), tmp_path / "out"
    chance = random.Random(5)
    command = [sys.executable, "-m", "wizfi_emu", "campaign", "run", str(path), "--seeds", "600", "--jobs", "2"]
    kills = 0
    while True:
        campaign = subprocess.Popen([*command, "--no-evidence", "--out", str(out)], stdout=subprocess.DEVNULL)
        while campaign.poll() is None and kills < 6:
            time.sleep(chance.uniform(0.1, 0.8))  # real processes, which are killed at any moment
            workers = children(campaign.pid)
            victim = chance.choice([campaign.pid, *workers, *workers])
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                continue
            kills += 1
        if campaign.wait() == 1 and kills >= 6:
            break
    # Units whose process was killed three times were given up; nobody disturbs them any more.
    subprocess.run([*command, "--no-evidence", "--out", str(out)], stdout=subprocess.DEVNULL, check=False)
    whole = b"".join(map(line_of, merged([out / "ledger.jsonl"])))
    assert whole == undisturbed(path, 600)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []


def test_what_kills_its_process_is_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("wizfi_emu.campaign.pool.COMMAND", (sys.executable, "-c", "input()"))
    assert run("run", flaky(tmp_path), "--seeds", "3", "--jobs", "1", "--out", tmp_path / "out") == 1
    assert "3 broken" in capsys.readouterr().out
    assert (tmp_path / "out" / "ledger.jsonl").read_bytes() == b""


async def test_a_unit_that_kills_its_process_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("wizfi_emu.campaign.pool.COMMAND", (sys.executable, "-c", "input()"))
    taken: list[Result] = []
    unit = Unit(read_job(flaky(tmp_path)), (0, 1))
    await play_here(iter([unit]), 2, taken.extend)
    assert [(result.seed, result.verdict) for result in taken] == [(0, "broken"), (1, "broken")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--seeds", "9..3"), "expected A..B or a number"),
        (("--seeds", "0..99999999"), "at most 10000000"),
        (("--seeds", "1", "--shard", "x"), "expected I/N"),
        (("--seeds", "1", "--lockstep"), "it has no host program"),
    ],
)
def test_mistakes(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str) -> None:
    assert run("run", flaky(tmp_path), "--out", tmp_path / "out", *words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


@contextmanager
def scheduler() -> Iterator[str]:
    """A Dask scheduler with a worker, in processes of their own."""
    with dask("scheduler", "--host", "127.0.0.1", "--port", "0") as server:
        address = next(re.findall(r"tcp://127\.0\.0\.1:\d+", line) for line in server if "Scheduler at" in line)[0]
        with dask("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny"):
            yield address


@contextmanager
def dask(role: str, *words: str) -> Iterator[IO[str]]:
    """One of Dask's programs, and what it logs."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *words, "--no-dashboard"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            yield process.stderr
        finally:
            process.terminate()


def apart(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it in a process of its own: Dask leaves threads behind."""
    command = [sys.executable, "-m", "wizfi_emu", "campaign", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_scheduler_that_is_none(tmp_path: Path) -> None:
    done = apart("run", flaky(tmp_path), "--seeds", "1", "--scheduler", "nonsense://", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "--scheduler nonsense://" in done.stderr


def test_dask_plays_the_same(tmp_path: Path) -> None:
    path, out = flaky(tmp_path), tmp_path / "out"
    with scheduler() as address:
        assert (
            apart("run", path, "--seeds", "250", "--scheduler", address, "--no-evidence", "--out", out).returncode == 1
        )
    assert b"".join(map(line_of, merged([tmp_path / "out" / "ledger.jsonl"]))) == undisturbed(path, 250)
