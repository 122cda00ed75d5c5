"""Reads the tables in the docstrings of the module's parts: they are what the code is held to."""

from __future__ import annotations

import re
from types import ModuleType


def rows_of(module: ModuleType) -> list[tuple[str, ...]]:
    """The rows of the one table in a docstring, without the heading; cells that are empty too."""
    lines = (module.__doc__ or "").splitlines()
    first, heading, last = (index for index, line in enumerate(lines) if line.startswith("==="))
    columns = [match.span() for match in re.finditer("=+", lines[first])]
    columns[-1] = (columns[-1][0], 200)
    return [tuple(line[start:end].strip() for start, end in columns) for line in lines[heading + 1 : last]]
