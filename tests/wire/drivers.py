"""What the tests of both driver files share."""

from __future__ import annotations

import pytest

both_firmwares = pytest.mark.parametrize("firmware", ["guide", "1.0.5.2"])
paced = pytest.mark.parametrize("timing", ["wire"])
without_echo = pytest.mark.parametrize("echo", [False])

VERSION = {"guide": b"1.0.3.6", "1.0.5.2": b"1.0.5.2"}


def banner(firmware: str) -> bytes:
    """The line that a module prints when it has booted."""
    return b"WizFi250 Version %s (WIZnet Co.Ltd)\r\n" % VERSION[firmware]
