"""Runs targets beside each other and says what came of it: ``scripts/fuzz``."""

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzz.judge import HangError, judge
from fuzz.targets import CORPUS, PLANTED, TARGETS, load

HERE = Path(__file__).parent
FOUND = HERE / "found"
"""Inputs that reach what no other one does, kept from run to run."""
FAILED = HERE / "failed"
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
"""Where files cost no disk, if there is such a place."""
STUCK_S = 120.0
"""How much longer than it was told a target may take."""
LAST_LINES = 20
"""What is shown of a target that ends in another way than by an exception."""
KEPT_BYTES_MAX = 4096
KEPT_MAX = 20
"""So many inputs of a target become part of the corpus at once, and none that is longer."""

_STATISTIC = re.compile(r"^stat::(\w+): +(\d+)$", re.MULTILINE)
_COVERED = re.compile(r" cov: (\d+) ")
_EXCEPTION = re.compile(r"=== Uncaught Python exception: ===\n(.*?)\n==\d+==", re.DOTALL)


@dataclass(slots=True)
class Outcome:
    """What came of a target. ``failure`` is empty when nothing was found."""

    target: str
    inputs: int = 0
    per_second: int = 0
    covered: int = 0
    peak_mb: int = 0
    failure: str = ""

    def row(self) -> str:
        result = "failed" if self.failure else "ok"
        return (
            f"{self.target:10} {self.inputs:>10,} {self.per_second:>8,} {self.covered:>8,} {self.peak_mb:>8,}  {result}"
        )


HEAD = f"{'target':10} {'inputs':>10} {'a second':>8} {'reached':>8} {'MB':>8}  result"


class _Running:
    """A target under way."""

    def __init__(self, target: str, seconds: float) -> None:
        self.target = target
        found = FOUND / target
        found.mkdir(parents=True, exist_ok=True)
        FAILED.mkdir(exist_ok=True)
        self._log = FOUND / f"{target}.log"
        self._end_s = time.monotonic() + seconds + STUCK_S
        with self._log.open("wb") as log:
            command = _command(target, seconds, found)
            # The fuzzer ends its process at once; what targets have put into files goes with this folder.
            self._scratch = tempfile.TemporaryDirectory(prefix="wizfi-fuzz-", dir=MEMORY if MEMORY.is_dir() else None)
            environment = {**os.environ, "TMPDIR": self._scratch.name}
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=HERE.parent, env=environment)

    def outcome(self) -> Outcome | None:
        """What came of it; None while it runs."""
        if self._process.poll() is None:
            if time.monotonic() < self._end_s:
                return None
            self._process.kill()
            self._process.wait()
        self._scratch.cleanup()
        text = self._log.read_text("utf-8", "replace")
        statistics = {name: int(value) for name, value in _STATISTIC.findall(text)}
        covered = _COVERED.findall(text)
        outcome = Outcome(
            self.target,
            statistics.get("number_of_executed_units", 0),
            statistics.get("average_exec_per_sec", 0),
            int(covered[-1]) if covered else 0,
            statistics.get("peak_rss_mb", 0),
        )
        if self._process.returncode:
            found = _EXCEPTION.search(text)
            said = found[1] if found else "\n".join(text.splitlines()[-LAST_LINES:])
            outcome.failure = said or f"it ended with status {self._process.returncode}"
        return outcome

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._scratch.cleanup()


def _command(target: str, seconds: float, found: Path) -> Sequence[str]:
    return [sys.executable, "-m", "fuzz.child", target, str(time.monotonic() + seconds), str(found), str(FAILED)]


def fuzz(targets: Sequence[str], seconds: float, jobs: int) -> list[Outcome]:
    """Fuzz targets, so many at a time, all of them in about this time; prints a row for each that has ended."""
    waiting = deque(targets)
    jobs = min(jobs, len(targets))
    share_s = seconds * jobs / len(targets)
    running: list[_Running] = []
    outcomes: list[Outcome] = []
    print(HEAD, flush=True)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_Running(waiting.popleft(), share_s))
            time.sleep(0.1)
            for one in tuple(running):
                if outcome := one.outcome():
                    running.remove(one)
                    outcomes.append(outcome)
                    print(outcome.row(), flush=True)
    finally:
        for one in running:
            one.stop()
    return outcomes


def play_again(target: str, file: Path) -> None:
    """Play one input, as the fuzzer does. Raises what is wrong with it."""
    judge(load(target), file.read_bytes())


def keep(target: str) -> int:
    """Take what was found last, which reaches furthest, into the corpus of the repository; how many inputs."""
    found = sorted((FOUND / target).iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    short = [path for path in found if path.stat().st_size <= KEPT_BYTES_MAX][:KEPT_MAX]
    for path in short:
        shutil.copyfile(path, CORPUS / target / path.name[:12])
    return len(short)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; gives the exit status: 1 when something was found, 2 when it was used wrongly."""
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz",
        description="Search for inputs that nobody thought of; a traceback, a hang or growth is a failure.",
        epilog="What is found lies in fuzz/found, failures in fuzz/failed. Targets: " + ", ".join(TARGETS),
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="all of them if none is named")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, default=60.0, help="for all targets together; default: 60")
    length.add_argument("--hours", type=float, help="the same in hours")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time; default: processors")
    parser.add_argument("--again", type=Path, metavar="FILE", help="play this input of one target")
    parser.add_argument("--keep", action="store_true", help="take what was found into the corpus, and do no more")
    options = parser.parse_args(arguments)
    unknown = [target for target in options.targets if target not in TARGETS | PLANTED]
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}; expected some of {', '.join(TARGETS)}")
    if options.jobs < 1:
        parser.error("--jobs: expected 1 or more")
    targets = options.targets or list(TARGETS)
    if options.again is not None:
        if len(options.targets) != 1:
            parser.error("--again: expected one target, whose input it is")
        return _again(targets[0], options.again)
    if options.keep:
        for target in targets:
            print(f"{target}: {keep(target) if (FOUND / target).is_dir() else 0} inputs")
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("scripts/fuzz: atheris is missing: pip install 'wizfi-emu[fuzz]'", file=sys.stderr)
        return 2
    outcomes = fuzz(targets, options.seconds if options.hours is None else options.hours * 3600, options.jobs)
    failures = [outcome for outcome in outcomes if outcome.failure]
    for outcome in failures:
        print(f"\n{outcome.target}:\n{outcome.failure}")
    inputs = sum(outcome.inputs for outcome in outcomes)
    print(f"\n{inputs:,} inputs, {len(failures)} of {len(outcomes)} targets failed")
    if failures:
        print("the inputs lie in fuzz/failed; once more: scripts/fuzz TARGET --again FILE")
    return 1 if failures else 0


def _again(target: str, file: Path) -> int:
    try:
        play_again(target, file)
    except OSError as error:
        print(f"scripts/fuzz: {file}: {error.strerror}", file=sys.stderr)
        return 2
    except (Exception, HangError):
        import traceback

        traceback.print_exc()
        return 1
    print(f"{target}: {file} does no harm")
    return 0


if __name__ == "__main__":
    sys.exit(main())
