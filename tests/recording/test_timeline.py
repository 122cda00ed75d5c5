"""What the page draws: rows between lanes, bands, labels."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.desk import MS, Desk, S
from tests.recording.sessions import Tape, record, talk_to_peers, use_data_mode
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import EFFECTS, EVENTS, Item
from wizfi_emu.recording.kinds import KINDS
from wizfi_emu.recording.labels import label
from wizfi_emu.recording.report.timeline import OTHER_PEERS, PEER_LANES_MAX, ROW_BYTES_MAX, Timeline, make_timeline
from wizfi_emu.stages.notes import (
    FaultApplied,
    FaultBegan,
    FaultEnded,
    LineChanged,
    Note,
    PowerSwitched,
    WorldChanged,
)

PEER = "192.168.12.50"


def rows_of(timeline: Timeline) -> Iterator[tuple[int, str, str, str]]:
    """Time, lanes and kind of each row, for people who look at the data."""
    time_us = 0
    for index, step_us in enumerate(timeline.times_us):
        time_us += step_us
        lanes, strings = timeline.lanes, timeline.strings
        yield (
            time_us,
            lanes[timeline.lanes_from[index]],
            lanes[timeline.lanes_to[index]],
            strings[timeline.kinds[index]],
        )


def test_who_says_what_to_whom() -> None:
    rows = list(rows_of(make_timeline(record(talk_to_peers), "x")))
    assert (500_000, "host", "module", "the host says") in rows
    assert (500_000, "module", "host", "the module says") in rows
    assert (501_000, "module", "access point", "join") in rows
    assert (501_000, "access point", "module", "address by DHCP") in rows
    assert [row[1:] for row in rows if PEER in row][:4] == [
        ("module", PEER, "connect"),
        (PEER, "module", "a socket is open"),
        ("module", PEER, "data for a peer"),
        (PEER, "module", "data of a peer"),
    ]
    assert ("module", PEER, "close a socket") in [row[1:] for row in rows]
    assert [row[1:] for row in rows if row[3] == "listen"] == [("module", "module", "listen")] * 2
    assert ("127.0.0.1", "module", "a client connects") in [row[1:] for row in rows]


def test_rows_have_times_texts_and_bytes() -> None:
    recording = record(talk_to_peers)
    timeline = make_timeline(recording, "x")
    columns = (timeline.rows_groups, timeline.lanes_from, timeline.lanes_to, timeline.kinds, timeline.texts)
    assert {len(column) for column in (*columns, timeline.sizes, timeline.data)} == {len(timeline.times_us)}
    assert min(timeline.times_us) >= 0
    assert sum(timeline.times_us) <= timeline.duration_us == recording.batches[-1].time_us
    data = [b64decode(data) for data in timeline.data]
    assert b"AT+WJOIN\r" in data
    assert b"Hello" in data
    assert "join WizFiDemoAP (WPA2)" in timeline.strings
    assert len(set(timeline.strings)) == len(timeline.strings)
    assert all(len(data) == size for data, size in zip(data, timeline.sizes, strict=True) if 0 <= size <= ROW_BYTES_MAX)


def test_only_the_beginning_of_much_data_is_in_the_page() -> None:
    tape = Tape()
    tape.recorder(ev.UartReceived(b"x" * 10_000), 0)
    timeline = make_timeline(tape.end(), "x")
    assert timeline.sizes == [10_000]
    assert len(b64decode(timeline.data[0])) == ROW_BYTES_MAX


def test_modes_and_links_are_bands() -> None:
    def session(desk: Desk) -> None:
        use_data_mode(desk)
        desk.switch_network(on=False)
        desk.quiet(5 * S)
        desk.at("AT+WLEAVE")
        desk.feed(ev.PoweredOff())

    timeline = make_timeline(record(session), "x")
    assert [band.value for band in timeline.modes] == ["command", "data", "command", "off"]
    assert [band.value for band in timeline.links] == ["down", "station", "lost", "down", "off"]
    assert [band.time_us for band in timeline.modes] == sorted(band.time_us for band in timeline.modes)


def test_the_update_mode_is_a_band() -> None:
    timeline = make_timeline(record(lambda desk: desk.at("AT+FOTA", 5 * S)), "x")
    assert timeline.modes[-1].value == "update"


def test_peers_share_a_lane_when_there_are_many() -> None:
    tape = Tape()
    for number in range(20):
        tape.recorder(ev.SocketReceived(number, b"x", f"10.0.0.{number + 1}", 80), number)
    timeline = make_timeline(tape.end(), "x")
    assert len(timeline.lanes) == 3 + PEER_LANES_MAX + 1
    assert timeline.lanes[-1] == OTHER_PEERS
    assert timeline.lanes_from[-1] == len(timeline.lanes) - 1


def test_services_have_lanes() -> None:
    tape = Tape(redacted=False)
    tape.recorder(ev.WebDataReceived(1, b"GET / HTTP/1.0"), 0)
    tape.recorder(fx.AnswerWebClient(1, b"HTTP/1.0"), 0)
    tape.recorder(fx.ConnectMqtt(1, "1.2.3.4", 1883, b"", b"", b"", 60), 0)
    tape.recorder(ev.AirCommandReceived(1, b"AT\r"), 0)
    timeline = make_timeline(tape.end(), "x")
    assert timeline.lanes[3:] == ["web client", "broker", "air client"]


def test_what_nobody_wants_to_see_is_no_row() -> None:
    tape = Tape(redacted=False)
    items: list[Item] = [ev.TimeReached(), ev.FlashWritten(1, ok=True), fx.ReadSignal(1), ev.SocketSent(1)]
    for item in items:
        tape.recorder(item, 0)
    tape.recorder(ev.SocketSent(1, ev.Failure.TIMEOUT), 5)
    timeline = make_timeline(tape.end(), "x")
    assert [timeline.strings[text] for text in timeline.texts] == ["not sent: timeout"]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (fx.Join(1, b"caf\xc3\xa9", "", b"k", ""), "join café (automatic)"),
        (ev.JoinEnded(1, None), "joined"),
        (ev.JoinEnded(1, ev.JoinFailure.WRONG_KEY), "not joined: wrong key"),
        (ev.AddressOffered(1), "DHCP: no answer"),
        (fx.UseAddress("", "", ""), "no address"),
        (ev.UartLost(3, ev.SerialLoss.OFF), "3 bytes lost: the serial line is off while the flash is written"),
        (ev.NetworkFound(ev.Network(b"Net", "", 1, -40)), "found Net"),
        (ev.ScanEnded(1, (ev.Network(b"Net", "", 1, -40),)), "1 network"),
        (ev.ScanEnded(1, ()), "scan ended"),
        (ev.PingEnded(1, ev.PingResult.REPLY, 7), "reply 7 ms"),
        (ev.PingEnded(1, ev.PingResult.TIMEOUT), "timeout"),
        (ev.NameResolved(1, "1.2.3.4"), "DNS: 1.2.3.4"),
        (ev.StationJoined("00:00:00:00:00:01"), "station 00:00:00:00:00:01 joins"),
        (ev.StationLeft("00:00:00:00:00:01"), "station 00:00:00:00:00:01 leaves"),
        (fx.ConnectTcp(1, "1.2.3.4", 80, 0, fx.TlsIdentity(b"c", b"secret")), "TLS connect 1.2.3.4:80 (socket 1)"),
        (ev.SocketFailed(1, ev.Failure.REFUSED), "not open: refused"),
        (ev.SocketClosed(1), "closes"),
        (ev.SocketClosed(1, ev.Failure.RESET), "breaks: reset"),
        (ev.PoweredOn(b"", ev.ResetCause.WATCHDOG), "power on (watchdog)"),
        (fx.SetPin("led1", level=False), "led1 low"),
        (ev.PinDriven("boot", None), "boot released"),
        (fx.WriteFlash(1, b"secret"), "write flash, 6 bytes"),
        (fx.Log("info", "hello"), "hello"),
        (ev.UartReceived(b"AT"), ""),
        (fx.MakeIdentity(3, "me"), "make a certificate: request=3 common_name=me"),
    ],
)
def test_labels(item: Item, text: str) -> None:
    assert label(item) == text


def test_every_class_has_a_place() -> None:
    """An event or effect that is added later is drawn, too."""
    from hypothesis import find
    from hypothesis import strategies as st

    tape = Tape(redacted=False)
    tape.recorder(ev.TimeReached(), 0)
    kinds: list[type[Any]] = [*EVENTS.values(), *EFFECTS.values()]
    for number, kind in enumerate(kinds):
        item: Item = find(st.builds(kind), lambda _: True)
        tape.recorder(item, number * MS)
    timeline = make_timeline(tape.end(), "x")
    drawn = {timeline.strings[kind] for kind in timeline.kinds}
    without_bytes = {ev.UartReceived, fx.UartSend, ev.SpiTransferred, fx.SpiSend}
    without_news = {ev.TimeReached, ev.FlashWritten, ev.SignalRead, fx.ReadSignal, ev.SocketSent}
    assert {words for kind, words in KINDS.items() if kind not in without_bytes | without_news} == drawn


def test_results_stand_with_their_commands() -> None:
    timeline = make_timeline(record(talk_to_peers), "x")
    texts = [b64decode(data) for data in timeline.data]
    told = [(texts[command], texts[row], took_us) for row, command, took_us in timeline.answers]
    assert (b"AT+WJOIN\r", b"[OK]\r\n", 1000) in told
    assert len(told) > 8


def test_a_typed_line_is_one_row_with_its_duration() -> None:
    tape = Tape(redacted=False)
    for number, key in enumerate(b"AT\r"):
        tape.recorder(ev.UartReceived(bytes([key])), number * 100 * MS)
    timeline = make_timeline(tape.end(), "x")
    assert [b64decode(data) for data in timeline.data] == [b"AT\r"]
    assert (timeline.times_us, timeline.spans_us) == ([200 * MS], [200 * MS])


def test_rows_of_sockets_have_their_number() -> None:
    timeline = make_timeline(record(talk_to_peers), "x")
    rows = list(zip(timeline.kinds, timeline.socks, strict=True))
    assert {sock for kind, sock in rows if timeline.strings[kind] == "connect"} == {1, 5}
    assert {sock for kind, sock in rows if timeline.strings[kind] == "the host says"} == {-1}


def test_what_happens_around_the_module_has_rows_and_faults_have_lanes() -> None:
    notes: tuple[tuple[int, Note], ...] = (
        (1000, PowerSwitched(True)),
        (400_000, FaultBegan("noise", "serial-flip")),
        (450_000, LineChanged("to-host", 0, b"[OK]", b"[KO]")),
        (450_000, FaultApplied("noise", "serial-flip", 2, "UartSend", 6)),
        (600_000, WorldChanged("access point WizFiDemoAP off")),
        (700_000, FaultEnded("noise", "serial-flip")),
        (100 * S, FaultBegan("late", "latency")),
    )
    timeline = make_timeline(replace(record(talk_to_peers), notes=notes), "x")
    rows = dict.fromkeys(rows_of(timeline))
    told = [timeline.strings[text] for text in timeline.texts]
    assert (1000, "module", "module", "the plug") in rows
    assert (450_000, "module", "host", "bytes change on the line") in rows
    assert (600_000, "access point", "access point", "the world changes") in rows
    for text in ("power on", "noise begins", 'to-host: "[OK]" becomes "[KO]"', "access point WizFiDemoAP off"):
        assert text in told
    assert "noise applies: the module says, 6 bytes, 2 times" in told
    assert [(span.name, span.since_us, span.until_us) for span in timeline.faults] == [
        ("noise", 400_000, 700_000),
        ("late", 100 * S, 100 * S),
    ]
    times = [row[0] for row in rows_of(timeline)]
    assert times == sorted(times)
    assert timeline.duration_us == 100 * S
