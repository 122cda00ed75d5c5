"""What lasts: modes and links of a session."""

from __future__ import annotations

from tests.desk import Desk, S
from tests.recording.sessions import Tape, record, use_data_mode
from wizfi_emu.module import events as ev
from wizfi_emu.recording.bands import modes_and_links


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
