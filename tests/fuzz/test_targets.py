"""Every input of the corpus, without the fuzzer: what was found once stays right."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.judge import judge
from fuzz.targets import CORPUS, TARGETS, load

CORPUS_BYTES_MAX = 1024 * 1024
"""Of a repository that people clone."""


def inputs() -> list[Path]:
    return sorted(path for target in TARGETS for path in (CORPUS / target).iterdir())


@pytest.mark.parametrize("path", inputs(), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_each_input(path: Path) -> None:
    judge(load(path.parent.name), path.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("data", [b"", b"\x00", b"a", b"\xff" * 100, b"a\x1e\x1e\x1f\x1e"])
def test_next_to_nothing(target: str, data: bytes) -> None:
    judge(load(target), data)


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_has_inputs_to_begin_with(target: str) -> None:
    assert list((CORPUS / target).iterdir())


def test_the_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in inputs()) < CORPUS_BYTES_MAX
