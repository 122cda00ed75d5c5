"""Metrics: what Prometheus' own reader finds in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.control.served import served
from wizfi_emu.control.metrics import MEDIA_TYPE

PAGE = (Path(__file__).parents[2] / "docs" / "control.md").read_text()
Labels = frozenset[tuple[str, str]]

pytestmark = pytest.mark.slow  # real sockets


def samples(body: bytes) -> dict[tuple[str, Labels], float]:
    found = [sample for family in text_string_to_metric_families(body.decode()) for sample in family.samples]
    return {(sample.name, frozenset(sample.labels.items())): sample.value for sample in found}


async def test_the_state_as_metrics() -> None:
    async with served() as module:
        authorization = f"Bearer {module.socket.token}"
        answer = await module.ask("GET", "/metrics", Authorization=authorization)
        assert (answer.status, answer.headers["content-type"]) == (200, MEDIA_TYPE)
        found = samples(answer.body)
        nothing: Labels = frozenset()
        [about] = [dict(labels) for name, labels in found if name == "wizfi_module_info"]
        assert (about["device"], about["firmware"], about["personality"]) == ("/tmp/wizfi", "1.0.3.6", "guide")
        assert found["wizfi_power", nothing] == 1
        assert found["wizfi_boots_total", nothing] == 1
        assert found["wizfi_mode", frozenset({("state", "command")})] == 1
        assert found["wizfi_mode", frozenset({("state", "off")})] == 0
        assert found["wizfi_sockets", frozenset({("state", "connected")})] == 0
        assert found["process_resident_memory_bytes", nothing] > 1_000_000
        assert ("wizfi_rssi_dbm", nothing) not in found

        events = await module.open_events()
        await events.next("state")
        await module.table.ask(b"AT")
        await module.post("/api/faults", {"fault": "tcp-refuse"})
        await module.post("/api/power", {"on": False})
        found = samples((await module.ask("GET", "/metrics", Authorization=authorization)).body)
        events.close()
        assert found["wizfi_power", nothing] == 0
        assert found["wizfi_mode", frozenset({("state", "off")})] == 1
        assert found["wizfi_stream_clients", nothing] == 1
        assert found["wizfi_faults", nothing] == 1
        assert found["wizfi_serial_received_bytes_total", nothing] == 3
        assert found["wizfi_serial_sent_bytes_total", nothing] >= len(b"AT\r\n[OK]\r\n")


async def test_the_link_as_metrics() -> None:
    async with served() as module:
        for line in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN", b"AT+SCON=O,USN,,,5000,0"):
            await module.table.ask(line)
        answer = await module.ask("GET", "/metrics", Authorization=f"Bearer {module.socket.token}")
        found = samples(answer.body)
        assert found["wizfi_link", frozenset({("state", "station")})] == 1
        assert found["wizfi_rssi_dbm", frozenset()] < 0
        assert found["wizfi_sockets", frozenset({("state", "open")})] == 1


async def test_the_token_is_asked_for() -> None:
    async with served() as module:
        assert (await module.ask("GET", "/metrics")).status == 401


async def test_the_page_has_each_of_them() -> None:
    async with served() as module:
        answer = await module.ask("GET", "/metrics", Authorization=f"Bearer {module.socket.token}")
    names = {name for name, _ in samples(answer.body) if name.startswith("wizfi_")}
    assert names
    for name in names:
        assert re.search(rf"^\| .*`{name}[`{{]", PAGE, re.MULTILINE), name
