"""Traces for Perfetto: the rules of the trace event format, and what is in one."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

from tests.desk import Desk
from tests.recording.sessions import Tape, record, talk_to_peers, use_data_mode
from wizfi_emu.module import events as ev
from wizfi_emu.recording.perfetto import export_perfetto


def both(desk: Desk) -> None:
    desk.at("AT+NOSUCH")
    talk_to_peers(desk)
    use_data_mode(desk)
    desk.feed(ev.PoweredOff())


def entries() -> list[dict[str, Any]]:
    return list(json.loads(export_perfetto(record(both)))["traceEvents"])


def tracks(found: list[dict[str, Any]]) -> dict[int, str]:
    return {entry["tid"]: entry["args"]["name"] for entry in found if entry["name"] == "thread_name"}


def test_the_rules_of_the_format() -> None:
    found = entries()
    assert {entry["ph"] for entry in found} == {"M", "X", "i", "C"}
    known = tracks(found)
    times = [entry["ts"] for entry in found if entry["ph"] != "M"]
    assert times == sorted(times)
    assert all(entry["dur"] >= 0 for entry in found if entry["ph"] == "X")
    assert all(entry["tid"] in known for entry in found if entry["ph"] in "Xi")
    assert all(isinstance(entry["name"], str) and entry["name"] for entry in found)


def test_slices_of_a_track_do_not_overlap() -> None:
    ends: dict[int, int] = defaultdict(int)
    for entry in entries():
        if entry["ph"] == "X":
            assert entry["ts"] >= ends[entry["tid"]], entry
            ends[entry["tid"]] = entry["ts"] + entry["dur"]


def test_commands_have_their_time_and_their_result() -> None:
    found = entries()
    track = next(number for number, name in tracks(found).items() if name == "commands")
    commands = [entry for entry in found if entry["ph"] == "X" and entry["tid"] == track]
    opened = next(entry for entry in commands if entry["name"] == "AT+SCON=O,TCN,192.168.12.50,40000,,0")
    assert opened["args"] == {"result": "[OK]"}
    assert 90_000 < opened["dur"] < 110_000
    assert any(entry["args"]["result"].startswith("[ERROR") for entry in commands)


def test_modes_links_and_sockets_have_tracks() -> None:
    found = entries()
    known = tracks(found)
    slices = [(known[entry["tid"]], entry["name"]) for entry in found if entry["ph"] == "X"]
    assert [name for track, name in slices if track == "mode"] == ["command", "data", "command", "off"]
    assert [name for track, name in slices if track == "link"] == ["down", "station", "off"]
    assert ("socket 1", "TCP connect 192.168.12.50:40000 (socket 1)") in slices
    assert "board and radio" in known.values()


def test_counters_count_the_bytes() -> None:
    counters = [entry for entry in entries() if entry["ph"] == "C" and entry["name"] == "host to module, bytes"]
    total = sum(len(item.data) for _, item in record(both).items() if isinstance(item, ev.UartReceived))
    assert counters[-1]["args"] == {"bytes": total}


def test_an_empty_recording() -> None:
    assert {entry["ph"] for entry in json.loads(export_perfetto(Tape().end()))["traceEvents"]} == {"M"}
