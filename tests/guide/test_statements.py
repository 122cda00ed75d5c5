"""Each statement of the guide, played against the module in virtual time.

What holds holds with firmware 1.0.5.2 too; what is a switch holds there as soon as its switches are as in the guide,
and not before, so that a statement names the switches that decide.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.guide.played import GUIDE, MEASURED, personality, problems
from tests.guide.reading import Check, Statement, chapters, checks, statements
from wizfi_emu.firmware.differences import load_differences
from wizfi_emu.firmware.load import switch_names

TESTS = Path(__file__).parents[1]
ROWS = {row.id for row in load_differences().differences}
CHECKS = checks()


def named(check: Check) -> str:
    return f"{check.statement.id}{f'[{check.value}]' if check.value else ''}"


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_statement(check: Check) -> None:
    assert "\n".join(problems(check, personality(GUIDE))) == ""


@pytest.mark.parametrize("check", [check for check in CHECKS if check.statement.state == "holds"], ids=named)
def test_what_holds_holds_with_the_measured_firmware_too(check: Check) -> None:
    assert "\n".join(problems(check, personality(MEASURED))) == ""


@pytest.mark.parametrize("check", [check for check in CHECKS if check.statement.switch], ids=named)
def test_the_switches_of_a_statement_decide_it(check: Check) -> None:
    assert "\n".join(problems(check, personality(MEASURED, check.statement.switch))) == ""


@pytest.mark.parametrize("statement", [one for one in statements() if one.switch and one.play], ids=lambda one: one.id)
def test_without_its_switches_a_statement_does_not_hold(statement: Statement) -> None:
    assert any(problems(Check(statement, value), personality(MEASURED)) for value in statement.each)


def test_every_statement_has_a_name_of_its_own_and_a_check() -> None:
    names = Counter(one.id for one in statements())
    assert [name for name, count in names.items() if count > 1] == []
    assert [one.id for one in statements() if not (one.play or one.tests)] == []
    assert [one.id for one in statements() if not re.fullmatch(r"[A-Z0-9_]+-\d\d", one.id)] == []
    assert [one.id for one in statements() if not one.says.endswith(".")] == []


def test_steps_have_one_of_the_forms() -> None:
    steps = [(one.id, step) for one in statements() for step in one.play]
    assert [step for step in steps if not re.match(r'AT|at\b|"|@ |\$', step[1])] == []


def test_rows_and_switches_exist() -> None:
    assert {one.row for one in statements() if one.row} <= ROWS
    assert {switch for one in statements() for switch in one.switch} <= set(switch_names())
    assert [one.id for one in statements() if one.row and one.switch] == []


def test_the_tests_that_statements_name_exist() -> None:
    for one in statements():
        for test in one.tests:
            file, _, function = test.partition("::")
            text = (TESTS / file).read_text()
            assert re.search(rf"^(?:async )?def {function}\(", text, re.MULTILINE), (one.id, test)


def test_every_chapter_of_the_guide_is_there() -> None:
    assert [chapter.chapter for chapter in chapters()] == [
        "AT command set",
        "Wi-Fi commands",
        "Network commands",
        "Management commands",
        "Function commands",
        "Command mode and data mode",
        "I/O pins",
        "Web configuration",
        "Firmware upgrade",
        "Examples of association",
        "Examples of data communication",
        "Wi-Fi Direct",
        "Appendix, throughput",
    ]


def test_a_wrong_answer_is_noticed() -> None:
    """What plays the statements finds wrong bytes of the module, of a peer, and wrong lights."""
    wrong = (
        Statement("X-01", "Another result.", play=("AT => ERROR",)),
        Statement("X-02", "Something besides.", play=("AT+MINFO => FW version/HW version | OK",)),
        Statement("X-03", "Nothing.", play=("AT => nothing",)),
        Statement("X-04", "Other data.", given="client", play=('@ say peer "hi" => "hi"',)),
        Statement("X-05", "Data that does not arrive.", given="client", play=('@ got peer "hi"',)),
        Statement("X-06", "A light.", play=("@ led led2 lit",)),
        Statement("X-07", "A peer that is not let in.", play=("@ connect peer 5000 => <CONNECT 0>",)),
    )
    for statement in wrong:
        assert problems(Check(statement, ""), personality(GUIDE)), statement.says
