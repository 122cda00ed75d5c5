"""Regular expressions of users' files.

RE2 searches in a time that grows with the data alone, whatever the expression is; the standard library may need years
for ``(a+)+b``. It has no look-around and no references to groups. Only what has an expression imports it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

COMPILED_MAX = 512
"""Expressions that stay compiled: more than any file has."""


class Match(Protocol):
    """Where it was found."""

    def start(self, /) -> int: ...
    def end(self, /) -> int: ...


class Pattern(Protocol):
    """An expression, of this or of the standard library."""

    def search(self, data: bytes | bytearray, start: int, /) -> Match | None: ...


@lru_cache(COMPILED_MAX)
def compile_pattern(text: bytes) -> Pattern:
    """An expression in which ``.`` is any byte.

    Raises ValueError that says what is wrong with it: no regular expression, or one that would take too much memory.
    """
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.dot_nl = True
    options.never_capture = True
    options.log_errors = False
    try:
        pattern: Pattern = re2.compile(text, options)
    except re2.error as error:
        [message] = error.args
        raise ValueError(message.decode("latin-1") if isinstance(message, bytes) else str(message)) from None
    return pattern
