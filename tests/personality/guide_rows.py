"""Rows of the table of differences: what the guide says in so many words, and where it contradicts itself."""

from __future__ import annotations

from collections.abc import Callable

from tests.desk import INVALID_INPUT, LINK_DOWN, MS, OK, Desk, S, event, firmware_named
from tests.personality.link_rows import NO_REPLY
from tests.personality.sides import Sides, alike
from wizfi_emu.air.world import P2pPeer, World
from wizfi_emu.commands import command_words

GROUP = World(p2p_peers=(P2pPeer("Phone", found_after_ms=1, invites=True),))
SHOWN_CODE = b"%s\r\n" + OK


def answers(*commands: str, joined: bool = False) -> Callable[..., object]:
    """What the commands are answered, one after another."""
    return lambda firmware: [Desk(firmware, joined=joined).at(command) for command in commands]


def left_out(firmware: str) -> object:
    commands = ("WSET=,x", "SMGMT=", "SFORM=111111111", "MAIRCMD=S,T,,1", "MAIRCMD=S,T,0,1", "MAIRCMD=S,T,5000")
    return [Desk(firmware).at(f"AT+{command}") for command in commands] + [
        Desk(firmware).at("AT+MMAC=").startswith(OK),
        Desk(firmware).at("AT+WCHECK=0"),
    ]


def spi_without_option(firmware: str) -> object:
    desk = Desk(firmware)
    answer = desk.at("AT+MSPI=2")
    return [answer[: len(OK)], desk.module.storage.profile.interface, desk.module.storage.profile.spi_option]


def printed_keys(firmware: str) -> object:
    desk = Desk(firmware)
    shown = []
    for setting in ("WEP,0102030405", "OPEN,", "WPA2," + "ab" * 64):
        desk.ok(f"AT+WSEC=0,{setting}")
        shown.append(desk.at("AT+WSEC=?")[2:-8].replace(b"ab ", b"%").replace(b"ab", b"#"))
    return shown


def tolerated_pings(firmware: str) -> object:
    desk = Desk(firmware, world=NO_REPLY, joined=True)
    desk.ok("AT+WCHECK=10,5,5")
    return LINK_DOWN in desk.quiet(17 * S)


def factory_reset(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+WADNS=1.2.3.4", "AT+WANT=1", "AT+MAIRCMD=S,T,5000,1", "AT+MEVTMSG=1", "AT+MCUSTOM=SHINHEUNG")
    mac = desk.module.ram.mac
    desk.at("AT+MFDEF=FR", S)
    ram = desk.module.ram
    kept = [ram.dns1, ram.antenna, ram.air_command.open_type, ram.listen_message]
    return [*kept, ram.mac == mac, ram.custom_code]


def debug_level(firmware: str, *switches: str) -> object:
    desk = Desk(firmware, *switches)
    desk.ok("AT+MMSG=3")
    return desk.at("AT+FWEBS=0")


def listed(firmware: str) -> object:
    shown = Desk(firmware).at("AT+MHELP")
    return [name in shown for name in (b"AT+WJOIN ", b"AT+FGPIO ", b"AT+FOTA ", b"AT+WP2P_STOP")]


def send_limit(firmware: str) -> object:
    """After how many milliseconds a peer that reads nothing ends AT+SSEND."""
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    desk.network.stall("peer")
    desk.ok("AT+FSOCK=1,2000")
    desk.exchange(b"AT+SSEND=0,,,2\rhi", 0)
    started_us = desk.now_us
    while b"[TCP Send Error]" not in desk.quiet(50 * MS):
        assert desk.now_us < started_us + 20 * S
    return (desk.now_us - started_us) // MS


def booted_access_point(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+WSET=1,mine", "AT+SCON=S,TSN,,,5000,0", "AT+MPROF=S")
    desk.restart()
    return desk.module.air.port


def limits_of_fdns(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    return [desk.at(f"AT+FDNS=www.google.com,{limit}") for limit in (999, 1000, 1_000_000, 1_000_001)]


def end_of_a_group(firmware: str) -> object:
    desk = Desk(firmware, world=GROUP)
    desk.at("AT+WP2P_START", S)
    desk.at("AT+SCON=O,USN,,,5000,0")
    stopped = desk.at("AT+WP2P_STOP", S)
    return [stopped, desk.module.link.is_up, desk.module.link.address]


def web_server_without_type(firmware: str) -> object:
    desk = Desk(firmware)
    desk.ok("AT+FWEBS=0,A", "AT+FWEBS=0")
    return desk.at("AT+FWEBS=?")


def reset_with_a_socket(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.tcp_client()
    return desk.at("AT+MRESET", S).replace(desk.banner, b"BANNER")


def page_of_the_key(firmware: str) -> object:
    desk = Desk(firmware, joined=True)
    desk.ok("AT+FWEBS=1,M")
    paths = (b"/config/scan_page_outer.html", b"/s2web/set_wifi_key.html")
    return [b"Security Key" in desk.web_request(b"GET " + path + b" HTTP/1.1\r\n\r\n") for path in paths]


def access_point(*addresses: str) -> Callable[..., object]:
    """What the start of an access point with these addresses prints of them."""

    def look(firmware: str) -> object:
        desk = Desk(firmware)
        desk.ok("AT+WSET=1,mine", f"AT+WNET=0,{','.join(addresses)}")
        return desk.at("AT+WJOIN").partition(b"Event]\r\n")[2]

    return look


def versions_of_commands(_firmware: str) -> object:
    """The last version that does not know a command, and the first one that does."""
    steps = {"WP2P_STOP": ("1.0.0.6", "1.0.1.0"), "WCHECK": ("1.0.1.4", "1.0.1.5"), "FSOCK": ("0.9.2.2", "0.9.2.3")}
    return [
        [f"+{word}" in {known.decode().rstrip("=") for known, _ in command_words(firmware_named(version))}]
        for word, versions in steps.items()
        for version in versions
    ]


UP = b"  IP Addr    : %s\r\n  Gateway    : %s\r\n" + OK
CLOSED = event("CONNECT", 0).replace(b"CONNECT", b"DISCONNECT")

ROWS = {
    "D-61": Sides(left_out, [INVALID_INPUT] * 6 + [False, OK], [OK] * 6 + [True, OK]),
    "D-62": Sides(spi_without_option, [OK, 2, 9], [INVALID_INPUT[: len(OK)], 0, 9]),
    "D-63": Sides(answers("AT+WSET=1,mine,no bssid,6"), [OK], [INVALID_INPUT]),
    "D-64": Sides(answers("AT+SCON=S,USS,,,5000,0", "AT+SCON=S,UCS,1.2.3.4,5,5000,0"), [INVALID_INPUT] * 2, [OK] * 2),
    "D-65": Sides(
        lambda firmware: Desk(firmware).at("AT+SFORM=?")[:24], b"111111111,7B,2C,7D,0D,0A", b"111111111,7b,2c,7d,0d,0a"
    ),
    "D-66": Sides(
        printed_keys,
        [b"WEP,0102030405", b"OPEN,", b"WPA2," + b"#" * 64],
        [b"WEP,01 02 03 04 05 ", b"OPEN,0", b"WPA2," + b"%" * 64],
    ),
    "D-67": Sides(
        lambda firmware: [Desk(firmware).at(f"AT+WREG={code}")[: len(OK)] == OK for code in ("GL", "0B", "XX")],
        [True, True, False],
        [False, True, False],
    ),
    "D-68": Sides(tolerated_pings, False, True),
    "D-69": Sides(factory_reset, ["", 3, "", False, True, "SHINHEUNG"], ["1.2.3.4", 1, "S", True, True, "SHINHEUNG"]),
    "D-70": alike(
        debug_level,
        b"WXCmd_FWEBS : Configuration web server is not running\r\n" + OK,
        {"debug_errors=false": OK},
    ),
    "D-71": Sides(listed, [True] * 4, [True, False, False, False]),
    "D-72": Sides(send_limit, 2_000, 6_000),
    "D-73": Sides(booted_access_point, 50001, None),
    "D-74": Sides(
        limits_of_fdns,
        [INVALID_INPUT, b"173.194.33.38\r\n" + OK, b"173.194.33.38\r\n" + OK, INVALID_INPUT],
        [b"173.194.33.38\r\n" + OK] * 4,
    ),
    "D-75": Sides(answers("AT+MCUSTOM=?"), [SHOWN_CODE % b"WIZNET"], [SHOWN_CODE % b"WIZNET    "]),
    "D-76": Sides(end_of_a_group, [CLOSED + LINK_DOWN + OK, False, "0.0.0.0"], [OK, True, "192.168.49.219"]),
    "D-77": alike(web_server_without_type, b"0,A\r\n" + OK),
    "D-78": alike(reset_with_a_socket, OK + CLOSED + LINK_DOWN + b"BANNER"),
    "D-79": alike(page_of_the_key, [False, True]),
    "D-80": alike(
        access_point("192.168.12.105", "255.255.255.0", "192.168.12.1"), UP % (b"192.168.12.105", b"192.168.12.1")
    ),
    "D-81": alike(access_point("192.168.0.2", "255.255.255.0", "192.168.0.2"), UP % (b"192.168.0.2", b"192.168.0.2")),
    "D-82": alike(versions_of_commands, [[False], [True]] * 3),
}
