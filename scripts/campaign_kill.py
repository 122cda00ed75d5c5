"""A campaign whose processes are killed at random, and the same undisturbed: their ledgers have to be equal."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCENARIO = """\
scenario: 1
faults:
  - fault: serial-flip
    direction: to-host
    probability: 0.003
steps:
  - line: AT+WSET=0,WizFiDemoAP
  - expect: "[OK]"
  - line: AT+WSEC=0,WPA2,12345678
  - expect: "[OK]"
  - line: AT+WJOIN
  - expect: ["[Link-Up Event]", "[OK]"]
"""
KILL_S = (0.5, 8.0)


def main() -> int:
    """Exit status 1 when the ledgers differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="?", type=int, default=100_000, metavar="SEEDS")
    parser.add_argument("--chance", type=int, default=1, metavar="N", help="who is killed, and when")
    arguments = parser.parse_args()
    chance = random.Random(arguments.chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenario = folder / "scenario.yaml"
        scenario.write_text(SCENARIO)
        words = [str(scenario), "--seeds", str(arguments.seeds), "--no-evidence"]
        took_s = time.monotonic()
        campaign("run", *words, "--out", folder / "calm").wait()
        took_s = time.monotonic() - took_s
        kills = [0, 0]
        disturbed_s = time.monotonic()
        while True:
            process = campaign("run", *words, "--out", folder / "disturbed")
            while process.poll() is None:
                time.sleep(chance.uniform(*KILL_S))
                victims = workers(process.pid)
                victim = chance.choice([process.pid, *victims, *victims])
                try:
                    os.kill(victim, signal.SIGKILL)
                    kills[victim == process.pid] += 1
                except ProcessLookupError:
                    pass
            if process.returncode >= 0:
                break
        campaign("run", *words, "--out", folder / "disturbed").wait()  # whose process was killed too often
        disturbed_s = time.monotonic() - disturbed_s
        ledgers = []
        for part in ("calm", "disturbed"):
            campaign("merge", folder / part, "--output", folder / f"{part}.jsonl").wait()
            ledgers.append((folder / f"{part}.jsonl").read_bytes())
    equal = ledgers[0] == ledgers[1] and ledgers[0].count(b"\n") == arguments.seeds
    processors = len(os.sched_getaffinity(0))
    for row in (
        ("seeds", arguments.seeds),
        ("undisturbed", f"{took_s:.0f} s, {1e3 * took_s * processors / arguments.seeds:.1f} ms of a processor a seed"),
        ("disturbed", f"{disturbed_s:.0f} s, {kills[0]} workers and {kills[1]} coordinators killed"),
        ("ledger", f"{len(ledgers[0])} bytes"),
        ("equal, byte for byte", "yes" if equal else "NO"),
    ):
        print(f"| {row[0]} | {row[1]} |")
    return not equal


def campaign(*words: str | Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "wizfi_emu", "campaign", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def workers(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main())
