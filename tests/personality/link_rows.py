"""Rows of the table of differences: Wi-Fi commands and the link."""

from __future__ import annotations

from msgspec.structs import replace

from tests.desk import INVALID_INPUT, JOINING, LINK_DOWN, LINK_UP, OK, Desk, S, world_named
from tests.personality.sides import Sides, alike
from wizfi_emu.air.world import AccessPoint, P2pPeer, Station, World, Wps
from wizfi_emu.module import events as ev

NO_REPLY = replace(world_named("demo"), pings={"192.168.12.1": "timeout"})
BUTTON = World(access_points=(AccessPoint("00:08:DC:AA:BB:01", "WizFiDemoAP", wps=Wps(button_pressed=True)),))
PEERS = World(p2p_peers=(P2pPeer("one", 1, found_after_ms=1), P2pPeer("SHV-E250S", 6, found_after_ms=2)))
SHY = World(p2p_peers=(P2pPeer("shy", found_after_ms=1, invites=True, accepts=False),))
AP_UP = b"\r\n[Link-Up Event]\r\n  IP Addr    : 192.168.12.101\r\n  Gateway    : 192.168.12.1\r\n"
SCAN_HEADER = b"Index/SSID/BSSID/RSSI(-dBm)/MaxDataRate(Mbps)/Security/RadioBand%s(GHz)/Channel"


def air_service_at_link_up(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+MAIRCMD=S,T,50001,1")
    desk.join()
    desk.run(S)
    return desk.module.air.running


def joins_again(firmware: str) -> object:
    station = Desk(firmware, joined=True).at("AT+WJOIN")
    desk = Desk(firmware)
    desk.ok("AT+WSET=1,mine")
    desk.at("AT+WJOIN")
    return [station, desk.at("AT+WJOIN")]


def start_of_an_access_point(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+WSET=1,mine")
    return desk.at("AT+WJOIN")


def led_of_an_access_point(firmware: str) -> object:
    desk = Desk(firmware, world=World(stations=(Station("00:11:22:33:44:55", after_ms=5000),)))
    desk.ok("AT+WSET=1,mine")
    desk.at("AT+WJOIN")
    alone = desk.pins["led1"] is False
    desk.run(5 * S)
    return [alone, desk.pins["led1"] is False]


def supervision(firmware: str) -> object:
    seen: list[object] = []
    for service in ((), ("AT+SCON=S,TSN,,,5000,0",)):
        desk = Desk(firmware, world=NO_REPLY, joined=True)
        desk.ok("AT+WCHECK=10,5,1", *service)
        seen += [desk.at("AT+WCHECK=?"), desk.quiet(17 * S).replace(desk.banner, b"BANNER")]
    return seen


def end_of_an_air_command(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+MAIRCMD=O,T,50001,1")
    desk.visit(50001)
    answers = []
    for end in (b"\r", b"\x1d", b"\r\n"):
        desk.hear(b"WizFi250AirCmd:AT" + end)
        desk.run(S)
        answers.append(desk.got())
    return answers


def scan_header(firmware: str) -> object:
    lines = Desk(firmware).at("AT+WSCAN").split(b"\r\n")
    return [lines[0], lines[1].count(b"/")]


def network_with_bssid(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+WSET=0,WizFiAP,08:00:DC:11:22:33,1")
    return desk.at("AT+WSET=?")


def key_with_a_comma(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+WSEC=0,WPA2,12345678,9")
    return desk.at("AT+WSEC=?")


def wps(firmware: str) -> object:
    desk = Desk(firmware, world=BUTTON)
    desk.at("AT+WWPS=0", S)
    return desk.module.link.is_up


def country(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.ok("AT+WNET=0")
    answer = desk.exchange(b"AT+WREG=KR\r", 0).replace(desk.banner, b"BANNER")
    return [answer, desk.module.storage.profile.dhcp, desk.module.storage.profile.country]


def peers(firmware: str) -> object:
    desk = Desk(firmware, world=PEERS)
    desk.at("AT+WP2P_START", S)
    return desk.at("AT+WP2P_PEERLIST")


def group_that_fails(firmware: str) -> object:
    desk = Desk(firmware, world=SHY)
    desk.at("AT+WP2P_START", S)
    desk.feed(ev.P2pEnded(joined=False))
    return desk.read()


def hex_keys(firmware: str) -> object:
    desk = Desk(firmware)
    answers = [desk.at("AT+WSEC=0,WPA2," + "ab" * pairs) for pairs in (64, 32)]
    desk.ok("AT+WSEC=0,WPA2," + "ab" * 8 + "00" * 56)
    return [*answers, desk.at("AT+WSEC=?").count(b"00")]


def automatic_security(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+WSET2=0,WizFiDemoAP", "AT+WSEC=0,,12345678")
    desk.at("AT+WJOIN")
    desk.restart()
    return desk.at("AT+WSEC=?")


def status(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    down = Desk(firmware).at("AT+WSTATUS").split(b"\r\n")
    return [desk.at("AT+WSTATUS").count(b"\r\n"), down[1]]


PEER_ROWS = [b"0: 'one' on channel 1\r\n", b"1: 'SHV-E250S' on channel 6\r\n"]

ROWS = {
    "D-16": Sides(air_service_at_link_up, True, False),
    "D-17": Sides(
        joins_again,
        [b"Already Associated :\r\nStation Mode\r\n" + OK, b"Already Associated :\r\nAP Mode\r\n" + OK],
        [b"Already Associated : Station Mode\r\n" + OK, b"Already Started : AP Mode\r\n" + OK],
    ),
    "D-18": Sides(start_of_an_access_point, b"Joining : mine\r\n" + AP_UP + OK, AP_UP + OK),
    "D-19": Sides(led_of_an_access_point, [False, True], [True, True]),
    "D-20": Sides(
        supervision,
        [b"10,5,1\r\n" + OK, LINK_DOWN, b"10,5,1\r\n" + OK, LINK_DOWN + JOINING + LINK_UP],
        [b"10,5,1,0\r\n" + OK, LINK_DOWN + b"BANNER"] * 2,
    ),
    "D-21": alike(end_of_an_air_command, [OK, b"", b""]),
    "D-23": Sides(scan_header, [SCAN_HEADER % b" ", 8], [SCAN_HEADER % b"", 8]),
    "D-24": Sides(
        network_with_bssid,
        b"0,WizFiAP,08:00:dc:11:22:33,1\r\n" + OK,
        b"0,WizFiAP,08:00:DC:11:22:33,1,00:00:00:00:00:00,0\r\n" + OK,
    ),
    "D-25": Sides(key_with_a_comma, b"0,WPA2,12345678\r\n" + OK, b"0,WPA2,12345678,9\r\n" + OK),
    "D-26": Sides(wps, True, False),
    "D-27": alike(country, [OK + b"BANNER", False, "KR"]),
    "D-28": Sides(lambda firmware: Desk(firmware).at("AT+WANT=?"), b"3\r\n" + OK, b"3(3)\r\n" + OK),
    "D-29": Sides(
        peers,
        b"P2P Peers:\r\n" + PEER_ROWS[0] + PEER_ROWS[1] + OK,
        b"P2P Peers:\r\n " + PEER_ROWS[1] + b" " + PEER_ROWS[0] + OK,
    ),
    "D-44": alike(lambda firmware: Desk(firmware).join().removeprefix(JOINING), LINK_UP + OK),
    "D-52": Sides(hex_keys, [OK, INVALID_INPUT, 56], [OK, INVALID_INPUT, 0]),
    "D-53": alike(automatic_security, b"0,WPA2,12345678\r\n" + OK),
    "D-55": alike(status, [3, b"Down////00:08:DC:00:00:00/17/0"]),
    "D-60": Sides(group_that_fails, b"\r\n[P2P Fail Event]\r\n", b""),
}
