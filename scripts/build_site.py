"""Builds the site from the pages as they lie in the checkout: links between docs, examples and README hold in both.

Links to a folder lead to its README, which is what a page of a repository means by them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "build" / "site-pages"
FOLDERS = ("docs", "examples")
FILES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE")
NOT_COPIED = ("build", "__pycache__", ".*", "failures")
LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")


def copy_pages(target: Path) -> None:
    """Copy what the site is made of, with links that lead to pages."""
    shutil.rmtree(target, ignore_errors=True)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    for name in FILES:
        shutil.copy(ROOT / name, target / name)
    for page in target.rglob("*.md"):
        text = with_links_to_pages(page.read_text(), page.parent)
        page.write_text(text)
        for found in LINK.finditer(text):
            copy_source((page.parent / found["path"]).resolve(), target.resolve())


def copy_source(linked: Path, target: Path) -> None:
    """Copy a file of the checkout that a page links to and that is no page, such as a test."""
    if linked.exists() or not linked.is_relative_to(target):
        return
    source = ROOT / linked.relative_to(target)
    if source.is_file():
        linked.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, linked)


def with_links_to_pages(text: str, folder: Path) -> str:
    """The text of a page that lies in this folder, with ``README.md`` behind links to folders."""

    def lead_to_page(found: re.Match[str]) -> str:
        target = folder / found["path"]
        path = f"{found['path'].rstrip('/')}/README.md" if (target / "README.md").is_file() else found["path"]
        return path + (found["anchor"] or "")

    return LINK.sub(lead_to_page, text)


def build(configuration: Path) -> int:
    """Build a site; the number is 0 when every link leads somewhere and every page has its place."""
    # Not --quiet, which would hide the warnings from --strict as well. The makers' announcements are not about us.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "--config-file", str(configuration)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, env=environment, check=False).returncode


def main() -> int:
    """Build; the number is the exit status."""
    copy_pages(PAGES)
    return build(ROOT / "mkdocs.yml")


if __name__ == "__main__":
    sys.exit(main())
