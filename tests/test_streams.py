"""Streams: places, what is kept, and searches that go on."""

from __future__ import annotations

import re

import pytest

from wizfi_emu import streams
from wizfi_emu.streams import Search, Stream


def test_a_text_in_pieces_is_found_where_it_ends() -> None:
    stream = Stream()
    search = Search(stream, 0, b"[OK]")
    for piece in (b"", b"AT\r\n[", b"O"):
        stream.add(piece)
        assert not search.found()
    stream.add(b"K]\r\n")
    assert search.found()
    assert search.end == 8


def test_what_was_before_the_start_does_not_count() -> None:
    stream = Stream()
    stream.add(b"[OK]")
    assert not Search(stream, 1, b"[OK]").found()
    assert Search(stream, 0, b"[OK]").found()


def test_a_match_grows_until_it_fits() -> None:
    stream = Stream()
    search = Search(stream, 0, re.compile(rb"a.*z", re.DOTALL))
    for piece in (b"a", b"\n", b"b"):
        stream.add(piece)
        assert not search.found()
    stream.add(b"z")
    assert search.found()
    assert search.end == 4


@pytest.mark.parametrize(
    ("expression", "ends"),
    [(rb"a.", [2, 6]), (rb"a(?=b)", [1, 5]), (rb"(?=b)", [1, 5]), (rb"(?<=b)", [2, 6]), (rb"$", [8])],
)
def test_each_match_is_taken_once(expression: bytes, ends: list[int]) -> None:
    stream = Stream()
    search = Search(stream, 0, re.compile(expression))
    stream.add(b"abxxabxx")
    assert list(iter(search.take, None)) == ends
    assert search.end is None


def test_places_stay_when_something_is_forgotten() -> None:
    stream = Stream()
    stream.add(b"0123456789")
    stream.forget(4)
    assert (stream.end, stream.part(0), stream.part(6), stream.part(2, 6)) == (10, b"456789", b"6789", b"45")
    search = Search(stream, 0, b"67")
    assert search.found()
    assert search.end == 8
    stream.forget(2)
    assert stream.part(0) == b"456789"


def test_a_stream_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEPT_BYTES", 100)
    stream = Stream()
    for number in range(1000):
        stream.add(b"%03d" % number)
        assert len(stream.part(0)) <= 200
    assert stream.end == 3000
    assert stream.part(2997) == b"999"
    assert b"998999" in stream


def test_a_search_for_a_match_does_not_look_at_everything_again() -> None:
    stream = Stream()
    search = Search(stream, 0, re.compile(rb"a.*z", re.DOTALL))
    stream.add(b"a" + bytes(streams.MATCH_BYTES))
    assert not search.found()
    stream.add(b"z")
    assert not search.found()
    stream.add(b"a" + bytes(streams.MATCH_BYTES - 1))
    assert not search.found()
    stream.add(b"z")
    assert search.found()
