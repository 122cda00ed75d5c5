"""Scenarios with their host program in lockstep: the verdicts and the bytes of real time, and the same every time."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import pytest
from msgspec import structs

from tests.lockstep.chosts import CLIENTS, compiled
from tests.scenario.bugs import BUGS, bug_scenario
from tests.scenario.scenes import explain, failure, scene
from wizfi_emu.errors import UserError
from wizfi_emu.lockstep import host
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.files import read_recording
from wizfi_emu.recording.replay import replay
from wizfi_emu.scenario.live import run_live
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.report import Report
from wizfi_emu.testing.running import own_host_address


def play(program: str, steps: str, tmp_path: Path, head: str = "") -> Report:
    (tmp_path / "host.py").write_text(program)
    known = scene(steps, head=f"exec: {sys.executable} host.py {{port}}\n{head}")
    return run_in_lockstep(known, 0, tmp_path)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_found_and_its_absence_too(bug: Path) -> None:
    without = run_in_lockstep(bug_scenario(bug, "fixed"), 0, bug)
    assert without.passed, explain(without)
    assert not run_in_lockstep(bug_scenario(bug, "buggy"), 0, bug).passed


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
async def test_the_bytes_are_those_of_real_time(bug: Path) -> None:
    real = await run_live(bug_scenario(bug, "fixed", own_host_address()), 0, bug)
    virtual = run_in_lockstep(bug_scenario(bug, "fixed"), 0, bug)
    assert real.passed, explain(real)
    for both in ((virtual.from_host, real.from_host), (virtual.to_host, real.to_host)):
        shorter, longer = sorted(both, key=len)  # the steps may be over while the last bytes are under way
        assert longer.startswith(shorter)
        assert len(longer) - len(shorter) < 80
    assert [result.outcome for result in virtual.results] == [result.outcome for result in real.results]


def _note(events: list[tuple[ev.Event | fx.Effect, int]], item: ev.Event | fx.Effect, now_us: int) -> None:
    events.append((item, now_us))


@pytest.mark.slow
@pytest.mark.parametrize("program", ["fixed", "buggy"])
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_run_is_the_same(bug: Path, program: str) -> None:
    known = bug_scenario(bug, program)
    runs = []
    for _ in range(3 if (bug.name, program) == ("reconnect_storm", "buggy") else 10):
        events: list[tuple[ev.Event | fx.Effect, int]] = []
        report = run_in_lockstep(known, 0, bug, [partial(_note, events)])
        runs.append((events, list(report.lines("it"))))
    assert len(runs[0][0]) > 10
    assert all(run == runs[0] for run in runs)


def test_a_host_reads_its_banner(tmp_path: Path) -> None:
    program = """
import sys, time, serial
with serial.Serial(sys.argv[1], 115200, timeout=1) as port:
    print(port.readline())
    time.sleep(20)
"""
    report = play(program, "- expect: WizFi250", tmp_path)
    assert report.passed, explain(report)
    assert report.program == b"b'WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\\r\\n'\n"
    assert report.duration_us > 20_000_000


def test_bytes_are_put_in_beside_the_host(tmp_path: Path) -> None:
    program = "import sys, serial\nwith serial.Serial(sys.argv[1], timeout=9) as port: port.read_until(b'[OK]')"
    report = play(program, "- expect: WizFi250\n- line: AT\n- expect_exit: 0", tmp_path)
    assert report.passed, explain(report)


def test_a_host_that_fails_shows_its_output(tmp_path: Path) -> None:
    report = play("raise ValueError('no port')", "", tmp_path)
    assert failure(report).message == "the host program ended with status 1"
    assert "ValueError: no port" in explain(report)


def test_a_step_that_fails_ends_the_host(tmp_path: Path) -> None:
    report = play("import time\nwhile True: time.sleep(1)", "- expect: never\n  within: 5", tmp_path)
    assert failure(report).message == "'never' did not come within 5 s"


def test_the_limit_of_the_scenario_ends_the_host(tmp_path: Path) -> None:
    report = play("import time\nwhile True: time.sleep(1)", "- wait: 100", tmp_path, "limit: 20")
    assert failure(report).message == "the scenario is not over after 20 s"


@pytest.mark.slow
def test_a_host_that_never_waits_is_told_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SPIN_LIMIT_S", 0.5)
    report = play("while True:\n    pass", "- expect: never", tmp_path)
    assert "neither waits nor looks at the time for 0.5 s: host.py, line " in failure(report).message


def test_the_host_has_its_own_rate(tmp_path: Path) -> None:
    report = play("import time\ntime.sleep(9)", "- baud: 9600", tmp_path)
    assert failure(report).message == "the host program sets its own rate"


def test_any_other_program(tmp_path: Path) -> None:
    known = scene("- expect: never", head="exec: sh -c 'exit 3'")
    report = run_in_lockstep(known, 0, tmp_path)
    assert not report.passed


def test_there_is_no_host() -> None:
    with pytest.raises(UserError, match="lockstep is for a host program"):
        run_in_lockstep(scene(""), 0, Path())


def test_a_recording_of_it_replays(tmp_path: Path) -> None:
    file = tmp_path / "it.jsonl"
    bug = BUGS[0]
    run_in_lockstep(bug_scenario(bug, "fixed"), 0, bug, record=file)
    assert replay(read_recording(file)).difference is None


SERVER = """
import sys, serial
from common import join, until
with serial.Serial(sys.argv[1], 115200, timeout=30) as port:
    join(port)
    port.write(b"AT+SCON=O,TSN,,,5000,0\\r")
    until(port, b"[CONNECT 0]\\r\\n")
    print(until(port, b"hello\\r\\n"))
    until(port, b"[DISCONNECT 0]\\r\\n")
"""
CLIENT = """
import sys, time, serial
from common import join, until
time.sleep(1)  # the server's address is the first one
with serial.Serial(sys.argv[1], 115200, timeout=30) as port:
    join(port)
    time.sleep(2)
    port.write(b"AT+SCON=O,TCN,192.168.12.10,5000,,0\\r")
    until(port, b"[CONNECT 0]\\r\\n")
    time.sleep(0.3)
    port.reset_input_buffer()
    port.write(b"AT+SSEND=0,,,5\\r")
    until(port, b"[0,,,5]\\r\\n")
    port.write(b"hello")
    until(port, b"[OK]\\r\\n")
    port.write(b"AT+SMGMT=0\\r")
    until(port, b"[DISCONNECT 0]\\r\\n")
"""
COMMON = """
def until(port, text):
    data = port.read_until(text)
    assert data.endswith(text), data
    return data

def join(port):
    for command in (b"MECHO=0", b"WSET=0,WizFiDemoAP", b"WSEC=0,,12345678", b"WNET=1", b"WJOIN"):
        port.write(b"AT+" + command + b"\\r")
        until(port, b"[OK]\\r\\n")
"""
C_HOST = """
#include "wizfi_lockstep.h"
int main(void)
{
    char data[100];

    if (wizfi_open() < 0 || wizfi_sleep(2000000) < 0 || wizfi_read(data, 100, 0) < 0)
        return 1;
    wizfi_write("AT\\r", 3);
    for (int got = 0; got < 10; got += (int)wizfi_read(data, 100, 9000000))
        ;
    return 5;
}
"""
TWO_MODULES = """
exec: {python} client.py {{port}}
others:
  server: {{firmware: "1.0.5.2", boot: now, exec: "{python} server.py {{port}}"}}
"""


def two_modules(path: Path, more: str = "") -> Scenario:
    for name, text in (("server", SERVER), ("client", CLIENT), ("common", COMMON)):
        (path / f"{name}.py").write_text(text)
    head = TWO_MODULES.format(python=sys.executable) + more
    known = scene(
        "- {expect: AT+MECHO, from: host}", head=head, firmware="guide", timing="wire", host_address=own_host_address()
    )
    return structs.replace(known, module=structs.replace(known.module, boot="now"))


@pytest.mark.slow
def test_modules_with_hosts_in_python_and_c_in_one_time(tmp_path: Path) -> None:
    (tmp_path / "third.c").write_text(C_HOST)
    compiled(tmp_path / "third", tmp_path / "third.c", f"-I{CLIENTS}", str(CLIENTS / "wizfi_lockstep.c"))
    known = two_modules(tmp_path, "  third: {exec: {command: ./third, status: 5}}\n")
    runs = []
    for _ in range(3):
        events: list[tuple[ev.Event | fx.Effect, int]] = []
        report = run_in_lockstep(known, 0, tmp_path, [partial(_note, events)])
        assert report.passed, explain(report)
        runs.append(events)
    assert report.others["server"].endswith(b"}hello\\r\\n'\n")
    assert all(run == runs[0] for run in runs)


@pytest.mark.slow
async def test_the_same_modules_in_real_time(tmp_path: Path) -> None:
    report = await run_live(two_modules(tmp_path), 0, tmp_path)
    assert report.passed, explain(report)
    assert report.others["server"].endswith(b"}hello\\r\\n'\n")


@pytest.mark.slow
def test_the_host_of_another_module_fails(tmp_path: Path) -> None:
    known = two_modules(tmp_path)
    (tmp_path / "server.py").write_text("raise SystemExit(4)")
    report = run_in_lockstep(known, 0, tmp_path)
    assert failure(report).message == "the host program ended with status 4"
    assert failure(report).place == "others.server.exec"


def test_the_host_of_another_module_is_not_there(tmp_path: Path) -> None:
    known = scene("- expect: WizFi", head=f"exec: {sys.executable} host.py\nothers: {{a: {{exec: ./none}}}}")
    (tmp_path / "host.py").write_text("import time; time.sleep(5)")
    assert "./none: No such file" in failure(run_in_lockstep(known, 0, tmp_path)).message
