"""Faults out of words that somebody has typed."""

from __future__ import annotations

import pytest

from wizfi_emu.control.typedfault import read_fault
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import TcpCut, When


def test_numbers_may_be_texts() -> None:
    typed = {"fault": "tcp-cut", "after_bytes": "3", "for": "1.5", "when": {"event": "SocketOpened", "nth": "2"}}
    assert read_fault(typed) == TcpCut(after_bytes=3, duration=1.5, when=When(event="SocketOpened", nth=2))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"fault": "tcp-rest"}, "got 'tcp-rest'; did you mean tcp-reset?"),
        ({"fault": "tcp-cut", "after": 3}, "after: no such key; expected "),
        ({"fault": "tcp-reset", "when": {"evnt": "x"}}, "when.evnt: no such key; "),
        ({"fault": "key-changed", "access_point": "A"}, "the key key is missing"),
    ],
)
def test_mistakes_are_told_in_words(typed: dict[str, object], said: str) -> None:
    with pytest.raises(UserError) as caught:
        read_fault(typed)
    assert str(caught.value).startswith(f"fault {typed['fault']}: ")
    assert said in str(caught.value)
