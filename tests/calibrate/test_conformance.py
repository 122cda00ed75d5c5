"""Two devices beside each other: percent, text, page, JUnit; the recorded answers of firmware 1.0.5.2."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from tests.vectors.player import PLACEHOLDER, read_vectors
from tests.vectors.player import Step as VectorStep
from wizfi_emu.calibrate.bench import played_by, virtual_device
from wizfi_emu.calibrate.conformance import Conformance, compare
from wizfi_emu.calibrate.load import load_plan
from wizfi_emu.calibrate.network import NO_NETWORK
from wizfi_emu.calibrate.plan import Probe, Step
from wizfi_emu.calibrate.play import Played, ask, play
from wizfi_emu.firmware.load import load_firmware

PROBES = [Probe(name=name, asks=f"what <{name}> says", lines=(f"AT+{name}",)) for name in ("A", "B", "C")]


class Recorded:
    """A module whose answers were recorded: it sends what the recording has for each step, whatever it is asked."""

    def __init__(self, answers: list[bytes]) -> None:
        self.now_us = 0
        self._answers = iter(answers)
        self._coming = b""

    def send(self, data: bytes) -> None:
        self._coming = next(self._answers)

    def receive(self, until_us: int) -> bytes:
        came, self._coming = self._coming, b""
        self.now_us = self.now_us if came else until_us
        return came


def answered(*answers: str) -> list[Played]:
    return [play(Recorded([answer.encode()]), probe) for probe, answer in zip(PROBES, answers, strict=False)]


def different() -> Conformance:
    return compare("/dev/one", answered("x", "<y>", "z"), "other", answered("x", "<n>"))


def test_percent_and_text() -> None:
    assert (different().equal, round(different().percent, 1)) == (1, 50.0)
    assert list(different().lines()) == [
        "equal      A: what <A> says",
        "DIFFERENT  B: what <B> says",
        "           sent: AT+B",
        "           /dev/one  <y>",
        "           other     <n>",
        "left out, because of what is set: C",
        "/dev/one and other: 1 of 2 probes equal, 50.0 %",
    ]


def test_a_long_answer_is_shown_around_the_difference() -> None:
    one, other = "a" * 5000 + "b" + "c" * 5000, "a" * 5000 + "d" + "c" * 5000
    lines = [line for line in compare("x", answered(one), "y", answered(other)).lines() if "..." in line]
    assert len(lines) == 2
    assert "ab" in lines[0]
    assert "ad" in lines[1]
    assert all(len(line) < 400 for line in lines)


class Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_shows_both_and_takes_no_markup_from_a_device() -> None:
    page = different().page()
    cells = Cells()
    cells.feed(page)
    assert {"<y>", "<n>", "AT+B"} <= set(cells.texts)
    assert page.count('<tr class="different">') == 1
    assert "http://" not in page
    assert "https://" not in page


def test_junit() -> None:
    suite = ElementTree.fromstring(different().junit()).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite.findall("testcase") if case.find("failure") is not None] == ["B"]
    assert suite.find("properties/property[@value='50.0']") is not None


@pytest.mark.parametrize("name", ["guide", "1.0.5.2"])
def test_the_plan_on_the_emulator_and_itself(name: str) -> None:
    probes = load_plan().chosen("volatile", "none")
    one, other = (played_by(load_firmware(name), probes, NO_NETWORK) for _ in range(2))
    assert compare("a", one, "b", other).percent == 100


def recorded_sessions() -> list[tuple[Probe, list[bytes]]]:
    """The sessions without peers and without waits, as probes with their recorded answers."""
    sessions = []
    for vector in (*read_vectors("public.jsonl"), *read_vectors("corrections.jsonl")):
        steps = [step for step in vector["steps"] if not step.get("boot")]
        if not steps or any(not _is_plain(step) for step in steps):
            continue
        lines = tuple(Step(raw=step["send"], wait_ms=step.get("wait_ms", 250) + 1250) for step in steps)
        probe = Probe(name=vector["id"], asks=vector["group"], lines=lines)
        sessions.append((probe, [step["expect"].encode("latin-1") for step in steps]))
    return sessions[::3]


def _is_plain(step: VectorStep) -> bool:
    texts = step.get("send", "") + step.get("expect", "")
    has_peers = any(step.get(key) for key in ("net", "net_after", "net_expect", "net_end"))
    return bool(step.get("send")) and not has_peers and not PLACEHOLDER.search(texts) and "AT+WSCAN" not in texts


@pytest.mark.slow
def test_the_recorded_answers_of_firmware_1_0_5_2_as_a_device_are_those_of_the_emulator() -> None:
    from wizfi_emu.air.load import load_world
    from wizfi_emu.calibrate.bench import VirtualLine
    from wizfi_emu.run.virtual import VirtualDevice

    sessions = recorded_sessions()
    assert len(sessions) > 200
    recorded = [play(Recorded(answers), probe) for probe, answers in sessions]

    def emulated(probe: Probe) -> Played:
        device: VirtualDevice = virtual_device(load_firmware("1.0.5.2"), world=load_world("demo"))
        return play(VirtualLine(device), probe)

    report = compare("firmware 1.0.5.2", recorded, "emulator", [emulated(probe) for probe, _ in sessions])
    assert [line for line in report.lines() if line.startswith("DIFFERENT")] == []
    assert report.percent == 100
    assert re.fullmatch(r"firmware 1\.0\.5\.2 and emulator: (\d+) of \1 probes equal, 100\.0 %", report.summary)
    assert ask(Recorded([b"[OK]\r\n"]), Step(), b"AT\r").answer == b"[OK]\r\n"
