"""How host programs may end, and how they must not."""

from __future__ import annotations

import dataclasses

import pytest

from tests.properties.runs import failed, run
from wizfi_emu.properties.endings import (
    find_crash,
    find_hang,
    find_missed_expectation,
    find_no_recovery,
    find_silent_loss,
    last_traceback,
)
from wizfi_emu.properties.facts import Ending, Facts, StepKind
from wizfi_emu.properties.model import Properties

ANY = Properties()
TRACE = """before
Traceback (most recent call last):
  File "/home/me/host.py", line 7, in <module>
    main()
  File "/home/me/parser.py", line 20, in parse
    return int(fields[3])
  File "/usr/lib/python3.11/re/__init__.py", line 5, in search
    x
{}
"""


@pytest.mark.parametrize(
    ("raised", "crashes"),
    [
        ("IndexError: list index out of range", True),
        ("ValueError: invalid literal for int() with base 10: b''", True),
        ("struct.error: unpack requires a buffer of 4 bytes", True),
        ("AssertionError", True),
        ("line.LineError: nothing came", False),
        ("TimeoutError: no answer", False),
        ("serial.serialutil.SerialException: gone", False),
    ],
)
def test_an_exception_is_a_crash_when_nobody_means_to_end_by_it(raised: str, crashes: bool) -> None:
    found = find_crash(run(status=1, output=TRACE.format(raised)), ANY)
    assert (found is not None) is crashes
    if found is not None:
        assert found.fingerprint == f"{raised.partition(':')[0]} at parser.py, line 20"
        assert raised in found.text


@pytest.mark.parametrize(
    ("status", "signal"),
    [(-11, "SIGSEGV"), (139, "SIGSEGV"), (134, "SIGABRT"), (-15, ""), (1, ""), (0, ""), (None, "")],
)
def test_a_signal_is_a_crash_when_the_program_is_at_fault(status: int | None, signal: str) -> None:
    found = find_crash(run(status=status), ANY)
    assert ("" if found is None else found.fingerprint) == signal


def test_an_output_without_a_traceback_is_no_crash() -> None:
    assert last_traceback(b"ValueError: printed by the host") is None
    assert last_traceback(b'  File "x.py", line 1, in <module>\n') is None


@pytest.mark.parametrize("kind", ["wanted", "exit", "limit", "undone"])
def test_a_program_that_does_not_end_hangs(kind: StepKind) -> None:
    facts = dataclasses.replace(
        run(status=None, step=failed(kind)), ending=Ending(place="host.py, line 9 (connect, read_line)")
    )
    found = find_hang(facts, ANY)
    assert found is not None
    assert found.fingerprint == "host.py (connect, read_line)", "which line of a loop it is does not matter"
    assert "host.py, line 9" in found.text


def test_it_does_not_hang_when_the_run_was_over_before() -> None:
    assert find_hang(run(status=None, step=failed("unwanted")), ANY) is None
    assert find_hang(run(status=None), ANY) is None
    assert find_hang(run(status=0, step=failed()), ANY) is None
    assert find_hang(run(status=None, step=failed(), endless=True), ANY) is None


def test_a_lockstep_that_cannot_go_on_is_a_hang() -> None:
    problem = "the host neither waits nor looks at the time for 5 s: /home/me/host.py, line 12"
    found = find_hang(dataclasses.replace(run(endless=True), ending=Ending(problem=problem)), ANY)
    assert found is not None
    assert found.fingerprint == "host.py, line 12"


def test_silent_loss() -> None:
    found = find_silent_loss(run("tcp-reset", heard="\r\n[DISCONNECT 0]\r\n", step=failed()), ANY)
    assert found is not None
    assert "'hello' did not come" in found.text


@pytest.mark.parametrize(
    "facts",
    [
        run("tcp-reset", heard="[OK]", step=failed()),
        run("tcp-reset", heard="[DISCONNECT 0]", step=failed(), status=1),
        run("tcp-reset", heard="[DISCONNECT 0]", step=failed("undone")),
        run("tcp-reset", heard="[DISCONNECT 0]"),
        run("serial-flip", heard="[ERROR]", step=failed()),
        run("latency", heard="[ERROR]", step=failed()),
        run(heard="[ERROR]", step=failed()),
    ],
    ids=["not told", "said so", "a step that could not be", "nothing missing", "corrupted", "delayed", "no fault"],
)
def test_no_silent_loss(facts: Facts) -> None:
    assert find_silent_loss(facts, ANY) is None


def test_a_host_may_give_up_unless_it_has_to_recover() -> None:
    facts = run("tcp-reset", status=1, step=failed("exit"))
    assert find_no_recovery(facts, ANY) is None
    found = find_no_recovery(facts, Properties(recovery=10))
    assert found is not None
    assert found.text == "the host gives up: it ends with status 1 within 10 s after the last fault"
    assert find_no_recovery(run("serial-loss", status=1, step=failed()), Properties(recovery=10)) is None
    assert find_no_recovery(run("tcp-reset", status=0, step=failed()), Properties(recovery=10)) is None


def test_an_endless_host_has_to_recover() -> None:
    assert find_no_recovery(run("brown-out", status=None, step=failed(), endless=True), ANY) is not None
    assert find_no_recovery(run("brown-out", status=None, endless=True), ANY) is None


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        (run(step=failed()), "without any fault"),
        (run("latency", step=failed()), "although nothing was lost"),
        (run("serial-pieces", step=failed(), late_us=2_000_000), ""),
        (run("tcp-reset", step=failed()), ""),
        (run("serial-loss", step=failed("unwanted", "+")), ""),
        (run("tcp-reset", step=failed("unwanted", "[Link-Down Event]")), "did not come"),
        (run("ap-off", step=failed("unwanted", "[Link-Down Event]")), ""),
        (run("latency"), ""),
    ],
    ids=["nothing", "late", "very late", "lost", "corrupted", "by the host", "by the fault", "all well"],
)
def test_what_is_expected(facts: Facts, found: str) -> None:
    finding = find_missed_expectation(facts, ANY)
    assert (finding is not None) is bool(found)
    assert finding is None or found in finding.text


def test_what_the_host_program_has_said_last() -> None:
    finding = find_missed_expectation(run(step=failed("exit"), status=1, output="joined\nno answer\n\n"), ANY)
    assert finding is not None
    assert finding.text.endswith("without any fault; the host program said: no answer")
