"""Modules on the bench for tests that say what they need by parametrizing ``firmware``, ``timing`` or ``echo``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.bench import Bench, bench


@pytest.fixture
def firmware() -> str:
    """The personality."""
    return "guide"


@pytest.fixture
def timing() -> str:
    """What the module takes time for; ``wire`` where the pacing of the line matters."""
    return "fast"


@pytest.fixture
def echo() -> bool:
    """Whether the module echoes commands."""
    return True


@pytest.fixture
def module(tmp_path: Path, firmware: str, timing: str, echo: bool) -> Iterator[Bench]:
    """A module that has booted."""
    with bench(tmp_path, firmware=firmware, timing=timing, echo=echo) as found:
        yield found


@pytest.fixture
def joined(module: Bench) -> Bench:
    """A module in the guide's network, with the address 192.168.12.10."""
    module.join()
    return module
