"""Notes in words."""

from __future__ import annotations

import pytest

from wizfi_emu.recording.words import lane_of, words_of
from wizfi_emu.stages.notes import (
    FaultApplied,
    FaultBegan,
    FaultEnded,
    LineChanged,
    LineReleased,
    Note,
    PowerSwitched,
    WorldChanged,
)


@pytest.mark.parametrize(
    ("note", "lane", "words"),
    [
        (FaultBegan("noise", "serial-loss"), "fault", "noise begins"),
        (FaultEnded("noise", "serial-loss"), "fault", "noise ends"),
        (
            FaultApplied("noise", "serial-loss", 2, "UartSend", 10),
            "fault",
            "noise applies: the module says, 10 bytes, 2 times",
        ),
        (
            FaultApplied("cut", "tcp-cut", 1, "SendData", 4, 3),
            "fault",
            "cut applies: data for a peer of socket 3, 4 bytes",
        ),
        (FaultApplied("reset", "tcp-reset"), "fault", "reset applies"),
        (LineChanged("to-host", 0, b"[OK]", b"[K]"), "fault", 'to-host: "[OK]" becomes "[K]"'),
        (LineChanged("to-module", 0, b"", b"AT"), "fault", 'to-module: "AT" is lost'),
        (LineChanged("to-module", 0, b"AT", b"AT", held=True), "fault", 'to-module: "AT", late'),
        (
            LineChanged("to-module", 0, b"AT+WSEC=0,,secret99\r", b"AT+WSEC=0,,secret99\r", held=True),
            "fault",
            'to-module: "AT+WSEC=0,,1xxxxxxx\\r", late',
        ),
        (LineReleased(4), "fault", "4 bytes that were late go to the host"),
        (PowerSwitched(on=False), "power", "off"),
        (WorldChanged("access point X off"), "world", "access point X off"),
    ],
)
def test_words(note: Note, lane: str, words: str) -> None:
    assert lane_of(note) == lane
    assert words_of(note) == words
