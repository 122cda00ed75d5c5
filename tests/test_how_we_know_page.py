"""The page on how the project knows: its counts are those of the tree, and its states those of the statements."""

from __future__ import annotations

from pathlib import Path

from how_we_know import STATES, all_chapters, count_checks, count_states, sources, statement_rows

from tests.guide.reading import Statement

PAGE = (Path(__file__).parents[1] / "docs" / "how-we-know.md").read_text()


def test_every_statement_is_on_the_page_with_its_state() -> None:
    rows = [row for chapter in all_chapters() for row in statement_rows(chapter)]
    assert len(rows) > 400
    for name, says, stands, checks in rows:
        assert f"| {name} | {says} | {stands} | {checks} |\n" in PAGE


def test_the_counts_of_a_chapter_are_those_of_its_statements() -> None:
    for chapter in all_chapters():
        states = count_states(chapter)
        assert tuple(states) == STATES
        assert sum(states.values()) == len(chapter.statements)


def test_a_check_is_what_is_played_or_the_tests_that_are_named() -> None:
    assert count_checks(Statement("X-01", "Played.", play=("AT",), each=("1", "2", "3"))) == 3
    assert count_checks(Statement("X-02", "Named.", tests=("a.py::test_a", "b.py::test_b"))) == 2
    assert count_checks(Statement("X-03", "Not checked.")) == 0


def test_every_source_is_there() -> None:
    assert [source.what for source in sources() if not source.count] == []
