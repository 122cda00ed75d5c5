"""Every command word, option, result and event is shown by a test."""

from __future__ import annotations

import pytest
from coverage_page import Section, evidence, read_places, sections

PLACES = read_places()


@pytest.mark.parametrize("section", sections(), ids=lambda section: section.title)
def test_no_row_without_a_test(section: Section) -> None:
    found = evidence(section, PLACES)
    assert len(found) == len(section.rows)
    assert [row.name for row in found if not row.tests and not row.sessions] == []


def test_a_row_that_nothing_shows_is_noticed() -> None:
    [row] = evidence(Section("made up", {"AT+NOSUCH": r"AT\+NOSUCH[W]ORD"}), PLACES)
    assert (row.sessions, row.tests) == (0, [])
