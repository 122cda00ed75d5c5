"""The state document of a machine, in virtual time."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from tests.desk import GUIDE, MS, Desk, S
from tests.spidesk import SpiDesk
from wizfi_emu.control.state import Counters, LinkPhase, SerialState, ServiceState, SocketPhase, State
from wizfi_emu.device.snapshot import snapshot
from wizfi_emu.module import events as ev
from wizfi_emu.module.effects import SetPin
from wizfi_emu.module.link import LinkState
from wizfi_emu.module.slots import Slot, SlotState
from wizfi_emu.module.spi import QUEUE_BYTES
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.secret import CONCEALED

SERIAL = SerialState("/dev/pts/9", None, 115200, "N", 8, "1", "N")
COUNTERS = Counters(1, 2, 3, 4, 5)


def look(desk: Desk, *, power: bool = True, secrets: bool = False) -> State:
    def ends(slot: Slot) -> tuple[Endpoint | None, Endpoint | None]:
        return Endpoint("127.0.0.1", slot.local_port), None

    return snapshot(
        desk.module,
        power=power,
        now_us=desk.now_us,
        serial=SERIAL,
        spi=None,
        counters=COUNTERS,
        pins=desk.pins,
        rssi_dbm=-45,
        ends=ends,
        air_address="127.0.0.5",
        faults=[],
        secrets=secrets,
    )


def test_phases_are_the_states_of_link_and_sockets() -> None:
    assert {state.name.lower() for state in LinkState} == set(get_args(LinkPhase))
    assert {state.name.lower() for state in SlotState} == set(get_args(SocketPhase))


def test_after_the_boot() -> None:
    desk = Desk()
    state = look(desk)
    assert (state.mode, state.firmware.personality, state.firmware.version) == ("command", "1.0.5.2", "1.0.5.2")
    assert (state.wifi.state, state.wifi.address, state.wifi.rssi_dbm) == ("down", "", None)
    assert (state.sockets, state.busy, state.background) == ([], False, [])
    assert (state.serial, state.counters, state.time_us) == (SERIAL, COUNTERS, desk.now_us)
    assert state.unsaved == ["echo"], "the desk has switched it off"


def test_it_is_json_and_read_again_the_same() -> None:
    text = msgspec.json.encode(look(Desk(joined=True)))
    assert msgspec.json.encode(msgspec.json.decode(text, type=State)) == text


def test_looking_changes_nothing() -> None:
    one, other = Desk(GUIDE, joined=True), Desk(GUIDE, joined=True)
    for _ in range(3):
        look(one)
    assert one.at("AT+WSTAT") == other.at("AT+WSTAT")
    assert one.at("AT+FGPIO=?") == other.at("AT+FGPIO=?")


def test_the_link_and_its_loss() -> None:
    desk = Desk(joined=True)
    state = look(desk)
    assert (state.wifi.state, state.wifi.ssid, state.wifi.address) == ("station", "WizFiDemoAP", "192.168.12.10")
    assert (state.wifi.gateway, state.wifi.netmask) == ("192.168.12.1", "255.255.255.0")
    assert state.wifi.name_servers == ["192.168.12.1", "8.8.8.8"]
    assert state.wifi.rssi_dbm == -45
    assert state.leds == {"led1": True, "led2": False}
    desk.feed(ev.LinkLost())
    state = look(desk)
    assert (state.wifi.state, state.wifi.ssid, state.wifi.address) == ("lost", "WizFiDemoAP", "")
    assert state.leds["led1"] is False


def test_access_point() -> None:
    desk = Desk()
    desk.ok("AT+WSET2=1,Mine", "AT+WSEC=1,WPA2,12345678")
    desk.at("AT+WJOIN")
    assert look(desk).wifi.state == "ap"
    assert look(desk).wifi.ssid == "Mine"
    assert look(desk).wifi.rssi_dbm is None


def test_sockets_and_data_mode() -> None:
    desk = Desk(joined=True)
    desk.tcp_server(5001, data_mode=True)
    [waiting] = look(desk).sockets
    assert (waiting.scid, waiting.type, waiting.state, waiting.data_mode) == (0, "TSN", "listening", True)
    assert (waiting.local.virtual, waiting.local.host) == ("192.168.12.10:5001", "127.0.0.1:5001")
    assert (waiting.remote.virtual, waiting.remote.host) == (None, None)
    desk.visit(5001)
    state = look(desk)
    assert state.mode == "data"
    assert state.sockets[0].state == "connected"
    assert state.sockets[0].remote.virtual is not None
    assert (state.data_mode.session, state.data_mode.current) == (0, 0)
    assert state.leds == {"led1": True, "led2": True}
    desk.exchange(b"+++", 2 * S)
    state = look(desk)
    assert (state.mode, state.data_mode.session) == ("command", 0)
    assert state.leds["led2"] is False


def test_without_power_nothing_is_left() -> None:
    desk = Desk(joined=True)
    desk.tcp_server(5001)
    desk.feed(ev.PoweredOff())
    desk.pins.clear()
    state = look(desk, power=False)
    assert (state.mode, state.wifi.state, state.sockets, state.timers) == ("off", "down", [], [])
    assert state.leds == {"led1": False, "led2": False}
    assert state.pins["boot"].level is None
    assert state.unsaved == []
    assert look(desk, power=True).mode == "reset"


def test_boot_loader_and_update_mode() -> None:
    desk = Desk()
    desk.feed(ev.PinDriven("boot", level=False), ev.PoweredOff())
    desk.power_on()
    state = look(desk)
    assert (state.mode, state.busy) == ("boot", True)
    assert (state.pins["boot"].level, state.pins["boot"].driven) == (0, 0)
    assert state.pins["gpio1"].direction == "input", "not set up yet"
    desk.feed(ev.PinDriven("boot", level=None))
    desk.run(1 * S)
    assert look(desk).mode == "command"
    for level in (False, True, False, True):
        desk.feed(ev.PinDriven("function", level=level))
        desk.run(120 * MS)
    desk.run(2 * S)
    state = look(desk)
    assert state.mode == "ota"
    # What the radio and the server do belongs to the update mode, not to the application.
    wifi = state.wifi
    assert (wifi.state, wifi.ssid, wifi.mac) == ("ap", "WIZFI_OTA_0008DC000000", "00:08:DC:00:00:00")
    assert (wifi.address, wifi.netmask, wifi.gateway) == ("192.168.0.1", "255.255.0.0", "192.168.0.1")
    assert (wifi.name_servers, wifi.rssi_dbm) == ([], None)
    assert state.services.web.running
    assert state.services.web.port == 80
    desk.feed(ev.PoweredOff())
    assert (look(desk).wifi.state, look(desk).services.web.running) == ("down", False)


@pytest.mark.parametrize(
    ("config", "value", "driven", "direction", "level"),
    [
        (0, 0, None, "input", 1),
        (0, 0, False, "input", 0),
        (1, 0, None, "input", 0),
        (1, 0, True, "input", 1),
        (3, 1, None, "output", 1),
        (3, 0, True, "output", 0),
        (4, 0, True, "output", 0),
        (4, 1, None, "output", None),
        (4, 1, False, "output", 0),
        (5, 1, None, "output", 1),
        (5, 1, False, "output", 0),
    ],
)
def test_gpio(config: int, value: int, driven: bool | None, direction: str, level: int | None) -> None:
    desk = Desk()
    desk.ok(f"AT+FGPIO=2,5,{config}")
    if direction == "output":
        desk.ok(f"AT+FGPIO=1,5,{value}")
    desk.feed(ev.PinDriven("gpio5", driven))
    pin = look(desk).pins["gpio5"]
    assert (pin.direction, pin.level) == (direction, level)
    assert pin.driven == (None if driven is None else int(driven))


def test_timers_and_waiting_work() -> None:
    desk = Desk()
    desk.ok("AT+FSOCK=6,30")
    assert [timer.in_us for timer in look(desk).timers if timer.name == "reconnect"] == [pytest.approx(30 * S, abs=S)]
    desk.feed(ev.PinDriven("function", level=False))
    desk.run(100 * MS)
    assert "sample" in [timer.name for timer in look(desk).timers]
    for _ in range(6):  # the line is never silent
        desk.exchange(b"A", 90 * MS)
    assert look(desk).background == ["function"]


def test_web_server_and_air_service() -> None:
    desk = Desk(joined=True)
    assert (look(desk).services.web.running, look(desk).services.air.running) == (False, False)
    desk.ok("AT+MAIRCMD=O,T,50002,0")
    air = look(desk).services.air
    assert (air.running, air.address, air.port) == (True, "127.0.0.5", 50002)


def test_the_web_server_tells_where_it_is() -> None:
    desk = Desk(joined=True)
    desk.module.web.start()
    assert look(desk).services.web == ServiceState(running=True), "it does not listen yet"
    desk.exchange(b"A")
    assert look(desk).services.web == ServiceState(running=True, address="127.0.0.1", port=80)
    desk.feed(ev.LinkLost())
    assert look(desk).services.web.running is False


SECRETS = ("geheim-ap-key", "station-key-9", "web-passwort", "mqtt-passwort", "PRIVATE KEY")


def with_secrets() -> Desk:
    desk = Desk()
    desk.ok("AT+WSEC=1,WPA2,geheim-ap-key", "AT+WSEC=0,WPA2,station-key-9")
    desk.module.ram.web_password = b"web-passwort"
    desk.module.ram.mqtt = msgspec.structs.replace(desk.module.ram.mqtt, user=b"anna", password=b"mqtt-passwort")
    desk.module.storage.image.security = msgspec.structs.replace(
        desk.module.storage.security,
        certificate=b"-----BEGIN CERTIFICATE-----",
        private_key=b"-----BEGIN PRIVATE KEY-----",
    )
    return desk


def test_secrets_are_concealed() -> None:
    state = look(with_secrets())
    text = msgspec.json.encode(state).decode()
    assert not [secret for secret in SECRETS if secret in text]
    assert state.profile["web_password"] == CONCEALED
    assert state.certificates == {"certificate": "-----BEGIN CERTIFICATE-----", "private_key": CONCEALED, "root_ca": ""}
    assert "anna" in text


def test_secrets_for_those_who_ask() -> None:
    text = msgspec.json.encode(look(with_secrets(), secrets=True)).decode()
    assert [secret for secret in SECRETS if secret in text] == list(SECRETS)


def test_what_is_empty_is_not_concealed() -> None:
    state = look(Desk())
    assert state.profile["mqtt"] == {"user": "", "password": "", "client_id": "", "keepalive_s": 0}
    assert state.certificates["private_key"] == ""


def test_names_that_are_no_text() -> None:
    desk = Desk()
    desk.module.ram.station = msgspec.structs.replace(desk.module.ram.station, ssid=b"caf\xc3\xa9\xff")
    station = look(desk).profile["station"]
    assert isinstance(station, dict)
    assert station["ssid"] == "café\\xff"


def test_the_spi_line() -> None:
    spi = look(SpiDesk()).spi
    assert (spi.device, spi.host_mode, spi.connected, spi.transferred_bytes) == (None, None, False, 0)
    assert (spi.mode, spi.order, spi.outputs, spi.data_ready) == (0, "msb", ["spi"], 0)


def test_an_spi_host_that_does_not_read() -> None:
    desk = SpiDesk()
    desk.transfer(b"AT+MHELP\r\xf1\x04")
    spi = look(desk).spi
    assert (spi.queued_bytes, spi.stalled, spi.stopped, spi.data_ready) == (QUEUE_BYTES - 2, True, True, 1)
    assert spi.waiting_bytes > 1000


def test_data_ready_as_an_open_drain_floats_when_it_is_high() -> None:
    desk = SpiDesk()
    desk.spi(b"AT+MCSTGPIO=1\r")
    desk.spi(b"AT+MPROF=S\r", 100 * MS)
    desk.spi(b"AT+MRESET\r", 2 * S)
    assert look(desk).spi.data_ready == 0
    desk.transfer(b"AT\r")
    assert look(desk).spi.data_ready is None
    assert desk.data_ready, "its pull-up is the host's"
    assert SetPin("data_ready", None) in desk.effects
