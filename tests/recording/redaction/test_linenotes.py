"""Masks in what the line has carried."""

from __future__ import annotations

import pytest

from wizfi_emu.recording.redaction import linenotes
from wizfi_emu.recording.redaction.linenotes import LineMasker, carried_over
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.stages.notes import LineChanged

KEY = b"AT+WSEC=0,,secret99\r"
MASKED = b"AT+WSEC=0,,1xxxxxxx\r"


def masker() -> LineMasker:
    return LineMasker(Masks(), lambda: False)


def change(at: int, machine: bytes, line: bytes) -> LineChanged:
    return LineChanged("to-module", at, machine, line)


def test_a_key_that_a_fault_has_bent() -> None:
    one = masker()
    bent = KEY.replace(b"e", b"d")
    [(time_us, note)] = one.changed(5, change(0, bent, KEY))
    assert (time_us, note.line) == (5, MASKED)
    assert note.machine == bytes(a ^ b ^ c for a, b, c in zip(KEY, MASKED, bent, strict=True))


def test_a_key_in_pieces_of_which_one_is_lost() -> None:
    one = masker()
    assert one.told(KEY[:13]) == []
    assert one.changed(5, change(13, b"", KEY[13:16])) == []
    [(_, note)] = one.told(KEY[16:])
    assert note.line == MASKED[13:16]


def test_what_is_told_later_counts_once() -> None:
    one = masker()
    assert one.changed(1, change(2, b"c", b"cd")) == [], "what comes before it is not told yet"
    [(_, note)] = one.told(b"ab")
    assert note == change(2, b"c", b"cd")
    assert one.told(b"c") == []
    [(_, again)] = one.changed(2, change(3, b"e", b""))
    assert again.at == 3


def test_nothing_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    one = masker()
    one.changed(1, change(0, b"", KEY[:-4]))
    [(_, note)] = one.close()
    assert note.line.startswith(b"AT+WSEC=0,,")
    assert b"secre" not in note.line
    monkeypatch.setattr(linenotes, "WAITING_NOTES_MAX", 2)
    two = masker()
    assert two.changed(1, change(0, b"", KEY[:12])) == []
    assert len(two.changed(1, change(0, b"", KEY[12:14]))) == 2
    assert two.reset() == []


@pytest.mark.parametrize(
    ("known", "masked", "other", "over"),
    [
        (b"abc", b"abc", b"xy", b"xy"),
        (b"abc", b"xbc", b"abc", b"xbc"),
        (b"abc", b"xbc", b"bc", b"??"),
    ],
)
def test_masks_are_carried_over(known: bytes, masked: bytes, other: bytes, over: bytes) -> None:
    assert carried_over(known, masked, other) == over
