"""What the tests of both driver files share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

both_firmwares = pytest.mark.parametrize("firmware", ["guide", "1.0.5.2"])
paced = pytest.mark.parametrize("timing", ["wire"])
without_echo = pytest.mark.parametrize("echo", [False])

VERSION = {"guide": b"1.0.3.6", "1.0.5.2": b"1.0.5.2"}


def banner(firmware: str) -> bytes:
    """The line that a module prints when it has booted."""
    return b"WizFi250 Version %s (WIZnet Co.Ltd)\r\n" % VERSION[firmware]


def succeeds(attempt: Callable[[], bool], attempts: int = 30) -> bool:
    """Whether one attempt does. A busy machine can delay many, a wrong module fails all."""
    return any(attempt() for _ in range(attempts))
