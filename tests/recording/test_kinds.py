"""Every kind of event and effect has words."""

from __future__ import annotations

from typing import get_args

from wizfi_emu.recording.format import EFFECTS, EVENTS
from wizfi_emu.recording.kinds import KINDS, NOTE_KINDS
from wizfi_emu.stages.notes import Note


def test_every_kind_has_words() -> None:
    assert set(KINDS) == {*EVENTS.values(), *EFFECTS.values()}
    assert set(NOTE_KINDS) == set(get_args(Note))


def test_the_words_are_short_and_no_two_kinds_share_them() -> None:
    words = [*KINDS.values(), *NOTE_KINDS.values()]
    assert len(set(words)) == len(words)
    assert all(one.strip() == one and len(one) < 40 for one in words)
