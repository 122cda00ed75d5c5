"""Sessions that were recorded once and have to replay identically ever after.

``python -m tests.recording.corpus`` records them again, for a change of behaviour that is meant. It runs tests in
virtual time with a recorder on each bench, and plays scenarios beside, so the corpus has whatever the tests have:
boots, uploads, MQTT, web pages, faults, every version of the firmware. With tests behind it, it only adds the sessions
of these to what is there.
"""

from __future__ import annotations

import json
import lzma
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.scenario.random_scenes import random_scenario
from wizfi_emu.air.air import Air
from wizfi_emu.air.world import World
from wizfi_emu.errors import UserError
from wizfi_emu.firmware import Firmware
from wizfi_emu.recording.format import FORMAT, Header, Recording, decode_recording
from wizfi_emu.recording.recorder import Recorder, new_recorder
from wizfi_emu.recording.replay import replay
from wizfi_emu.scenario.model import read_scenario
from wizfi_emu.scenario.virtual import run_virtually
from wizfi_emu.stages.observer import Observe
from wizfi_emu.testing.virtual import VirtualModule

CORPUS = Path(__file__).parent / "corpus.jsonl.xz"
"""Of each session a line with its name, a string, and behind it the lines of its recording."""

ROOT = Path(__file__).parents[2]
TESTS = ("tests/module", "tests/commands", "tests/faults", "tests/personality", "tests/vectors", "tests/scenario")
SCENARIOS = ("bad_day", "reset_during_send")
RANDOM_SCENARIOS = 60
SEED = 4711
SESSIONS_OF_A_TEST = 6
SESSION_BYTES = 200_000
"""Longer sessions do the same again and again."""


def read_corpus() -> Iterator[tuple[str, bytes]]:
    """Name and recording of each session."""
    name, lines = "", list[bytes]()
    for line in lzma.decompress(CORPUS.read_bytes()).splitlines(keepends=True):
        if not line.startswith(b'"'):
            lines.append(line)
            continue
        if name:
            yield name, b"".join(lines)
        name, lines = json.loads(line), []
    if name:
        yield name, b"".join(lines)


def write_corpus(sessions: Iterable[tuple[str, bytes]]) -> None:
    """Write them in place of what is there."""
    text = b"".join(json.dumps(name).encode() + b"\n" + recording for name, recording in sessions)
    CORPUS.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


def redact(recording: Recording) -> bytes:
    """What the redacting recorder writes of this session."""
    tape = _Tape(recording.header.firmware, redacted=True)
    for time_us, item in recording.items():
        tape.recorder(item, time_us)
    tape.recorder.close()
    return tape.data


class _Tape:
    def __init__(self, firmware: Firmware, *, redacted: bool) -> None:
        self.written: list[bytes] = []
        header = Header(format=FORMAT, program="0.0.0", firmware=firmware, redacted=redacted)
        self.recorder: Recorder = new_recorder(self.written.append, header)

    @property
    def data(self) -> bytes:
        return b"".join(self.written)


class Collector:
    """Records every bench; as a plugin of pytest it keeps the first sessions of each test."""

    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self.sessions: dict[str, bytes] = {}
        self._known: set[bytes] = set()
        self._tapes: list[_Tape] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Called around each test and its fixtures."""
        self._tapes.clear()
        result = yield
        self.keep(item.nodeid)
        return result

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """Put a recorder on each bench that is made."""
        make = VirtualModule.__init__

        def make_with_recorder(
            bench: VirtualModule,
            firmware: Firmware,
            world: World | Air,
            *,
            image: bytes = b"",
            power: bool = True,
            observers: Iterable[Observe] = (),
            **options: Any,  # noqa: ANN401 : whatever else a bench takes
        ) -> None:
            if len(self._tapes) < SESSIONS_OF_A_TEST:
                self._tapes.append(_Tape(firmware, redacted=False))
                observers = [self._tapes[-1].recorder, *observers]
            make(bench, firmware, world, image=image, power=power, observers=observers, **options)

        patch.setattr(VirtualModule, "__init__", make_with_recorder)

    def keep(self, name: str) -> None:
        """Name the sessions since the last time."""
        for number, tape in enumerate(self._tapes, 1):
            if reason := self._check(tape.data):
                self.left_out[reason] += 1
                continue
            self.sessions[f"{name} {number}"] = tape.data
            masked = redact(decode_recording(tape.data, name))
            if masked.partition(b"\n")[2] != tape.data.partition(b"\n")[2]:
                self.sessions[f"{name} {number} redacted"] = masked
        self._tapes.clear()

    def _check(self, data: bytes) -> str:
        if data in self._known:
            return "known already"
        self._known.add(data)
        if len(data) > SESSION_BYTES:
            return "too long"
        try:
            if replay(decode_recording(data, "")).difference is not None:
                return "the test changed the machine's insides"
        except (UserError, ValueError, AssertionError) as error:
            return type(error).__name__
        return ""


def main(tests: Sequence[str]) -> None:
    """Record the corpus again, or add sessions to it."""
    collector = Collector()
    with pytest.MonkeyPatch.context() as patch:
        collector.watch(patch)
        options = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        if pytest.main([*options, *(tests or TESTS)], plugins=[collector]):
            sys.exit("the tests have to be green")
        if tests:
            collector.sessions = dict(read_corpus()) | collector.sessions
        for name in () if tests else SCENARIOS:
            run_virtually(read_scenario(ROOT / "examples" / "scenarios" / f"{name}.yaml"), SEED)
            collector.keep(name)
        random = Random(SEED)
        for number in range(0 if tests else RANDOM_SCENARIOS):
            run_virtually(random_scenario(random), SEED)
            collector.keep(f"random scenario {number}")
    write_corpus(collector.sessions.items())
    print(f"{len(collector.sessions)} sessions, {CORPUS.stat().st_size} bytes; left out: {dict(collector.left_out)}")


if __name__ == "__main__":
    main(sys.argv[1:])
