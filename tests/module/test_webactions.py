"""What the web pages do to the module: answers, RAM, flash, serial line, restart."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.desk import BOTH, GUIDE, JOINING, LINK_DOWN, LINK_UP, MEASURED, MS, OK, Desk, S
from wizfi_emu.air.world import AccessPoint, World, Wps
from wizfi_emu.module import effects as fx
from wizfi_emu.profile import Profile, decode_image
from wizfi_emu.profile.fields import (
    AccessPointSetting,
    Gpio,
    ReceiveForm,
    Security,
    SecuritySetting,
    SocketRegistration,
    StationSetting,
    UartSetting,
)
from wizfi_emu.web.answers import GENERATED_HEAD

BANNER = {
    GUIDE: b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n",
    MEASURED: b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n",
}
HOSTILE = ["<script>alert(1)</script>", '"; x', "' onload=x", "x" * 10_240, "%2F%5E%2B%5E%26", "%ff%fe", "%00%0d%0a"]


def serving(firmware: str = MEASURED, *switches: str, world: World | None = None) -> Desk:
    """A module in its network with its web server running."""
    desk = Desk(firmware, *switches, joined=True, world=world)
    desk.ok("AT+FWEBS=1,M")
    return desk


def body(desk: Desk, target: str) -> str:
    """The body of a generated answer."""
    answer = desk.web_request(b"GET " + target.encode() + b" HTTP/1.1\r\n\r\n")
    assert answer.startswith(GENERATED_HEAD), answer
    return answer[len(GENERATED_HEAD) :].decode()


def flash(desk: Desk) -> Profile:
    """The profile that is in flash now; the Wi-Fi section says the same."""
    image = decode_image(desk.image)
    assert image is not None
    assert image.wifi.station == image.profile.station
    assert image.wifi.station_security == image.profile.station_security
    assert image.wifi.access_point == image.profile.access_point
    assert image.wifi.ap_security == image.profile.ap_security
    return image.profile


def failed(text: str) -> bool:
    return "Fail:Setting value is wrong" in text


# --- login ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "guide", "measured"),
    [
        ("UN:admin/PW:admin^", True, True),
        ("PW:admin/UN:admin^", True, True),
        ("UN:a/PW:adm^", False, True),
        ("UN:admin^", False, True),
        ("", False, True),
        ("UN:/PW:^", False, False),
        ("UN:adminx/PW:admin^", False, False),
        ("UN:Admin/PW:admin^", False, False),
        ("UN:admin/PW:admin", False, False),
        ("UN:admin/PW:dmin^", False, False),
        *((f"UN:{text}/PW:{text}^", False, False) for text in HOSTILE[:4]),
        ("x" * 1024, False, False),
    ],
)
def test_login(query: str, guide: bool, measured: bool) -> None:
    for firmware, right in ((GUIDE, guide), (MEASURED, measured)):
        desk = serving(firmware)
        if len(query) > 1400:
            assert desk.web_request(f"GET /s2wlogin?{query} ".encode()[:1460]) == b""
            continue
        text = body(desk, f"/s2wlogin?{query}")
        assert ('go("/s2web/s2w_main.html")' in text) == right, firmware
        assert ("Fail:Login information is wrong" in text) == (not right), firmware


def test_login_is_compared_with_ram() -> None:
    desk = serving(GUIDE)
    desk.ok("AT+MCWUI=admin,admin,me,secret")
    assert "Fail" in body(desk, "/s2wlogin?UN:admin/PW:admin^")
    assert "s2w_main" in body(desk, "/s2wlogin?UN:me/PW:secret^")


def test_login_of_hostile_but_right_names_is_escaped() -> None:
    desk = serving(GUIDE)
    desk.ok('AT+MCWUI=admin,admin,</script>,"a,b\'c"')
    text = body(desk, "/s2wlogin?UN:" + quote("</script>", safe="") + "/PW:" + quote("a,b'c") + "^")
    # The slash separates, so this name cannot be typed on the page.
    assert "Fail" in text
    desk.ok('AT+MCWUI=</script>,"a,b\'c",<b>,"a,b\'c"')
    text = body(desk, "/s2wlogin?UN:%3Cb%3E/PW:a,b'c^")
    assert r'sessionStorage.setItem("userid", "\u003cb\u003e");' in text


def test_a_customer_whose_login_always_succeeds() -> None:
    desk = serving()
    desk.ok("AT+MCUSTOM=ENCORED")
    assert "s2w_main" in body(desk, "/s2wlogin?UN:x/PW:y^")


@pytest.mark.parametrize(
    ("commands", "logo", "name"),
    [
        ((), "wiznet_logo", "WizFi250"),
        (("AT+MCUSTOM=ENCORED",), "encored_logo", "GetIT"),
        (("AT+MEXT1=101,0",), "dummy_logo", ""),
    ],
)
def test_logo_and_name(commands: tuple[str, ...], logo: str, name: str) -> None:
    desk = serving()
    desk.ok(*commands)
    text = body(desk, "/get_custom_info")
    assert f'sessionStorage.setItem("logo_path", "../images/{logo}.png");' in text
    assert f'sessionStorage.setItem("dev_name", "{name}");' in text


def test_menu_follows_the_mask_in_ram() -> None:
    desk = serving()
    assert body(desk, "/s2web_main?").count("<li>") == 7
    desk.ok("AT+FWEBM=0100100")
    shown = re.findall("<span>(.*?)</span>", body(desk, "/s2web_main?"))
    assert shown == ["WPS(Push button)", "GPIO Control"]
    assert desk.web_request(b"GET /s2web/wizfi_ota.html HTTP/1.1\r\n").startswith(b"HTTP/1.0 200"), "only hidden"


# --- wizard, step 1 ---------------------------------------------------------------------------------------------------

STEP_1 = "/s2wconfig?PT:{PT}/DI:{DI}/DP:{DP}/SP:{SP}/CM:{CM}/MD:{MD}^"
STEP_1_VALUES = {"PT": "TCN", "DI": "192.168.12.101", "DP": "5000", "SP": "6000", "CM": "conn_setting", "MD": "STATION"}


@pytest.mark.parametrize(
    ("changes", "next_page", "wifi_mode"),
    [
        ({}, "/s2web/conn_setting_station.html", 0),
        ({"MD": "AP", "PT": "USN"}, "/s2web/conn_setting_apmode.html", 1),
        ({"CM": "wps_pbc"}, "/s2web/wps_pbc.html", 0),
        ({"CM": "wps_pin", "MD": "nonsense"}, "/s2web/wps_pin.html", 0),
        ({"PT": "XYZlong"}, "/s2web/conn_setting_station.html", 0),
    ],
)
@pytest.mark.parametrize("firmware", BOTH)
def test_step_1(firmware: str, changes: dict[str, str], next_page: str, wifi_mode: int) -> None:
    desk = serving(firmware)
    desk.ok("AT+WNET=0,10.0.0.2,255.0.0.0,10.0.0.1", "AT+MPROF=S")
    before = desk.module.ram.copied()
    values = STEP_1_VALUES | changes
    text = body(desk, STEP_1.format(**values))
    assert all(
        part in text for part in (">Setting</button>", "Next_Step", f"'{next_page}'", "Setting Result", "Success")
    )
    stored = flash(desk)
    assert stored.registration == SocketRegistration("S", values["PT"][:3], "192.168.12.101", 5000, 6000, True)
    assert stored.wifi_mode == wifi_mode
    assert stored.dhcp == values["CM"].startswith("wps")
    assert desk.module.ram == before
    assert desk.read() == b""


@pytest.mark.parametrize(
    "changes",
    [
        {"DI": "192.168.12"},
        {"DI": "192.168.12.256"},
        {"DI": "www.example.com"},
        {"DI": ""},
        {"DP": "0"},
        {"DP": "65536"},
        {"DP": "http"},
        {"DP": ""},
        {"SP": "0"},
        {"SP": "-1"},
        {"CM": "other"},
        {"CM": ""},
        {"MD": "ap"},
        {"MD": ""},
        {"PT": "TC"},
        {"PT": ""},
        *({"DI": text} for text in HOSTILE),
        *({"MD": text} for text in HOSTILE),
    ],
)
def test_step_1_refuses(changes: dict[str, str]) -> None:
    desk = serving()
    before = desk.image
    answer = desk.web_request(f"GET {STEP_1.format(**STEP_1_VALUES | changes)} HTTP/1.1\r\n\r\n".encode()[:1460])
    overlong = any(len(value) > 1000 for value in changes.values())
    if overlong:
        assert answer == b""
    else:
        assert failed(answer.decode())
        assert b"<p>Result</p>" in answer
        assert b"Next_Step" not in answer
    assert desk.image == before


@pytest.mark.parametrize(
    "query",
    [
        "PT:TCN/DI:1.2.3.4/DP:1/SP:1/MD:AP/CM:conn_setting^",
        "PT:TCN/DI:1.2.3.4/DP:1/SP:1/CM:conn_setting/MD:AP",
        "DI:1.2.3.4/DP:1/SP:1/CM:conn_setting/MD:AP^",
        "PT:TCN/DI:1.2.3.4/DP:1/SP:1/CM:conn_setting/MD:AP/XX:" + "x" * 1000 + "^",
        "PT:TCN&DI:1.2.3.4&DP:1^",
        "",
    ],
)
def test_step_1_refuses_other_forms(query: str) -> None:
    desk = serving()
    before = desk.image
    assert failed(body(desk, f"/s2wconfig?{query}"))
    assert desk.image == before


def test_server_of_step_1_listens_after_the_restart_and_shows_no_peer() -> None:
    desk = serving()
    body(desk, STEP_1.format(**STEP_1_VALUES | {"PT": "TSN"}))
    body(desk, "/connect?as0=WizFiDemoAP+^&at0=4194310+^&ap0=12345678")
    desk.quiet(3 * S)
    desk.exchange(b"AT+MECHO=0\r")
    assert b"0/TSN/0.0.0.0:0/6000/1\r\n" in desk.at("AT+SMGMT=?")


@pytest.mark.parametrize("socket_type", ["XYZ", "%ff%fe%fd", "U%01%02", "T S", "USX"])
def test_a_socket_type_of_nothing_does_not_stop_the_module(socket_type: str) -> None:
    desk = serving()
    body(desk, STEP_1.format(**STEP_1_VALUES | {"PT": socket_type}))
    body(desk, "/connect?as0=WizFiDemoAP+^&at0=4194310+^&ap0=12345678")
    assert LINK_UP in desk.quiet(9 * S)
    desk.exchange(b"+++", 2 * S)
    desk.exchange(b"AT+MECHO=0\r")
    assert desk.at("AT+SMGMT=?").endswith(OK)


def test_flash_that_cannot_be_written_is_a_failure() -> None:
    desk = serving()
    desk.world.flash_works = False
    assert failed(body(desk, STEP_1.format(**STEP_1_VALUES)))


# --- wizard, step 2 ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["DHCP", "D"])
def test_station_by_dhcp(word: str) -> None:
    desk = serving()
    desk.ok("AT+WNET=0,10.0.0.2,255.0.0.0,10.0.0.1", "AT+MPROF=S")
    text = body(desk, f"/s2wconfig_station?DH:{word}/^")
    assert "'/config/scan_page_outer.html'" in text
    assert "Success" in text
    assert (flash(desk).dhcp, flash(desk).address) == (True, "10.0.0.2")
    assert not desk.module.ram.dhcp


@pytest.mark.parametrize("word", ["STATIC", "STAT"])
def test_station_by_static_addresses(word: str) -> None:
    desk = serving()
    assert "Success" in body(desk, f"/s2wconfig_station?DH:{word}/WI:10.0.0.9/GI:10.0.0.1/SM:255.255.0.0^")
    stored = flash(desk)
    assert (stored.dhcp, stored.address, stored.gateway, stored.netmask) == (
        False,
        "10.0.0.9",
        "10.0.0.1",
        "255.255.0.0",
    )
    assert desk.module.ram.dhcp


@pytest.mark.parametrize(
    "query",
    [
        "DH:/^",
        "^",
        "DH:dhcp/^",
        "DH:DHCPX/^",
        "DH:STATIC^",
        "DH:STATIC/WI:10.0.0.9/GI:10.0.0.1/SM:255.255.0^",
        "DH:STATIC/WI:10.0.0.9/GI:10.0.0.1/SM:255.255.0.0",
        "DH:STATIC/WI:x/GI:10.0.0.1/SM:255.255.0.0^",
        "DH:STATIC/GI:10.0.0.1/SM:255.255.0.0^",
    ],
)
def test_station_refuses(query: str) -> None:
    desk = serving()
    before = desk.image
    text = body(desk, f"/s2wconfig_station?{query}")
    assert failed(text)
    assert ">Setting</button>" in text
    assert desk.image == before


STEP_AP = "/s2wconfig_ap?SD:{SD}/WI:{WI}/GI:{GI}/SM:{SM}/SS:{SS}/PK:{PK}^"
STEP_AP_VALUES = {
    "SD": "My%20AP",
    "WI": "10.1.0.1",
    "GI": "10.1.0.2",
    "SM": "255.255.0.0",
    "SS": "WPA2",
    "PK": "12345678",
}


@pytest.mark.parametrize(
    ("changes", "ssid", "security"),
    [
        ({}, b"My AP", SecuritySetting(Security.WPA2, b"12345678")),
        ({"SS": "OPEN", "PK": "left"}, b"My AP", SecuritySetting(Security.OPEN, b"")),
        ({"SS": "wpaaes"}, b"My AP", SecuritySetting(Security.WPAAES, b"12345678")),
        ({"SS": "WEP", "PK": "abcde"}, b"My AP", SecuritySetting(Security.WEP, b"abcde")),
        ({"PK": ""}, b"My AP", SecuritySetting(Security.WPA2, b"")),
        ({"PK": "x" * 64}, b"My AP", SecuritySetting(Security.WPA2, b"x" * 64)),
        ({"SD": "s" * 33}, b"s" * 32, SecuritySetting(Security.WPA2, b"12345678")),
        (
            {"SD": "%26%23%25%2B%22%3C%C3%A9%ff"},
            '&#%+"<é'.encode() + b"\xff",
            SecuritySetting(Security.WPA2, b"12345678"),
        ),
        ({"SD": "a/b"}, b"a", SecuritySetting(Security.WPA2, b"12345678")),
    ],
)
def test_access_point(changes: dict[str, str], ssid: bytes, security: SecuritySetting) -> None:
    desk = serving()
    before = desk.module.ram.copied()
    text = body(desk, STEP_AP.format(**STEP_AP_VALUES | changes))
    assert "Success:It will be restart" in text
    assert '"/s2w_reset?"' in text
    stored = flash(desk)
    assert stored.access_point == AccessPointSetting(ssid, 1)
    assert stored.ap_security == security
    assert (stored.address, stored.gateway, stored.netmask) == ("10.1.0.1", "10.1.0.2", "255.255.0.0")
    assert desk.module.ram == before


@pytest.mark.parametrize(
    "changes",
    [
        {"SD": ""},
        {"SD": "s" * 34},
        {"SD": "a^b"},
        {"WI": "10.1.0"},
        {"GI": ""},
        {"SM": "x"},
        {"SS": "WPA3"},
        {"SS": ""},
        {"PK": "x" * 65},
        {"SS": "WPA2^"},
    ],
)
def test_access_point_refuses(changes: dict[str, str]) -> None:
    desk = serving()
    before = desk.image
    text = body(desk, STEP_AP.format(**STEP_AP_VALUES | changes))
    assert failed(text)
    assert ">Set AP</button>" in text
    assert desk.image == before


def test_key_before_the_security_does_not_count() -> None:
    assert failed(body(serving(), "/s2wconfig_ap?SD:a/WI:1.2.3.4/GI:1.2.3.4/SM:255.0.0.0/PK:12345678/SS:WPA2^"))


@pytest.mark.parametrize("firmware", BOTH)
def test_the_whole_way_to_an_access_point(firmware: str) -> None:
    desk = serving(firmware)
    body(desk, STEP_1.format(**STEP_1_VALUES | {"PT": "TSN", "MD": "AP"}))
    body(desk, STEP_AP.format(**STEP_AP_VALUES))
    assert body(desk, "/s2w_reset?") == ""
    printed = desk.quiet(3 * S)
    assert printed.startswith(LINK_DOWN + BANNER[firmware])
    assert b"  IP Addr    : 10.1.0.1\r\n" in printed
    desk.exchange(b"AT+MECHO=0\r")
    shown = desk.at("AT+MPROF=VD")
    assert b"+WSET=1,My AP,,1\r\n+WSEC=1,WPA2,12345678\r\n+WNET=1,10.1.0.1,255.255.0.0,10.1.0.2\r\n" in shown
    assert b"+SCON=S,TSN,192.168.12.101,5000,6000,1\r\n" in shown


def test_saving_the_profile_undoes_the_wizard() -> None:
    desk = serving()
    body(desk, STEP_1.format(**STEP_1_VALUES))
    desk.ok("AT+MPROF=S")
    assert flash(desk).registration == SocketRegistration()


# --- scan, join, WPS --------------------------------------------------------------------------------------------------


def networks(*points: AccessPoint) -> World:
    demo = AccessPoint(
        bssid="00:08:DC:AA:BB:01", ssid="WizFiDemoAP", channel=6, security="WPA2", key="12345678", rssi_dbm=-45
    )
    return World(access_points=(demo, *points))


def test_scan_lists_with_script() -> None:
    text = body(serving(), "/scan_results.html")
    assert "Rescan" in text
    assert [text.index(f"<th>{name}</th>") > 0 for name in ("Network Name", "Security", "BSSID", "Signal")]
    assert 'add_network(0, "OpenNet", "Poor", 0, "OPEN", 1, "0008DCAABB02");' in text
    assert 'add_network(1, "WizFiDemoAP", "Good", 4194310, "WPA2_MIXED", 6, "0008DCAABB01");' in text


def test_scan_filter_of_ram_uses_no_index_up() -> None:
    hidden = AccessPoint(bssid="00:08:DC:AA:BB:03", ssid="secret", channel=1, hidden=True)
    foreign = AccessPoint(bssid="00:08:DC:AA:BB:04", ssid="Café", channel=2)
    weak = AccessPoint(bssid="00:08:DC:AA:BB:05", ssid="far", channel=3, rssi_dbm=-80)
    desk = serving(world=networks(hidden, foreign, weak))
    assert re.findall(r"add_network\((\d), (.*?),", body(desk, "/scan_results.html")) == [
        ("0", '""'),
        ("1", '"Caf\\u00e9"'),
        ("2", '"far"'),
        ("3", '"WizFiDemoAP"'),
    ]
    desk.ok("AT+FWEBSOPT=1,0,1,1")
    assert re.findall(r"add_network\((\d), (.*?),", body(desk, "/scan_results.html")) == [("0", '"WizFiDemoAP"')]


def test_hostile_name_in_a_scan() -> None:
    evil = AccessPoint(bssid="00:08:DC:AA:BB:03", ssid='"</script><img src=x>', channel=1)
    broken = AccessPoint(bssid="00:08:DC:AA:BB:04", ssid_hex="fffe003c", channel=2)
    text = body(serving(world=networks(evil, broken)), "/scan_results.html")
    assert "<img" not in text
    assert r'add_network(1, "\udcff\udcfe\u0000\u003c"' in text


CODES = {0: Security.OPEN, 1: Security.WEP, 32769: Security.WEP, 2097154: Security.WPA, 2097156: Security.WPAAES}
CODES |= {4194306: Security.WPA2TKIP, 4194308: Security.WPA2AES, 4194310: Security.WPA2}


@pytest.mark.parametrize(("code", "security"), CODES.items())
def test_join_stores_and_restarts(code: int, security: Security) -> None:
    desk = serving()
    assert body(desk, f"/connect?as0=An%20other+^&at0={code}+^&ap0=abcde") == ""
    stored = flash(desk)
    assert stored.station == StationSetting(b"An other", "", 0)
    assert stored.station_security == SecuritySetting(security, b"" if security is Security.OPEN else b"abcde")
    assert stored.wifi_mode == 0
    assert desk.quiet(3 * S) == LINK_DOWN + BANNER[MEASURED]


@pytest.mark.parametrize(
    ("key", "stored"),
    [("abcde", b"abcde"), ("a" * 13, b"a" * 13), ("6162636465", b"abcde"), ("61" * 13, b"a" * 13), ("abcdef", None)],
)
def test_wep_key(key: str, stored: bytes | None) -> None:
    desk = serving()
    text = body(desk, f"/connect?as0=a+^&at0=1+^&ap0={key}")
    assert failed(text) == (stored is None)
    if stored is not None:
        assert flash(desk).station_security == SecuritySetting(Security.WEP, stored)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "as0=a",
        "as0=a&at0=0&ap0=",
        "at0=0+^&ap0=",
        "as0=+^&at0=0+^&ap0=",
        "as0=a+^&at0=+^&ap0=k",
        "as0=a+^&at0=-1+^&ap0=k",
        "as0=a+^&at0=3+^&ap0=k",
        "as0=a+^&at0=x+^&ap0=k",
        "as1=a+^&at1=0+^&ap1=k",
        "as0=" + "s" * 33 + "+^&at0=0+^&ap0=",
        "as0=a+^&at0=4194310+^&ap0=" + "k" * 65,
        "as0=a+^&at0=4194310+^&ap0=" + "k" * 1100,
    ],
)
def test_join_refuses_and_stays(query: str) -> None:
    desk = serving()
    before = desk.image
    assert failed(body(desk, f"/connect?{query}"))
    assert desk.image == before
    assert desk.quiet(3 * S) == b""


@pytest.mark.parametrize("firmware", BOTH)
def test_the_whole_way_to_a_station(firmware: str) -> None:
    desk = serving(firmware)
    port = desk.network.tcp_listen("listener")
    body(desk, STEP_1.format(**STEP_1_VALUES | {"DI": "192.168.12.50", "DP": str(port)}))
    body(desk, "/s2wconfig_station?DH:DHCP/^")
    body(desk, "/connect?as0=WizFiDemoAP+^&at0=4194310+^&ap0=12345678")
    printed = desk.quiet(5 * S)
    assert printed == LINK_DOWN + BANNER[firmware] + JOINING + LINK_UP + b"\r\n[CONNECT 0]\r\n"
    assert desk.in_data_mode


def test_name_of_any_bytes_can_be_joined() -> None:
    odd = AccessPoint(bssid="00:08:DC:AA:BB:03", ssid_hex="ff2f5e22", channel=1, security="WPA2", key="12345678")
    desk = serving(world=networks(odd))
    body(desk, STEP_1.format(**STEP_1_VALUES))
    body(desk, "/connect?as0=%ff%2F%5E%22+^&at0=4194310+^&ap0=12345678")
    assert b'Successfully joined : \xff/^"\r\n' in desk.quiet(5 * S)


def wps_world(**wps: object) -> World:
    return World(
        access_points=(
            AccessPoint(
                bssid="00:08:DC:AA:BB:01",
                ssid="WizFiDemoAP",
                channel=6,
                security="WPA2",
                key="12345678",
                wps=Wps(**wps),  # type: ignore[arg-type]  # the test gives what fits
            ),
        )
    )


WPS_TEXT = b"".join(
    text + b"\r\n"
    for text in (
        b"Sending EAPOL start",
        b"Sending Identity",
        b"Sending Identity",
        b"Sending nonce",
        b"Sending hashes",
        b"Sending WSC Done",
    )
)


@pytest.mark.parametrize(
    ("target", "wps"), [("/wps_go", {"button_pressed": True}), ("/wps_go?pin=76543210", {"pin": "76543210"})]
)
def test_wps(target: str, wps: dict[str, object]) -> None:
    desk = serving(world=wps_world(**wps))
    body(desk, STEP_1.format(**STEP_1_VALUES | {"PT": "USN", "CM": "wps_pbc"}))
    assert body(desk, target) == ""
    assert desk.read() == LINK_DOWN
    assert desk.quiet(490 * MS) == b""
    printed = desk.quiet(5 * S)
    assert printed == WPS_TEXT + BANNER[MEASURED] + JOINING + LINK_UP + b"\r\n[CONNECT 0]\r\n"
    assert flash(desk).station_security == SecuritySetting(Security.WPA2, b"12345678")


@pytest.mark.parametrize("target", ["/wps_go", "/wps_go?pin=12345670", "/wps_go?pin="])
def test_wps_that_fails_restarts_too(target: str) -> None:
    desk = serving(world=wps_world(pin="76543210"))
    before = flash(desk)
    assert desk.at("AT+MMSG=3") == OK
    body(desk, target)
    printed = desk.quiet(130 * S)
    assert printed.startswith(b"Stop Web Server\r\n" + LINK_DOWN)
    assert b"WPS Fail" in printed
    assert printed.endswith(BANNER[MEASURED])
    assert flash(desk).station == before.station


def test_wps_closes_the_sockets_first() -> None:
    desk = serving(world=wps_world(button_pressed=True))
    desk.tcp_server()
    body(desk, "/wps_go")
    assert desk.quiet(150 * MS).endswith(LINK_DOWN)
    assert desk.module.slots.open_slots == []


def test_wps_pin_that_is_too_long() -> None:
    desk = serving()
    assert failed(body(desk, "/wps_go?pin=123456789"))
    assert desk.quiet(S) == b""


# --- restart ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("firmware", BOTH)
def test_restart_in_its_order_and_time(firmware: str) -> None:
    desk = serving(firmware)
    desk.tcp_client()
    desk.effects.clear()
    assert body(desk, "/s2w_reset?") == ""
    assert desk.read() == b"\r\n[DISCONNECT 0]\r\n"
    assert desk.quiet(1090 * MS) == b""
    assert desk.quiet(20 * MS) == LINK_DOWN
    assert desk.quiet(480 * MS) == b""
    assert desk.quiet(30 * MS) == BANNER[firmware]
    kinds = (fx.CloseSocket, fx.StopWebServer, fx.Leave, fx.Reset)
    assert [type(effect) for effect in desk.effects if isinstance(effect, kinds)] == list(kinds)


def test_only_the_link_down_text_at_message_level_1() -> None:
    desk = serving()
    desk.at("AT+MMSG=1")
    desk.at("AT+MPROF=S")
    body(desk, "/s2w_reset?")
    assert desk.quiet(3 * S) == LINK_DOWN


# --- serial line and user ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "setting"),
    [
        ("BR:9600/PR:N/WL:8/SB:1/FC:N^", UartSetting(9600, "N", 8, "1", "N")),
        ("FC:HW/SB:0.5/WL:7/PR:E/BR:921600^", UartSetting(921600, "E", 7, "0.5", "HW")),
        ("BR:9600/PR:N/WL:7/SB:1/FC:N^", None),
        ("BR:9600/PR:N/WL:8/SB:1^", None),
        ("BR:9600/PR:N/WL:8/SB:1/FC:N", None),
        ("BR:<b>/PR:N/WL:8/SB:1/FC:N^", None),
        ("", None),
    ],
)
def test_serial_setting_is_always_a_success(query: str, setting: UartSetting | None) -> None:
    desk = serving()
    desk.ok("AT+MECHO=1", "AT+MECHO=0")
    before = desk.image
    text = body(desk, f"/s2w_serial_setting?{query}")
    assert "Success:It will be restart. Web Server stopped" in text
    assert '"/s2w_reset?"' in text
    if setting is None:
        assert desk.image == before
        assert desk.module.ram.uart == UartSetting()
    else:
        assert flash(desk) == desk.module.ram, "the whole profile of RAM is saved"
        assert flash(desk).uart == setting
        body(desk, "/s2w_reset?")
        desk.effects.clear()
        desk.quiet(3 * S)
        [line] = desk.ordered(fx.ConfigureUart)
        assert line == fx.ConfigureUart(
            setting.baud, setting.parity, setting.data_bits, setting.stop_bits, setting.flow
        )


def test_serial_setting_that_is_too_long() -> None:
    desk = serving()
    text = body(desk, "/s2w_serial_setting?BR:9600/PR:N/WL:8/SB:1/FC:N/XX:" + "x" * 490 + "^")
    assert failed(text)
    assert ">Set Serial Config</button>" in text
    assert desk.module.ram.uart == UartSetting()


@pytest.mark.parametrize(
    ("query", "guide", "measured"),
    [
        ("CI:admin/CP:admin/NI:me/NP:secret^", True, True),
        ("CI:ad/CP:a/NI:me/NP:secret^", False, True),
        ("CI:x/CP:admin/NI:me/NP:secret^", False, False),
        ("NI:me/NP:secret/CI:admin/CP:admin^", False, False),
        ("CI:admin/CP:admin/NI:/NP:secret^", False, False),
        ("CI:admin/CP:admin/NI:me^", False, False),
        ("CI:admin/CP:admin/NI:" + "n" * 22 + "/NP:secret^", False, False),
        ("CI:admin/CP:admin/NI:me/NP:secret/XX:" + "x" * 220 + "^", False, False),
        ("", False, False),
    ],
)
def test_user_information(query: str, guide: bool, measured: bool) -> None:
    for firmware, right in ((GUIDE, guide), (MEASURED, measured)):
        desk = serving(firmware)
        text = body(desk, f"/s2w_user_info_setting?{query}")
        assert ("Success:User Information is changed. It will be restart. Web Server stopped" in text) == right
        assert ('"/s2w_reset?"' in text) == right
        assert ("Fail:User Information is wrong" in text) == (not right)
        stored = flash(desk)
        assert (stored.web_user, stored.web_password) == ((b"me", b"secret") if right else (b"admin", b"admin"))
        assert desk.module.ram.web_user == b"admin", "RAM is another profile"


def test_longest_user_information_that_passes_is_cut() -> None:
    desk = serving()
    body(desk, "/s2w_user_info_setting?CI:admin/CP:admin/NI:" + "n" * 21 + "/NP:%3Cb%3E^")
    assert (flash(desk).web_user, flash(desk).web_password) == (b"n" * 20, b"<b>")


def test_user_information_is_compared_with_flash() -> None:
    desk = serving(GUIDE)
    desk.ok("AT+MCWUI=admin,admin,me,secret")
    assert "Fail" in body(desk, "/s2w_user_info_setting?CI:me/CP:secret/NI:a/NP:b^")
    assert "Success" in body(desk, "/s2w_user_info_setting?CI:admin/CP:admin/NI:a/NP:b^")


# --- GPIO, OTA, demo --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("firmware", "config"), [(GUIDE, 2), (MEASURED, 0)])
def test_gpios_are_set_at_once_and_in_ram_only(firmware: str, config: int) -> None:
    desk = serving(firmware)
    before = desk.image
    query = "GPIO_1,OUTPUT,HIGH&GPIO_5,INPUT,LOW&GPIO_6,OUTPUT,LOW&GPIO_8,INPUT,LOW&GPIO_8,INPUT,HIGH&^"
    text = body(desk, f"/gpio_config_save?{query}")
    assert ">Save settings</button>" in text
    assert "Success:GPIO Setting is changed" in text
    gpios = desk.module.ram.gpios
    assert gpios == (Gpio(1, 3, 1), Gpio(0, config, 0), Gpio(1, 3, 0), Gpio(), Gpio(0, config, 0))
    assert (desk.pins["gpio1"], desk.pins["gpio5"], desk.pins["gpio6"]) == (True, None, False)
    assert desk.image == before
    assert desk.read() == b""


@pytest.mark.parametrize("query", ["", "^", "x" * 40 + "^", "<script>^", "GPIO_1,OUTPUT,HIGH^"[:-1] + " x"])
def test_gpio_entries_that_cannot_be_read_change_nothing(query: str) -> None:
    desk = serving()
    body(desk, f"/gpio_config_save?{query}")
    assert desk.module.ram.gpios == (Gpio(),) * 5


@pytest.mark.parametrize("query", ["GPIO_1,OUTPUT,HIGH&" + "x" * 50 + "^", "GPIO_1,OUTPUT,HIGH&" + "&" * 1010 + "^"])
def test_gpio_entries_that_are_too_long(query: str) -> None:
    desk = serving()
    text = body(desk, f"/gpio_config_save?{query}")
    assert failed(text)
    assert ">Save settings</button>" in text
    assert desk.module.ram.gpios == (Gpio(),) * 5


def test_gpio_pages_show_levels_of_inputs_and_values_of_outputs() -> None:
    desk = serving()
    desk.ok("AT+FGPIO=1,1,1", "AT+FGPIO=2,5,0", "AT+FGPIO=2,6,1")
    text = body(desk, "/s2web/gpio_control_get.html")
    rows = re.findall(r"<tr><th>(GPIO_\d)</th><td>(\w+)</td><td>(\w+)</td></tr>", text)
    assert rows == [
        ("GPIO_1", "OUTPUT", "HIGH"),
        ("GPIO_5", "INPUT", "HIGH"),
        ("GPIO_6", "INPUT", "LOW"),
        ("GPIO_7", "OUTPUT", "LOW"),
        ("GPIO_8", "OUTPUT", "LOW"),
    ]
    text = body(desk, "/s2web/gpio_control_set.html")
    assert re.findall(r"<option selected>(\w+)", text)[:4] == ["OUTPUT", "HIGH", "INPUT", "HIGH"]


def test_ota() -> None:
    desk = serving()
    text = body(desk, "/get_info_ota?")
    mac = desk.module.link.mac.replace(":", "")
    start = text.index("WizFi250 will be restart. Web Server stopped. Reconnect to WIZFI_OTA_" + mac + "\r\n\0")
    assert text[start : start + 255].count("\0") == 255 - len(
        f"WizFi250 will be restart. Web Server stopped. Reconnect to WIZFI_OTA_{mac}\r\n"
    )
    assert '"/ota_go?"' in text
    assert body(desk, "/ota_go?") == ""
    printed = desk.quiet(5 * S)
    assert LINK_DOWN not in printed
    assert printed.startswith(b"\r\n\r\n[OTA Upgrade Handler]\r\n")


def test_demo_text() -> None:
    desk = serving()
    assert "Please input serial data. (Ex: AT+FS2WEB=Title,abcdefghijklmn)" in body(desk, "/content.html")
    desk.ok("AT+FS2WEB=<b>Title,abc")
    assert body(desk, "/content.html") == "&lt;b&gt;Title\n"


# --- a customer's firmware --------------------------------------------------------------------------------------------


def test_shinheung() -> None:
    desk = serving()
    desk.ok("AT+MCUSTOM=SHINHEUNG")
    body(desk, STEP_1.format(**STEP_1_VALUES))
    assert not flash(desk).registration.data_mode
    body(desk, STEP_AP.format(**STEP_AP_VALUES))
    stored = flash(desk)
    assert stored.message_level == 2
    assert stored.receive_form == ReceiveForm("110001110", 0x7B, 0x3B, 0x7D, 0x00, 0x0A)
    assert stored.uart == UartSetting(460800, "N", 8, "1", "HW")
    other = serving()
    other.ok("AT+MCUSTOM=SHINHEUNG")
    body(other, "/connect?as0=a+^&at0=0+^&ap0=")
    assert flash(other).uart == UartSetting(460800, "N", 8, "1", "HW")
