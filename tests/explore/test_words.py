"""Faults in the words of a story."""

from __future__ import annotations

import pytest

from wizfi_emu.actions.host import Send
from wizfi_emu.explore.schedule import NOTHING, Schedule
from wizfi_emu.explore.words import WORDS, what_happens
from wizfi_emu.faults.model import FAULT_WORDS, Latency, TcpRefuse, TcpReset, When
from wizfi_emu.scenario.model import Block


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (NOTHING, "nothing goes wrong"),
        (Schedule("1.0.5.2"), "the module has the firmware 1.0.5.2"),
        (Schedule(faults=(Latency(delay_ms=20),)), "the network is late from the beginning"),
        (
            Schedule(faults=(TcpReset(when=When(pattern="[OK]\r\n", nth=2)),)),
            "connections are reset right behind the 2nd '[OK]\\r\\n' of the module",
        ),
        (
            Schedule(faults=(TcpRefuse(when=When(event="Join", after=0.3), duration=5),)),
            "connects are refused for 5 s 0.3 s after the first Join",
        ),
        (Schedule(faults=(TcpReset(when=When(event="Join", nth=11)),)), "connections are reset at the 11th Join"),
        (Schedule(faults=(TcpReset(when=When(at=2, after=1)),)), "connections are reset 3 s after the beginning"),
        (
            Schedule(blocks=(Block(When(event="SocketOpened"), (Send("hi", peer="server"),)),)),
            "server sends 'hi' at the first SocketOpened",
        ),
    ],
)
def test_what_happens(schedule: Schedule, words: str) -> None:
    assert what_happens(schedule) == words


def test_there_are_words_for_every_fault() -> None:
    assert tuple(WORDS) == FAULT_WORDS
