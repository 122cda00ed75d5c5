"""Two firmware personalities under the recorded host in the recorded world."""

from __future__ import annotations

import pytest

from tests.desk import MS, Desk, S, firmware_named
from tests.recording.sessions import Tape, record, talk_to_peers, use_data_mode
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import with_switches
from wizfi_emu.recording.playback.compare import (
    COMPARED_LINES_MAX,
    Comparison,
    Transcript,
    compare,
    show_all_differences,
    show_comparison,
    simulate,
)

GUIDE, MEASURED = firmware_named("guide"), firmware_named("1.0.5.2")


@pytest.mark.parametrize("switches", [("debug_errors=true",), ("version=1.0.3.5",), ()])
def test_what_a_host_does_not_notice_is_no_difference(switches: tuple[str, ...]) -> None:
    """The version in the banner is another one, but that is not what is asked."""
    other = with_switches(GUIDE, switches)
    comparison = compare(record(use_data_mode), other)
    assert comparison.differs_at is None
    assert comparison.as_recorded
    assert len(comparison.one.sent) > 100


def test_the_first_difference_is_found() -> None:
    """OK and CONNECT change places (connect_before_ok)."""
    comparison = compare(record(use_data_mode), MEASURED)
    assert comparison.differs_at is not None
    one, other = comparison.one.sent, comparison.other.sent
    assert one[comparison.differs_at :].startswith(b"[OK]\r\n\r\n[CONNECT 0]\r\n")
    assert b"\r\n[CONNECT 0]\r\n[OK]\r\n" in other
    lines = show_comparison(comparison, ("guide", "1.0.5.2"), context=2)
    assert lines[1].endswith('module "AT+SCON=O,TCN,192.168.12.50,40000,,1\\r\\n"')
    assert lines[2] == "- guide:"
    assert lines[3].startswith("-")
    assert lines[3].endswith('module "[OK]\\r\\n"')
    assert lines[5] == "+ 1.0.5.2:"
    assert lines[6].endswith('module "\\r\\n[CONNECT 0]\\r\\n"')


def test_one_says_nothing_more() -> None:
    comparison = Comparison(
        Transcript([(0, True, b"AT\r"), (1, False, b"AT\r\n"), (2, False, b"[OK]\r\n")]),
        Transcript([(0, True, b"AT\r"), (1, False, b"AT\r\n")]),
        differs_at=4,
        as_recorded=True,
    )
    assert show_comparison(comparison, ("one", "other")) == [
        '       0.000000 host   "AT\\r"',
        '       0.000001 module "AT\\r\\n"',
        "- one:",
        '-      0.000002 module "[OK]\\r\\n"',
        "+ other: nothing more",
    ]


def test_a_flash_of_the_recorded_firmware_is_not_reset() -> None:
    """The question is not what an upgrade would do."""
    first = Desk("guide")
    first.ok("AT+MECHO=0", "AT+MPROF=S")
    tape = Tape()
    desk = Desk("guide", image=first.image, observers=[tape.recorder])
    desk.at("AT+MECHO=?")
    transcript = simulate(tape.end(), MEASURED)
    assert b"AT" not in transcript.sent  # still no echo
    assert transcript.sent.endswith(b"0\r\n[OK]\r\n")


def test_more_questions_than_were_recorded_are_answered() -> None:
    """The registration is written although the recorded firmware did not have to."""
    recording = record(lambda desk: (desk.join(), desk.at("AT+WLEAVE", S)), firmware="guide")
    transcript = simulate(recording, MEASURED)
    assert b"[Link-Up Event]" in transcript.sent
    assert transcript.unmatched == []


def test_the_peers_say_what_they_said() -> None:
    transcript = simulate(record(talk_to_peers), MEASURED)
    assert transcript.sent.count(b"Hi WizFi250") > 300
    assert b"{1,127.0.0.1,40001,4}ping" in transcript.sent
    assert next(data for _, host, data in transcript.lines if host).startswith(b"AT+WSET")


def test_a_host_that_is_faster_than_the_module_waits() -> None:
    """What does not fit into the receive buffer comes when there is room."""

    def session(desk: Desk) -> None:
        desk.send(b"AT+FPING=1,192.168.12.1\r" + b"AT\r" * 1200)
        desk.quiet(100 * MS)

    recording = record(session)
    comparison = compare(recording, GUIDE)
    assert comparison.as_recorded
    assert comparison.one.sent.count(b"[OK]") > 1000


def test_an_empty_recording() -> None:
    tape = Tape()
    comparison = compare(tape.end(), MEASURED)
    assert comparison.differs_at is None


def test_lines_whatever_their_pieces() -> None:
    transcript = Transcript(
        [(1, True, b"A"), (2, True, b"T\rAT"), (3, False, b"AT\r"), (4, False, b"\n[OK]\r\n"), (5, True, b"\r")]
    )
    assert transcript.text_lines() == [
        (1, True, b"AT\r"),
        (2, True, b"AT"),
        (3, False, b"AT\r\n"),
        (4, False, b"[OK]\r\n"),
        (5, True, b"\r"),
    ]


def test_all_differences() -> None:
    def session(desk: Desk) -> None:
        desk.join()
        desk.tcp_client(data_mode=False)
        desk.at("AT+WSTAT")
        desk.at("AT+MINFO")
        desk.at("AT+WSCAN")

    comparison = compare(record(session), MEASURED)
    lines = show_all_differences(comparison, (GUIDE.version, MEASURED.version), context=1)
    assert "" in lines, "there are two places"
    assert [line[0] for line in lines if line[:1] in ("-", "+")].count("-") >= 2
    assert not any("1.0.5.2" in line for line in lines), "the version is no difference"
    assert any(line.startswith("+") and "Index/SSID" in line for line in lines)


def test_no_difference_at_all() -> None:
    assert show_all_differences(compare(record(use_data_mode), GUIDE), (GUIDE.version, GUIDE.version)) == []


def test_too_much_to_compare() -> None:
    much = Transcript([(0, False, b"\n" * (COMPARED_LINES_MAX + 1))])
    with pytest.raises(UserError, match="--all compares at most 20000 lines; there are 20001"):
        show_all_differences(Comparison(much, much, 0, True), ("1", "2"))
