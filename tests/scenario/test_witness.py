"""What is seen of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explore.hosts import ASKS, scenario_of
from wizfi_emu.properties.facts import Facts
from wizfi_emu.scenario.lockstep import run_in_lockstep
from wizfi_emu.scenario.witness import Witness, held_us


def facts_of(host: str, folder: Path, keys: str = "", steps: str = "- expect_exit: 0") -> Facts:
    (folder / "host.py").write_text(host)
    scenario = scenario_of(keys, steps)
    witness = Witness()
    return witness.facts(scenario, run_in_lockstep(scenario, 0, folder, witness=witness))


def test_a_run_in_which_all_is_well(tmp_path: Path) -> None:
    facts = facts_of(ASKS, tmp_path)
    assert facts.failed is None
    assert facts.ending.status == 0
    assert b"".join(data for _, data in facts.heard).endswith(b"[OK]\r\n")
    assert facts.items[0][0] == 0


def test_what_a_host_has_not_read_it_has_not_heard(tmp_path: Path) -> None:
    host = ASKS + "import time\nport.write(b'AT+MFAKE\\r')\ntime.sleep(1)\nport.read(3)\n"
    heard = b"".join(data for _, data in facts_of(host, tmp_path).heard)
    assert heard.endswith(b"[OK]\r\nAT+")
    assert b"[ERROR" not in heard


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ("- {expect: never, within: 1}", "wanted"),
        ('- {expect_not: "[OK]", within: 3}', "unwanted"),
        ("- {send: hi, peer: server}", "undone"),
        ("- expect_exit: 3", "exit"),
        ("- wait: 50", "limit"),
    ],
)
def test_the_kinds_of_failed_steps(tmp_path: Path, steps: str, kind: str) -> None:
    facts = facts_of(ASKS, tmp_path, "limit: 40\npeers: {server: {peer: server}}", steps)
    assert facts.failed is not None
    assert facts.failed.kind == kind
    assert facts.expected_status == (3 if kind == "exit" else 0)


def test_where_a_host_was_when_it_was_ended(tmp_path: Path) -> None:
    host = ASKS + "def wait():\n    while True:\n        port.read()\nwait()\n"
    facts = facts_of(host, tmp_path, steps="- {expect: never, within: 1}")
    assert facts.ending.place == "host.py, line 15 (wait)"
    assert facts.ending.status is None


def test_faults_that_have_done_something(tmp_path: Path) -> None:
    keys = "faults:\n- {fault: serial-delay, delay_ms: 20, direction: to-host}\n- {fault: dns-fail}"
    facts = facts_of(ASKS, tmp_path, keys)
    assert [fault.word for fault in facts.faults] == ["serial-delay"]
    assert facts.late_us >= 20_000


def test_how_long_something_was_held_back_at_most() -> None:
    assert held_us([(0, 5), (10, 5)], [(4, 5), (13, 5)]) == 4
    assert held_us([(0, 5), (2, 5)], [(4, 5), (13, 5)]) == 13, "there was no pause"
    assert held_us([(3, 5)], [(3, 5)]) == 0


def test_it_keeps_so_much(tmp_path: Path) -> None:
    (tmp_path / "host.py").write_text(ASKS)
    witness = Witness(items_max=12)
    report = run_in_lockstep(scenario_of(), 0, tmp_path, witness=witness)
    assert len(witness.items) == 12
    assert witness.is_full
    assert report.ending.status is None, "the run has ended there"


def test_properties_are_checked_in_a_run(tmp_path: Path) -> None:
    (tmp_path / "host.py").write_text(ASKS + "answer.index(b'never')\n")
    report = run_in_lockstep(scenario_of("properties: {check: [crash, storm]}"), 0, tmp_path)
    [found] = report.findings
    assert found.fingerprint == "ValueError at host.py, line 12"
    assert any("crash: the host program crashes" in line for line in report.lines("it"))
    assert b'name="property crash"' in report.junit("it")


def test_what_is_looked_at_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "host.py").write_text(ASKS)
    scenario = scenario_of("", "- expect_exit: 0")
    monkeypatch.setattr("wizfi_emu.scenario.witness.ITEMS_MAX", 3)
    short = Witness(items_max=5)
    run_in_lockstep(scenario, 0, tmp_path, witness=short)
    assert (len(short.items), short.is_full) == (5, True)
    witness = Witness()
    run_in_lockstep(scenario, 0, tmp_path, witness=witness)
    assert len(witness.heard) == 3
    assert len(witness._line_sent) + len(witness._line_got) == 3
