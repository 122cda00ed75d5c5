"""The score card."""

from __future__ import annotations

from wizfi_emu.audit.card import as_json, lines_of, score
from wizfi_emu.audit.judge import Verdict
from wizfi_emu.audit.situations import Situation
from wizfi_emu.properties.facts import Finding

CALM = Situation("calm", "nothing goes wrong")
STORM = Situation("down", "the server is down", "reconnect_storm")
GOOD = Verdict(CALM, "good")
BAD = Verdict(STORM, "BAD", (Finding("storm", "connect", "again and again"),), "exec: status 1", b"first\nlast\n")


def test_a_good_one_is_a_line() -> None:
    assert list(lines_of(GOOD, 6)) == ["good      calm    nothing goes wrong"]


def test_a_bad_one_says_why() -> None:
    assert list(lines_of(BAD, 4)) == [
        "BAD       down  the server is down",
        "          storm: again and again",
        "              first",
        "              last",
        "          the story: examples/field-bugs/reconnect_storm",
    ]


def test_one_that_gives_up_says_where() -> None:
    verdict = Verdict(STORM, "gives up", (), "steps[0]: no")
    assert list(lines_of(verdict, 4)) == ["gives up  down  the server is down", "          steps[0]: no"]


def test_the_score() -> None:
    both = (CALM, STORM)
    assert score([GOOD, BAD], both) == "1 of 2 situations survived"
    assert score([GOOD, Verdict(STORM, "not met")], both) == "1 of 1 situations survived, 1 not met"
    assert score([BAD], both) == (
        "0 of 1 situations survived; the host fails when nothing goes wrong, so the other 1 say nothing"
    )


def test_for_programs() -> None:
    assert as_json(BAD) == {
        "situation": "down",
        "story": "the server is down",
        "bug": "reconnect_storm",
        "outcome": "bad",
        "findings": [{"property": "storm", "text": "again and again"}],
        "problem": "exec: status 1",
    }
