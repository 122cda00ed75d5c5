"""What the module did in sessions that were recorded once: the same to the last effect."""

from __future__ import annotations

from functools import cache

import pytest

from tests.recording.corpus import read_corpus, redact
from wizfi_emu.recording.format import EFFECTS, EVENTS, decode_recording
from wizfi_emu.recording.replay import replay, show_difference

PARTS = 16
REDACTED = " redacted"


@cache
def corpus() -> dict[str, bytes]:
    return dict(read_corpus())


def part_of(number: int) -> list[str]:
    return sorted(corpus())[number::PARTS]


@pytest.mark.slow
def test_the_corpus_is_whole() -> None:
    """Each kind of event and effect is in it, and there are sessions with secrets, and the same without them."""
    assert len(corpus()) > 1000
    assert sum(name.endswith(REDACTED) for name in corpus()) > 100
    kinds = {type(item).__name__ for name, data in corpus().items() for _, item in decode_recording(data, name).items()}
    assert kinds == {*EVENTS, *EFFECTS}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(PARTS))
def test_sessions_replay_identically(number: int) -> None:
    for name in part_of(number):
        recording = decode_recording(corpus()[name], name)
        difference = replay(recording).difference
        assert difference is None, "\n".join([name, *show_difference(recording, difference)])


@pytest.mark.slow
@pytest.mark.parametrize("number", range(PARTS))
def test_sessions_are_redacted_identically(number: int) -> None:
    for name in part_of(number):
        if not name.endswith(REDACTED):
            data = corpus()[name]
            expected = corpus().get(name + REDACTED, data)
            masked = redact(decode_recording(data, name))
            assert masked.partition(b"\n")[2] == expected.partition(b"\n")[2], name
