"""Soaking: three things at the same time, until the time is over or so many programs were killed.

kill -9: a module on a flash file, with a recording and a control socket, whose client saves settings one after the
other, dies at a random moment. What the module has said to be saved has to be in the flash, the recording has to be
readable and to replay the same, and the next start must not speak of damage.

flapping: the access point goes and comes back every few seconds, while a client joins, connects to an echo and talks.

fleet: many modules in one world, each asked AT in turn.

The exit status is 1 when anything was lost, did not answer or has grown.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from wizfi_emu.profile import decode_image
from wizfi_emu.profile.flashfile import FlashFile
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.replay import replay

PATIENCE_S = 60.0
"""For one answer: the machine may have other things to do."""
KILL_S = (0.0, 0.8)
"""How long a client works before the kill."""
GROWTH_RATIO, GROWTH_KB = 1.25, 8192
"""More than both between the first and the second half of the time is growth."""
DESCRIPTORS = 16
"""... and more than so many more."""
FLAPPING = """\
access_points:
  - ssid: WizFiDemoAP
    bssid: 00:08:DC:AA:BB:01
    security: WPA2
    key: 12345678
    schedule:
      - {at_s: 3, on: false}
      - {at_s: 4, on: true}
    repeat_s: 5
"""


class SoakError(Exception):
    """Something went wrong; the text says what."""


@dataclass
class Tally:
    """What came of one part: counts of what was done, and what went wrong."""

    name: str
    done: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    memory_kb: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> int:
        with self.lock:
            self.done[what] = self.done.get(what, 0) + 1
            return self.done[what]

    def fail(self, text: str) -> None:
        with self.lock:
            self.failures.append(text)

    def sample(self, pid: int) -> None:
        """Note what a process has of memory and descriptors now."""
        with suppress(OSError, StopIteration):
            status = Path(f"/proc/{pid}/status").read_text().splitlines()
            self.memory_kb.append(int(next(line for line in status if line.startswith("VmRSS")).split()[1]))
            self.descriptors.append(len(os.listdir(f"/proc/{pid}/fd")))

    def judge_growth(self) -> None:
        """The second half of the time against the first, whose first tenth is left out."""
        first, second = halves(self.memory_kb)
        if second > max(first * GROWTH_RATIO, first + GROWTH_KB):
            self.fail(f"{second} kB of memory after {first}")
        first, second = halves(self.descriptors)
        if second > first + DESCRIPTORS:
            self.fail(f"{second} descriptors after {first}")

    def rows(self) -> Iterator[tuple[str, str]]:
        yield self.name, ", ".join(f"{number:,} {what}" for what, number in self.done.items()) or "nothing"
        if self.waits_s:
            waits = sorted(self.waits_s)
            p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
            yield "", f"an answer takes {p50 * 1e3:.1f} ms, 99 of 100 at most {p99 * 1e3:.1f} ms"
        if self.memory_kb:
            (first, second), (few, many) = halves(self.memory_kb), halves(self.descriptors)
            yield "", f"{first / 1024:.1f} MB, then {second / 1024:.1f} MB; {few} descriptors, then {many}"
        yield "", f"{len(self.failures)} failures" + "".join(f"; {text}" for text in self.failures[:3])


def halves(values: list[int]) -> tuple[int, int]:
    """The most of the first half, without its beginning, and of the second."""
    middle = (len(values) + 1) // 2
    return max(values[len(values) // 10 : middle], default=0), max(values[middle:], default=0)


# --- modules and their hosts ------------------------------------------------------------------------------------------


@contextmanager
def started(*options: str | Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A module that runs until it is killed."""
    command = [sys.executable, "-m", "wizfi_emu", "run", "-q", *map(str, options)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, bufsize=0, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[bytes]) -> str:
    """Where the host finds it."""
    assert process.stdout is not None
    if not select.select([process.stdout], [], [], PATIENCE_S)[0]:
        raise SoakError("it does not start")
    line = process.stdout.readline().decode().strip()
    if not line:
        raise SoakError("it does not start")
    return line


class Line:
    """The host's end of a module's serial line: a pseudo-terminal or a TCP connection."""

    def __init__(self, address: str) -> None:
        self._got = bytearray()
        if address.startswith("tcp://"):
            host, _, port = address.removeprefix("tcp://").rpartition(":")
            with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
                connection.settimeout(None)
                self._fd = os.dup(connection.fileno())
        else:
            self._fd = os.open(address, os.O_RDWR | os.O_NOCTTY)

    def ask(self, command: str, *ends: bytes, patience_s: float = PATIENCE_S) -> bytes:
        """Send a command; what came up to the first of the ends. Raises SoakError; OSError when the module is gone."""
        os.write(self._fd, command.encode() + b"\r")
        return self.read_until(*(ends or (b"[OK]\r\n", b"[ERROR")), patience_s=patience_s)

    def read_until(self, *ends: bytes, patience_s: float = PATIENCE_S) -> bytes:
        limit_s = time.monotonic() + patience_s
        while True:
            for end in ends:
                place = self._got.find(end)
                if place >= 0:
                    taken = bytes(self._got[: place + len(end)])
                    del self._got[: place + len(end)]
                    return taken
            left_s = limit_s - time.monotonic()
            if left_s <= 0 or not select.select([self._fd], [], [], left_s)[0]:
                raise SoakError(f"no {ends[0]!r} within {patience_s:g} s, but {bytes(self._got[-60:])!r}")
            data = os.read(self._fd, 65536)
            if not data:
                raise OSError("the module has left")
            self._got += data

    def close(self) -> None:
        os.close(self._fd)


# --- kill -9 ----------------------------------------------------------------------------------------------------------


def kill_again_and_again(tally: Tally, folder: Path, chance: random.Random, over: Callable[[], bool]) -> None:
    """Until it is over: start, let a client save settings, kill, look."""
    flash, recording, log = (folder / name for name in ("flash.bin", "session.jsonl", "log"))
    saved = 0
    while not over():
        files = ("--flash", flash, "--record", recording, "--force", "--control", f"unix:{folder / 'control'}")
        # With on-open nobody misses the banner.
        options = ("--serial", "tcp://127.0.0.1:0", "--timing", "fast", "--boot", "on-open", *files)
        with started(*options, log=log) as process:
            try:
                asked = _work_until_killed(process, saved, chance.uniform(*KILL_S), tally)
            except SoakError as error:
                tally.fail(str(error))
                continue
        saved = _look(flash, recording, log, asked, tally)
        if tally.count("kill -9") % 100 == 0:
            for name in folder.iterdir():
                if ".damaged." in name.name:
                    tally.fail(f"{name.name} was made")


def _work_until_killed(process: subprocess.Popen[bytes], saved: int, delay_s: float, tally: Tally) -> tuple[int, int]:
    """Save numbers as the SSID, until the kill; the last that was confirmed, and the last that was asked for."""
    confirmed = asked = saved
    line = Line(first_line(process))
    killer = threading.Timer(delay_s, process.send_signal, (signal.SIGKILL,))
    killer.start()
    try:
        while True:
            asked += 1
            line.ask(f"AT+WSET=0,n{asked}", b"[OK]\r\n")
            line.ask("AT+MPROF=S", b"[OK]\r\n")
            confirmed = asked
            tally.count("saves")
    except OSError:
        pass  # killed
    finally:
        killer.join()
        line.close()
    process.wait()
    return confirmed, asked


def _look(flash: Path, recording: Path, log: Path, asked: tuple[int, int], tally: Tally) -> int:
    """What is left behind a kill; gives the number in the flash."""
    confirmed, last = asked
    with FlashFile(flash) as file:
        image = decode_image(file.load())
    ssid = image.profile.station.ssid.decode("latin-1") if image else ""
    found = int(ssid[1:]) if ssid.startswith("n") else 0
    if not confirmed <= found <= last:
        tally.fail(f"the flash holds {found}, {confirmed} was confirmed and {last} asked for")
    try:
        difference = replay(read_recording(recording)).difference
    except Exception as error:  # whatever it is, it is a failure of this program
        tally.fail(f"the recording: {error!r}")
    else:
        tally.count("replays")
        if difference is not None:
            tally.fail(f"the recording replays otherwise: {difference}")
    if text := log.read_text(errors="replace").strip():
        tally.fail(f"it says {text.splitlines()[0]!r}")
    return found


# --- an access point that comes and goes ------------------------------------------------------------------------------


def live_with_flapping(tally: Tally, folder: Path, over: Callable[[], bool]) -> None:
    """Until it is over: join, connect, talk, begin again when the link is gone."""
    world = folder / "flapping.yaml"
    world.write_text(FLAPPING)
    options = ("--serial", "tcp://127.0.0.1:0", "--timing", "fast", "--flash", ":memory:", "--world", world)
    with _echo() as port, started(*options, "--record", folder / "session.jsonl", log=folder / "log") as process:
        line = Line(first_line(process))
        try:
            line.ask("AT+WSET=0,WizFiDemoAP", b"[OK]\r\n")
            line.ask("AT+WSEC=0,WPA2,12345678", b"[OK]\r\n")
            while not over():
                _live_once(line, port, tally)
                tally.sample(process.pid)
            line.ask("AT", b"[OK]\r\n")
        except (SoakError, OSError) as error:
            tally.fail(str(error))
        finally:
            line.close()
    tally.judge_growth()


def _live_once(line: Line, port: int, tally: Tally) -> None:
    """One life of the link: from the join until something is refused."""
    if b"[ERROR" in line.ask("AT+WJOIN"):
        tally.count("joins refused")
    else:
        tally.count("joins")
        if b"[ERROR" in line.ask(f"AT+SCON=O,TCN,192.168.12.50,{port},,0"):
            tally.count("connections refused")
        else:
            tally.count("connections")
            while _send(line):
                tally.count("sends")
                time.sleep(0.01)
    line.ask("AT+WLEAVE")
    time.sleep(0.1)


def _send(line: Line) -> bool:
    if b"[ERROR" in line.ask("AT+SSEND=0,,,5", b"[0,,,5]\r\n", b"[ERROR"):
        return False
    return b"[ERROR" not in line.ask("hello", b"[OK]\r\n", b"[ERROR", b"[TCP Send Error")


@contextmanager
def _echo() -> Iterator[int]:
    """A server that sends back what comes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                while data := connection.recv(65536):
                    connection.sendall(data)

        def accept() -> None:
            with suppress(OSError):  # closed
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


# --- many modules -----------------------------------------------------------------------------------------------------


def ask_many(tally: Tally, folder: Path, count: int, over: Callable[[], bool]) -> None:
    """Until it is over: ask one module after the other."""
    options = ("--count", str(count), "--timing", "fast", "--flash", ":memory:", "--world", "demo")
    with started(*options, log=folder / "log") as process:
        lines: list[Line] = []
        try:
            for _ in range(count):
                lines.append(Line(first_line(process)))
                tally.count("modules")
            for line in lines:
                line.ask("AT+MECHO=0", b"[OK]\r\n")
            while not over():
                for line in lines:
                    asked_s = time.monotonic()
                    line.ask("AT", b"[OK]\r\n")
                    tally.waits_s.append(time.monotonic() - asked_s)
                    tally.count("answers")
                    if over():
                        break
                tally.sample(process.pid)
        except (SoakError, OSError) as error:
            tally.fail(str(error))
        finally:
            for line in lines:
                line.close()
    tally.judge_growth()


# --- the command ------------------------------------------------------------------------------------------------------


def soak(kills: int, seconds: float, modules: int, jobs: int, seed: int) -> list[Tally]:
    """All three parts beside each other; their tallies when they are over."""
    tallies = [Tally("kill -9 with a client at work"), Tally("an access point that flaps"), Tally("many modules")]
    ends_s = time.monotonic() + seconds

    def over() -> bool:
        return time.monotonic() >= ends_s or tallies[0].done.get("kill -9", 0) >= kills

    with tempfile.TemporaryDirectory(prefix="wizfi-soak-") as name:
        parts: list[tuple[Callable[..., None], tuple[object, ...]]] = [
            *((kill_again_and_again, (tallies[0], random.Random(seed + job))) for job in range(jobs)),
            (live_with_flapping, (tallies[1],)),
            (ask_many, (tallies[2], modules)),
        ]
        threads = []
        for number, (part, (tally, *rest)) in enumerate(parts):
            folder = Path(name, str(number))
            folder.mkdir()
            threads.append(threading.Thread(target=_run, args=(part, tally, folder, *rest, over)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return tallies


def _run(part: Callable[..., None], tally: Tally, folder: Path, *rest: object) -> None:
    try:
        part(tally, folder, *rest)
    except Exception as error:  # a part that ends early must not look like one that found nothing
        tally.fail(f"it ended: {error!r}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kills", type=int, default=10_000, metavar="N", help="end after so many; default: 10000")
    parser.add_argument("--minutes", type=float, default=12 * 60.0, metavar="M", help="... or so long; default: 720")
    parser.add_argument("--modules", type=int, default=1000, metavar="N", help="of the fleet; default: 1000")
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="modules that are killed at a time; default: 1"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="when the kills come")
    options = parser.parse_args()
    for name in ("kills", "minutes", "modules", "jobs"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name}: expected more than 0")
    # A descriptor for each module's line, and some for the rest.
    needed = options.modules + 256
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and needed > hard:
        parser.error(f"--modules {options.modules}: needs {needed} descriptors, the system allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(needed, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))
    began_s = time.monotonic()
    tallies = soak(options.kills, options.minutes * 60, options.modules, options.jobs, options.seed)
    print(f"| {(time.monotonic() - began_s) / 60:.1f} minutes, load {os.getloadavg()[1]:.1f} | |")
    print("|---|---|")
    for tally in tallies:
        for name, text in tally.rows():
            print(f"| {name} | {text} |")
    return int(any(tally.failures or not tally.done for tally in tallies))


if __name__ == "__main__":
    sys.exit(main())
