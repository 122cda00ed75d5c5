"""The fenced blocks of the project's pages, each with the mark that stands before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n\n?)?^ *```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
RUNNABLE = ("sh", "bash", "shell", "console", "python", "py")
COMMAND = re.compile(
    r"^(?:\$ |wizfi-emu |scripts/|\.venv/|python3? |pytest |pip |pyserial-|docker |make |qemu-|curl )", re.MULTILINE
)
INLINE = re.compile(r"(?<!`)`(wizfi-emu [a-z][^`]*)`(?!`)", re.DOTALL)


class Block(NamedTuple):
    """One block: ``mark`` is what the comment before it says about how it is tested."""

    page: Path
    line: int
    language: str
    text: str
    mark: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def has_commands(self) -> bool:
        """Whether somebody would type what is in it."""
        return self.language in RUNNABLE or (self.language in ("", "text") and COMMAND.search(self.text) is not None)


def pages() -> list[Path]:
    """All pages that people read; what is generated and built is not among them."""
    own = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    docs = (ROOT / "docs").rglob("*.md")
    examples = (path for path in (ROOT / "examples").rglob("*.md") if "build" not in path.parts)
    return [*own, *sorted(docs), *sorted(examples)]


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in order."""
    text = page.read_text()
    return [
        Block(
            page,
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["text"],
            found["mark"] or "",
        )
        for found in BLOCK.finditer(text)
    ]
