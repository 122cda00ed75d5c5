"""What changed with each firmware version, on both sides of the change."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from tests.desk import ERROR, INVALID_INPUT, MS, OK, Desk, S, event, world_named
from wizfi_emu.air.world import World
from wizfi_emu.commands.table import TABLE
from wizfi_emu.firmware.load import known_versions
from wizfi_emu.firmware.model import parse_version
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

VERSIONS = [known.version for known in known_versions()]


@pytest.mark.parametrize("version", VERSIONS)
def test_banner_and_information_name_the_version(version: str) -> None:
    desk = Desk(version)
    assert desk.banner == f"WizFi250 Version {version} (WIZnet Co.Ltd)\r\n".encode()
    assert desk.at("AT+MINFO") == f"FW version/HW version\r\n{version}/WizFi250 Rev 1.0\r\n".encode() + OK


@pytest.mark.parametrize("row", [row for row in TABLE if row.since != VERSIONS[0]], ids=lambda row: row.word)
def test_a_command_is_unknown_to_the_version_before(row: object) -> None:
    assert isinstance(row, type(TABLE[0]))
    before = max((v for v in VERSIONS if parse_version(v) < parse_version(row.since)), key=parse_version)
    known = row.word.strip("+=")
    assert known not in Desk(before).module.known_words
    assert known in Desk(row.since).module.known_words
    assert Desk(before).at(f"AT{row.word}") == INVALID_INPUT


def test_help_lists_what_the_version_knows() -> None:
    listed = Desk("1.0.4.9").at("AT+MHELP", S)
    assert b"AT+COWAYA" in listed
    assert b"AT+MQTTSET" not in listed


def test_a_profile_of_another_version_is_reset() -> None:
    old = Desk("1.0.3.6")
    old.ok("AT+WNET=0,10.0.0.1", "AT+MPROF=S")
    assert Desk("1.0.5.2", image=old.image).at("AT+WNET=?").startswith(b"1,192.168.12.101")
    assert Desk("1.0.3.6", image=old.image).at("AT+WNET=?").startswith(b"0,10.0.0.1")


# --- one test a step in behaviour -------------------------------------------------------------------------------------


def fsock_options(version: str) -> object:
    """The options that a version takes."""
    desk = Desk(version)
    # Every option takes one of these values: the first two count milliseconds, the others seconds or anything.
    return [option for option in range(1, 11) if OK in (desk.at(f"AT+FSOCK={option},{v}") for v in (5000, 100))]


def root_ca(version: str) -> object:
    return Desk(version).at("AT+MCERT=D,R")


def data_mode_before_a_client_comes(version: str) -> object:
    desk = Desk(version, joined=True)
    desk.tcp_server(data_mode=True)
    return desk.module.data_mode.active


def data_mode_of_udp(version: str) -> object:
    desk = Desk(version, joined=True)
    desk.udp_client(data_mode=True)
    return desk.module.data_mode.active


def equal_local_ports(version: str) -> object:
    desk = Desk(version, joined=True)
    desk.tcp_server(5000)
    desk.visit(5000)
    return desk.at("AT+SCON=O,TSN,,,5000,0")


def link_check_values(version: str) -> object:
    return Desk(version).at("AT+WCHECK=?")


def raw_ssid(version: str) -> object:
    desk = Desk(version)
    desk.at("AT+WSET=0,Net,00:11:22:33:44:55")
    return desk.at("AT+WSET=?").split(b"\r\n")[0]


def raw_key(version: str) -> object:
    desk = Desk(version)
    desk.at("AT+WSEC=0,WPA2,1234,5678")
    return desk.at("AT+WSEC=?").split(b"\r\n")[0]


def escape_key_during_a_join(version: str) -> object:
    desk = Desk(version)
    desk.ok("AT+WSET=0,NoSuchNet")
    desk.send(b"AT+WJOIN\r\x1b")
    desk.run(S)
    return desk.read()[len(b"AT+WJOIN\r\n") if desk.module.ram.echo else 0 :].count(b"Joining")


def client_port(version: str) -> object:
    desk = Desk(version, joined=True)
    desk.tcp_client()
    [order] = [effect for effect in desk.effects if isinstance(effect, fx.ConnectTcp)]
    return order.local_port >= 30000


def service_retry(version: str) -> object:
    """What option 6 does when no socket is open: the number of resets."""
    desk = Desk(version, joined=True)
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+FSOCK=6,10")
    desk.run(11 * S)
    return len(desk.resets)


def udp_service(version: str) -> object:
    desk = Desk(version)
    desk.ok("AT+SCON=S,USN,,,5001,0")
    return event("CONNECT", 0) in desk.join() + desk.quiet(300 * MS)


def unassociated_service_under_supervision(version: str) -> object:
    desk = Desk(version)
    desk.ok("AT+SCON=S,TSN,,,5000,0", "AT+WCHECK=10,5,5")
    desk.run(11 * S)
    return len(desk.resets)


def background_work_under_steady_input(version: str) -> object:
    desk = Desk(version)
    desk.ok("AT+SCON=S,TSN,,,5000,0")
    desk.ok("AT+WSET=0,WizFiDemoAP")
    desk.send(b"AT+WJOIN\r")
    for _ in range(10):
        desk.run(50 * MS)
        desk.send(b"\r")
    return len(desk.module.slots.open_slots)


def wep_attempts(version: str) -> object:
    wep = replace(world_named("demo").access_points[0], ssid="Wep", security="WEP", key="abcde")
    desk = Desk(version, world=World(access_points=(wep,)))
    desk.at("AT+WSET=0,Wep")
    desk.at("AT+WSEC=0,WEP,edcba")
    return desk.at("AT+WJOIN").count(b"Joining")


def settings_after_the_button_session(version: str) -> object:
    desk = Desk(version)
    assert desk.at("AT+MEXT1=11,60") == OK
    desk.ok("AT+WNET=0,10.0.0.1", "AT+MPROF=S")
    desk.send(b"AT+FWEBS=0,F\r")
    desk.run(90 * S)
    return desk.module.storage.profile.address


@pytest.mark.parametrize(
    ("version", "shown", "before", "after"),
    [
        ("0.9.2.3", fsock_options, [], [1, 2, 3, 4]),
        ("1.0.0.5", root_ca, INVALID_INPUT, OK),
        ("1.0.1.0", fsock_options, [1, 2, 3, 4], [1, 2, 3, 4, 6]),
        ("1.0.1.1", escape_key_during_a_join, 3, 0),
        ("1.0.1.3", fsock_options, [1, 2, 3, 4, 6], [1, 2, 3, 4, 5, 6]),
        ("1.0.1.6", background_work_under_steady_input, 1, 0),
        ("1.0.1.8", wep_attempts, 3, 4),
        ("1.0.2.0", fsock_options, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6, 7]),
        ("1.0.3.5", udp_service, False, True),
        ("1.0.3.5", unassociated_service_under_supervision, 0, 1),
        ("1.0.3.6", client_port, False, True),
        ("1.0.3.7", service_retry, 1, 0),
        ("1.0.3.9", fsock_options, [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7, 8]),
        ("1.0.4.2", data_mode_before_a_client_comes, True, False),
        ("1.0.4.2", data_mode_of_udp, True, False),
        ("1.0.4.5", link_check_values, b"0,0,0\r\n" + OK, b"0,0,0,0\r\n" + OK),
        ("1.0.4.6", settings_after_the_button_session, "192.168.12.1", "10.0.0.1"),
        ("1.0.4.8", raw_ssid, b"0,Net,00:11:22:33:44:55,0", b"0,Net,00:11:22:33:44:55,00:00:00:00:00:00,0"),
        ("1.0.4.9", raw_key, b"0,WPA2,12345678", b"0,WPA2,1234,5678"),
        ("1.0.5.1", equal_local_ports, INVALID_INPUT, OK),
        ("1.0.5.1", fsock_options, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("1.0.5.2", data_mode_of_udp, False, True),
    ],
)
def test_step(version: str, shown: Callable[[str], object], before: object, after: object) -> None:
    """``shown`` gives what a host sees; it is different in the version and in the one before it."""
    previous = VERSIONS[VERSIONS.index(version) - 1]
    assert (shown(previous), shown(version)) == (before, after)


def test_watchdog_reset_is_told_by_all() -> None:
    for version in (VERSIONS[0], VERSIONS[-1]):
        desk = Desk(version)
        desk.feed(ev.ResetPulled(ev.ResetCause.WATCHDOG))
        desk.run(S)
        assert desk.read() == b"\r\n[Reset Event]\r\n" + desk.banner


def test_nothing_but_an_error_for_a_join_without_a_network() -> None:
    assert Desk(VERSIONS[0], world=World()).at("AT+WJOIN", S).endswith(ERROR)
