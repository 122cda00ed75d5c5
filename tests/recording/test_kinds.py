"""Every kind of event and effect has words."""

from __future__ import annotations

from wizfi_emu.recording.format import EFFECTS, EVENTS
from wizfi_emu.recording.kinds import KINDS


def test_every_kind_has_words() -> None:
    assert set(KINDS) == {*EVENTS.values(), *EFFECTS.values()}


def test_the_words_are_short_and_no_two_kinds_share_them() -> None:
    assert len(set(KINDS.values())) == len(KINDS)
    assert all(words.strip() == words and len(words) < 40 for words in KINDS.values())
