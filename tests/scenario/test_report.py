"""What is said of a scenario."""

from __future__ import annotations

from xml.etree import ElementTree

from tests.scenario.scenes import JOIN, play
from wizfi_emu.scenario.report import last_lines


def test_a_passed_one() -> None:
    report = play("- line: AT\n- expect: OK", seed=7)
    assert list(report.lines("it")) == [
        "it: firmware 1.0.5.2, seed 7",
        "ok     0.000 s  steps[0]: line 'AT'",
        "ok     0.000 s  steps[1]: expect 'OK' within 5 s",
        "passed: 2 of 2, 0.000 s",
    ]


def test_a_failed_one() -> None:
    report = play(
        "- line: AT\n- expect: nothing\n  within: 1\n- wait: 1", head="faults: [{fault: dns-fail, when: {at: 0.5}}]"
    )
    assert list(report.lines("it")) == [
        "it: firmware 1.0.5.2, seed 0",
        "ok     0.000 s  steps[0]: line 'AT'",
        "FAIL   1.000 s  steps[1]: expect 'nothing' within 1 s",
        "                'nothing' did not come within 1 s",
        "-               steps[2]: wait 1",
        "       0.500 s  fault dns-fail begins",
        "what happened last:",
        "      0.000 s  power   on",
        "      0.000 s  power   the module starts (power)",
        "      0.000 s  module  WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\\r\\n",
        "      0.000 s  host    AT\\r",
        "      0.000 s  module  AT\\r\\n",
        "      0.000 s  module  [OK]\\r\\n",
        "      0.500 s  fault   dns-fail begins",
        "      1.000 s  step    steps[1]: 'nothing' did not come within 1 s",
        "failed: 1 of 3, 1.000 s",
    ]


def test_junit() -> None:
    report = play('- line: AT\n- expect: "\\x01"\n  within: 1\n- wait: 1', seed=7)
    root = ElementTree.fromstring(report.junit("it"))
    [suite] = root
    assert suite.attrib == {
        "name": "it",
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "time": "1.000000",
    }
    properties = {one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")}
    assert properties == {"seed": "7", "firmware": "1.0.5.2"}
    passed, failed, skipped = suite.iter("testcase")
    assert passed.attrib == {"classname": "it", "name": "steps[0]: line 'AT'", "time": "0.000000"}
    assert len(passed) == 0
    [failure] = failed
    assert failure.tag == "failure"
    assert failure.attrib["message"] == "'\\x01' did not come within 1 s"
    assert "what happened last:" in (failure.text or "")
    assert "module  [OK]" in (failure.text or "")
    assert [child.tag for child in skipped] == ["skipped"]


def test_keys_stay_out_of_it() -> None:
    report = play(JOIN.replace("12345678", "topsecret") + "- expect: never\n  within: 30")
    assert not report.passed
    assert "topsecret" not in "\n".join(report.lines("it"))
    assert b"topsecret" not in report.junit("it")


def test_last_lines() -> None:
    assert last_lines(b"") == ["(nothing)"]
    assert last_lines(b"a\r\nb\x00\xff") == ["a\\r\\n", "b\\x00\\xff"]
    assert len(last_lines(b"x\n" * 100)) == 8
