"""One function from what passed to findings."""

from __future__ import annotations

from tests.lint.talk import Talk
from wizfi_emu.lint.rules import NAMES, RULES
from wizfi_emu.lint.search import find_mistakes

BAD = Talk().host(b"AT\rAT\r").module(b"[OK]\r\n").module(b"[OK]\r\n").connect(data_mode=True).host(b"+++\r")


def test_findings_come_in_order_of_time() -> None:
    assert [finding.rule for finding in find_mistakes(BAD.items)] == ["early-command", "broken-escape"]
    times = [finding.time_us for finding in find_mistakes(BAD.items)]
    assert times == sorted(times)


def test_rules_can_be_chosen() -> None:
    assert [finding.rule for finding in find_mistakes(BAD.items, rules=["broken-escape"])] == ["broken-escape"]
    assert find_mistakes(BAD.items, rules=[]) == []


def test_a_session_without_a_host_has_no_mistakes() -> None:
    assert find_mistakes([]) == []
    assert Talk().found() == []


def test_each_rule_has_a_name_a_sentence_and_a_source() -> None:
    assert len(set(NAMES)) == len(RULES)
    for rule in RULES:
        assert rule.sentence.endswith(".")
        assert rule.source
