"""What lasts: modes and links of a session."""

from __future__ import annotations

from dataclasses import replace

from tests.desk import Desk, S
from tests.recording.sessions import Tape, record, use_data_mode
from wizfi_emu.module import events as ev
from wizfi_emu.recording.bands import Span, fault_spans, modes_and_links
from wizfi_emu.stages.notes import FaultBegan, FaultEnded


def test_modes_and_links() -> None:
    def session(desk: Desk) -> None:
        use_data_mode(desk)
        desk.switch_network(on=False)
        desk.quiet(5 * S)
        desk.at("AT+WLEAVE")
        desk.feed(ev.PoweredOff())

    modes, links = modes_and_links(record(session))
    assert [band.value for band in modes] == ["command", "data", "command", "off"]
    assert [band.value for band in links] == ["down", "station", "lost", "down", "off"]
    assert [band.time_us for band in modes] == sorted(band.time_us for band in modes)


def test_nothing_has_no_bands() -> None:
    assert modes_and_links(Tape().end()) == ([], [])


def test_faults_last_from_their_beginning_to_their_end() -> None:
    end_us = record(use_data_mode).batches[-1].time_us
    notes = (
        (1 * S, FaultBegan("slow", "latency")),
        (2 * S, FaultBegan("tcp-reset", "tcp-reset")),
        (3 * S, FaultEnded("slow", "latency")),
        (4 * S, FaultBegan("slow", "latency")),
    )
    spans = fault_spans(replace(record(use_data_mode), notes=notes))
    assert spans == [
        Span(1 * S, 3 * S, "slow"),
        Span(2 * S, 2 * S, "tcp-reset"),
        Span(4 * S, max(4 * S, end_us), "slow"),
    ]
