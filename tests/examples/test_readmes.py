"""The pages of the examples: there is one for each, and what they list is there. tests/pages runs their commands."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BUGS = ROOT / "examples" / "field-bugs"
FOLDERS = {path for path in (ROOT / "examples").iterdir() if path.is_dir() and path.name[0] not in "._"}
PAGES = sorted(folder / "README.md" for folder in FOLDERS)


def test_every_example_has_a_page_with_a_command() -> None:
    assert PAGES
    assert all("```sh\n" in page.read_text() for page in PAGES)


def test_the_overview_names_every_example() -> None:
    overview = (ROOT / "examples" / "README.md").read_text()
    assert set(re.findall(r"\]\(([a-z-]+)\)", overview)) == {page.parent.name for page in PAGES}


def test_every_field_bug_is_complete_and_listed() -> None:
    listed = re.findall(r"^\| \[([a-z_]+)\]\(\1\)", (BUGS / "README.md").read_text(), re.MULTILINE)
    folders = {path.name for path in BUGS.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert set(listed) == folders
    assert len(listed) == len(folders) == 10
    for bug in listed:
        for name in ("README.md", "buggy.py", "fixed.py", "scenario.yaml"):
            assert (BUGS / bug / name).exists(), f"{bug}/{name}"
