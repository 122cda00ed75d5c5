"""World files: the demo world as it stands in the design, and one line for every mistake."""

import re
from pathlib import Path

import pytest

from wizfi_emu.air.hostnetwork import HostNetwork, HostRule
from wizfi_emu.air.load import load_world, world_names
from wizfi_emu.air.world import AccessPoint, Change, Station, Step, World, Wps
from wizfi_emu.errors import UserError
from wizfi_emu.net.addresses import AddressMap


def test_demo_world() -> None:
    world = load_world()
    points = {point.ssid: point for point in world.access_points}
    secured, open_net = points["WizFiDemoAP"], points["OpenNet"]
    assert (secured.bssid, secured.channel, secured.rssi_dbm) == ("00:08:DC:AA:BB:01", 6, -45)
    assert (secured.security, secured.key) == ("WPA2", "12345678")
    assert (open_net.bssid, open_net.channel, open_net.rssi_dbm) == ("00:08:DC:AA:BB:02", 1, -60)
    assert (open_net.security, open_net.key) == ("OPEN", "")
    assert secured.dhcp == open_net.dhcp
    assert (secured.dhcp.start, secured.dhcp.netmask, secured.dhcp.gateway) == (
        "192.168.12.10",
        "255.255.255.0",
        "192.168.12.1",
    )
    assert world.names == {"www.google.com": "173.194.33.38"}
    assert (world.adc, world.tx_power_dbm) == (1234, 17)
    assert world.host.rules == ()


def test_demo_is_listed_and_found_by_path_too() -> None:
    assert "demo" in world_names()
    path = Path(__file__).parents[2] / "profiles" / "worlds" / "demo.yaml"
    assert load_world(str(path)) == load_world("demo")


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"^worlds: 'nowhere' not found; expected .*demo.* or the path of a file$"):
        load_world("nowhere")


def test_text_stays_text(tmp_path: Path) -> None:
    text = """
access_points:
  - {ssid: yes, bssid: 10:11:12:13:14:15, security: WPA2, key: 01234567}
  - {ssid_hex: ff00e9, bssid: 00:08:dc:aa:bb:02}
names: {WWW.Example.com: 10.0.0.1, slow.example: timeout}
pings: {10.0.0.0/8: 12, 10.0.0.1: timeout, 10.0.0.2: error}
"""
    file = tmp_path / "w.yaml"
    file.write_text(text)
    world = load_world(str(file))
    first, second = world.access_points
    assert (first.ssid_bytes, first.bssid, first.key) == (b"yes", "10:11:12:13:14:15", "01234567")
    assert (second.ssid_bytes, second.bssid) == (b"\xff\x00\xe9", "00:08:DC:AA:BB:02")
    assert world.names == {"www.example.com": "10.0.0.1", "slow.example": "timeout"}
    assert world.pings == {"10.0.0.0/8": 12, "10.0.0.1": "timeout", "10.0.0.2": "error"}


def test_everything_can_be_left_out(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text("# nothing\n")
    assert load_world(str(file)) == World()


AP = "access_points:\n  - ssid: A\n    bssid: 00:08:DC:AA:BB:01\n"
PEER = "p2p_peers:\n  - name: P\n"
STATION = "stations:\n  - mac: 00:08:DC:AA:BB:01\n"

MISTAKES = [
    ("[]", "1: expected a mapping, got a list"),
    (
        "acess_points: []",
        "1: acess_points: no such key; expected description, access_points, names, pings, stations, "
        "p2p_peers, host, adc or tx_power_dbm; did you mean access_points?",
    ),
    ("access_points: 5", "1: access_points: expected a list, got '5'"),
    ("access_points:", "1: access_points: expected a list, got nothing"),
    ("access_points:\n  - ssid: A", "2: access_points[0]: the key bssid is missing"),
    (
        AP + "    chanel: 6",
        "4: access_points[0].chanel: no such key; expected bssid, ssid, ssid_hex, channel, rssi_dbm, rssi_jitter_db, "
        "security, key, wep_authentication, hidden, client_isolation, rate_mbps, on, schedule, repeat_s, "
        "join_delay_ms, join_loss_percent, dhcp or wps; did you mean channel?",
    ),
    (AP + "    channel: six", "4: access_points[0].channel: expected a whole number, got 'six'"),
    (AP + "    channel: [6]", "4: access_points[0].channel: expected a whole number, got a list"),
    (AP + "    channel: {a: 6}", "4: access_points[0].channel: expected a whole number, got a mapping"),
    (AP + "    channel: 15", "4: access_points[0].channel: expected 1 to 14, got 15"),
    (AP + "    rssi_dbm: 45", "4: access_points[0].rssi_dbm: expected -128 to -1, got 45"),
    (AP + "    rate_mbps: 0", "4: access_points[0].rate_mbps: expected up to 600, got 0"),
    (AP + "    rate_mbps: much", "4: access_points[0].rate_mbps: expected a number, got 'much'"),
    (AP + "    hidden: perhaps", "4: access_points[0].hidden: expected true or false, got 'perhaps'"),
    (
        AP + "    security: WPA3",
        "4: access_points[0].security: expected OPEN, WEP, WPA, WPAAES, WPA2AES, WPA2TKIP or WPA2, got 'WPA3'; "
        "did you mean WPA?",
    ),
    (AP + "    key: secret-secret", "4: access_points[0].key: expected no key for an open network"),
    (AP + "    key: [secret-secret]", "4: access_points[0].key: expected text"),
    (
        AP + "    security: WPA2\n    key: secret",
        "5: access_points[0].key: expected 8 to 63 characters, or 128 hex digits",
    ),
    (AP + "    security: WPA2", "2: access_points[0].key: expected 8 to 63 characters, or 128 hex digits"),
    (
        AP + "    security: WEP\n    key: secret",
        "5: access_points[0].key: expected 5 or 13 characters, or 10 or 26 hex digits",
    ),
    (
        AP + "    schedule:\n      - {at_s: 5}\n      - {at_s: 5, on: false}",
        "6: access_points[0].schedule[1].at_s: expected more than 5, got 5",
    ),
    (AP + "    schedule: [{on: false}]", "4: access_points[0].schedule[0]: the key at_s is missing"),
    (AP + "    schedule: [{at_s: soon}]", "4: access_points[0].schedule[0].at_s: expected a number, got 'soon'"),
    (
        AP + "    schedule: [{at_s: 1, rssi_dbm: 5}]",
        "4: access_points[0].schedule[0].rssi_dbm: expected -128 to -1, got 5",
    ),
    (
        AP + "    schedule:\n      - at_s: 1\n        key: secret-secret",
        "6: access_points[0].schedule[0].key: expected no key for an open network",
    ),
    (AP + "    repeat_s: 5", "4: access_points[0].repeat_s: expected nothing without a schedule"),
    (
        AP + "    schedule: [{at_s: 7}]\n    repeat_s: 7",
        "5: access_points[0].repeat_s: expected a second at least, and more than the 7 of the last step",
    ),
    (AP + "    join_loss_percent: 101", "4: access_points[0].join_loss_percent: expected 0 to 100, got 101"),
    (AP + "    join_delay_ms: -1", "4: access_points[0].join_delay_ms: expected 0 to 86400000, got -1"),
    (AP + "    ssid_hex: '41'", "2: access_points[0].ssid: expected either ssid or ssid_hex"),
    ("access_points:\n  - {bssid: 00:08:DC:AA:BB:01}", "2: access_points[0].ssid: expected either ssid or ssid_hex"),
    (
        "access_points:\n  - {bssid: 00:08:DC:AA:BB:01, ssid_hex: xy}",
        "2: access_points[0].ssid_hex: expected pairs of hex digits, got 'xy'",
    ),
    (
        "access_points:\n  - {bssid: 00:08:DC:AA:BB:01, ssid: " + "é" * 17 + "}",
        "2: access_points[0].ssid: expected 1 to 32 bytes, got 34",
    ),
    (
        "access_points:\n  - {bssid: 1, ssid: A}",
        "2: access_points[0].bssid: expected a MAC address such as 00:08:DC:AA:BB:01, got '1'",
    ),
    (AP + "  - ssid: B\n    bssid: 00:08:dc:aa:bb:01", "5: access_points[1].bssid: 00:08:DC:AA:BB:01 is there twice"),
    (AP + "    dhcp: off", "4: access_points[0].dhcp: expected a mapping, got 'off'"),
    (
        AP + "    dhcp:\n      start: x",
        "5: access_points[0].dhcp.start: expected an address such as 192.168.12.1, got 'x'",
    ),
    (
        AP + "    dhcp:\n      dns: [x]",
        "5: access_points[0].dhcp.dns[0]: expected an address such as 192.168.12.1, got 'x'",
    ),
    (
        AP + "    dhcp:\n      netmask: 255.0.255.0",
        "5: access_points[0].dhcp.netmask: expected a mask such as 255.255.255.0, got '255.0.255.0'",
    ),
    (
        AP + "    dhcp:\n      end: 192.168.12.9",
        "5: access_points[0].dhcp.end: expected an address of the same network that is not below start",
    ),
    (AP + "    dhcp:\n      lease_s: 0", "5: access_points[0].dhcp.lease_s: expected 1 to 4294967295, got 0"),
    (
        AP + "    wps:\n      button: true",
        "5: access_points[0].wps.button: no such key; expected pin or button_pressed; did you mean button_pressed?",
    ),
    (AP + "    wps:\n      pin: 1234567x", "5: access_points[0].wps.pin: expected 4 or 8 digits"),
    ("names:\n  a.example: nowhere", "2: names[a.example]: expected an address or timeout, got 'nowhere'"),
    ("names:\n  a.example: [1]", "2: names[a.example]: expected text or a mapping, got a list"),
    (
        "names:\n  a.example: 10.0.0.1\n  B.example: {address: 10.0.0.1, delay: 1}",
        "3: names[B.example].delay: no such key; expected address, delay_ms or loss_percent; did you mean delay_ms?",
    ),
    (
        "names:\n  a.example: 10.0.0.1\n  B.example: nowhere",
        "3: names[B.example]: expected an address or timeout, got 'nowhere'",
    ),
    (
        "names:\n  a.example: 10.0.0.1\n  b.example: {address: nowhere}",
        "3: names[b.example].address: expected an address or timeout, got 'nowhere'",
    ),
    (
        "pings:\n  10.0.0.0/8: 5\n  10.0.0.1: {delay_ms: [1]}",
        "3: pings[10.0.0.1].delay_ms: expected a whole number, got a list",
    ),
    (
        "pings:\n  10.0.0.1: soon",
        "2: pings[10.0.0.1]: expected a whole number, timeout, error or a mapping, got 'soon'",
    ),
    ("pings:\n  10.0.0.1: -1", "2: pings[10.0.0.1]: expected 0 to 86400000, got -1"),
    ("pings:\n  router: 1", "2: pings[router]: expected an address or a network such as 192.168.12.0/24, got 'router'"),
    (STATION + "    after_ms: -1", "3: stations[0].after_ms: expected 0 to 86400000, got -1"),
    (STATION + "    address: x", "3: stations[0].address: expected an address such as 192.168.12.1, got 'x'"),
    (STATION + "  - mac: 00:08:DC:AA:BB:01", "3: stations[1].mac: 00:08:DC:AA:BB:01 is there twice"),
    (PEER + "    channel: 0", "3: p2p_peers[0].channel: expected 1 to 14, got 0"),
    (PEER + "    gateway: x", "3: p2p_peers[0].gateway: expected an address such as 192.168.12.1, got 'x'"),
    (PEER + "  - name: P", "3: p2p_peers[1].name: P is there twice"),
    ("p2p_peers:\n  - name: ''", "2: p2p_peers[0].name: expected 1 to 32 bytes"),
    (
        "host:\n  rules:\n    - {match: a.example, action: refuse}",
        "3: host.rules[0].match: a.example is neither an address nor a name with an address in names",
    ),
    (
        "host:\n  rules:\n    - {match: 10.0.0.1/8, action: refuse}",
        "3: host.rules[0].match: expected an address or a network such as 192.168.12.0/24, got '10.0.0.1/8'",
    ),
    (
        "host:\n  rules:\n    - {match: 10.0.0.1, action: drop}",
        "3: host.rules[0].action: expected map, pass, refuse or silent, got 'drop'",
    ),
    ("adc: 4096", "1: adc: expected 0 to 4095, got 4096"),
    ("tx_power_dbm: 32", "1: tx_power_dbm: expected 0 to 31, got 32"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_mistakes_have_one_line_that_names_them(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_world(str(file))
    assert str(caught.value) == f"{file}:{message}"
    assert "secret" not in str(caught.value)


def test_names_in_host_rules_become_addresses() -> None:
    rules = (HostRule(match="Broker.example", port=11883), HostRule(match="10.0.0.0/8", action="refuse"))
    world = World(names={"broker.example": "10.9.9.9"}, host=HostNetwork(rules=rules, peers={"127.0.0.9": "10.0.0.9"}))
    assert world.addressed_host.rules == (HostRule(match="10.9.9.9", port=11883), rules[1])
    assert world.addressed_host.peers == {"127.0.0.9": "10.0.0.9"}


def test_edge_to_the_host_network_reads_the_host_section_as_it_is() -> None:
    rules = (HostRule(match="10.0.0.1", match_port=80, host="127.0.0.2", port=8080),)
    host = HostNetwork(rules=rules, allow=("192.168.1.0/24",), peers={"127.0.0.9": "10.0.0.9"})
    assert AddressMap("127.0.0.1", World(host=host).addressed_host).reach("10.0.0.1", 80) == ("127.0.0.2", 8080)


def test_no_secret_is_in_what_a_log_may_print() -> None:
    world = World(
        access_points=(
            AccessPoint(bssid="00:08:DC:AA:BB:01", ssid="A", security="WPA2", key="secret-1", wps=Wps(pin="87654321")),
        ),
        stations=(Station(mac="00:08:DC:AA:BB:02", key="secret-2"),),
    )
    shown = (
        repr(world) + repr(world.access_points[0].wps) + repr(Change(key="secret-3")) + repr(Step(at_s=1, key="secret"))
    )
    assert not re.search("secret|8765", shown)
