"""What the log says of why."""

from __future__ import annotations

import logging

import pytest

from tests.desk import SSID, Desk, S, firmware_named
from wizfi_emu.device.why import PEERS_MAX, REFUSALS, Why
from wizfi_emu.module import effects as fx
from wizfi_emu.net.addresses import AddressMap

LOG = logging.getLogger("wizfi_emu.module")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("wizfi_emu")]


@pytest.fixture
def desk(caplog: pytest.LogCaptureFixture) -> Desk:
    caplog.set_level(logging.DEBUG)
    module = Desk("1.0.5.2")
    module.look_on(
        Why(LOG, AddressMap("127.0.0.7").where, firmware_named("1.0.5.2"), lambda: module.module.interpreter.last_line)
    )
    return module


def test_joins_connects_and_resets(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.ok(f"AT+WSET=0,{SSID}", "AT+WSEC=0,WPA2,12345678")
    desk.at("AT+WJOIN", 20 * S)
    desk.at("AT+SCON=O,TCN,192.168.12.1,5999,,0", 10 * S)
    desk.at("AT+MRESET", 10 * S)
    lines = told(caplog)
    assert f"join {SSID} (WPA2)" in lines
    assert "joined" in lines
    assert "192.168.12.1:5999 is 127.0.0.7:5999 here: refused" in lines
    assert "reset (reset)" in lines
    assert not any("12345678" in line for line in lines)


def test_an_address_that_is_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    why = Why(LOG, AddressMap().where, firmware_named("guide"), lambda: b"")
    for number in range(2 * PEERS_MAX):
        why.see(fx.SendData(1, b"x", "0.0.0.0", number + 1), 0)
    assert told(caplog)[0] == "UDP: 0.0.0.0:1 is not a destination"
    assert len(told(caplog)) == PEERS_MAX


def test_refused_lines(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.ok(f"AT+WSET=0,{SSID}", "AT+WSEC=0,WPA2,12345678")
    desk.at("AT+WJOIN", 20 * S)
    desk.at("AT+SCON=O,USN, , ,5000,0")
    desk.at("AT+WSEC=0,WPAX,verySecret9")
    caplog.set_level(logging.INFO, REFUSALS.name)
    desk.at("AT+MECHO=7")
    lines = [line for line in told(caplog) if "INVALID" in line]
    assert lines[0] == "'AT+SCON=O,USN, , ,5000,0': [ERROR: INVALID INPUT] parameter 4: blank peer's port, D-02"
    assert "parameter 2: security: expected OPEN, WEP, " in lines[1]
    assert len(lines) == 2
    assert not any("verySecret9" in line for line in lines)
