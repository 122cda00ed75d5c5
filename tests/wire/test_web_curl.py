"""The web pages as curl gets them from the running program, and the module's serial line meanwhile."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.programs import need
from tests.wire.emulator import Terminal, running
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.web.pages import FILES, PAGES

pytestmark = pytest.mark.slow

STATIC = b"HTTP/1.0 200 OK\r\nContent-Type: %s\r\n\r\n"
GENERATED = (
    b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nExpires: Mon, 26 Jul 1997 05:00:00 GMT\r\n"
    b"Cache-Control: no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0\r\n"
    b"Pragma: no-cache\r\n\r\n"
)
EMPTY_REPLY = 52


class Site:
    """The module's pages, and its serial line."""

    def __init__(self, url: str, terminal: Terminal) -> None:
        self.url = url
        self.terminal = terminal

    def curl(self, target: str, *options: str) -> tuple[int, bytes]:
        """Exit status of curl, and what it got with the headers."""
        command = ["curl", "--silent", "--include", "--globoff", "--path-as-is", "--max-time", "10", *options]
        result = subprocess.run([*command, self.url + target], capture_output=True, check=False)
        return result.returncode, result.stdout

    def get(self, target: str, *options: str) -> bytes:
        """The body of a generated answer."""
        status, answer = self.curl(target, *options)
        assert status == 0
        assert answer.startswith(GENERATED), answer
        return answer[len(GENERATED) :]

    def ask(self, command: bytes) -> bytes:
        """What the module prints for a command before its OK."""
        self.terminal.send(command + b"\r")
        return self.terminal.read_until(b"[OK]\r\n").removeprefix(command + b"\r\n").removesuffix(b"[OK]\r\n")


@contextmanager
def site(firmware: str) -> Iterator[Site]:
    """A module in the demo network with its web server running."""
    need("curl")
    options = ("--firmware", firmware, "--timing", "fast", "--host-address", own_host_address())
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal:
        terminal.synchronize()
        found = Site("", terminal)
        for command in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN", b"AT+FWEBS=1,M"):
            found.ask(command)
        found.url = emulator.web_url
        assert found.url
        yield found


@pytest.fixture(scope="module")
def guide() -> Iterator[Site]:
    """One module for all requests that leave it as it is."""
    with site("guide") as found:
        yield found


@pytest.mark.parametrize("path", [path.decode() for path in PAGES])
def test_page(guide: Site, path: str) -> None:
    status, answer = guide.curl(path)
    assert status == 0
    assert answer.startswith(STATIC % b"text/html" + b"<!DOCTYPE html>")
    assert answer.endswith(b"</html>\n")


def test_files(guide: Site) -> None:
    for path, file in FILES.items():
        status, answer = guide.curl(path.decode())
        assert status == 0
        assert answer.startswith(STATIC % file.content_type.encode())


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("/get_custom_info", b'"../images/wiznet_logo.png"'),
        ("/s2wlogin?UN:admin/PW:admin^", b"/s2web/s2w_main.html"),
        ("/s2wlogin?UN:a/PW:a^", b"Fail:Login information is wrong"),
        ("/s2wlogin", b"Fail:Login information is wrong"),
        ("/s2web_main?", b"WPS(Push button)"),
        ("/s2wconfig?PT:TCN/DI:1.2.3/DP:1/SP:1/CM:conn_setting/MD:AP^", b"Fail:Setting value is wrong"),
        ("/s2wconfig_station?DH:NONE/^", b"Fail:Setting value is wrong"),
        ("/s2wconfig_ap?SD:x^", b"Set AP"),
        ("/scan_results.html", b'add_network(1, "WizFiDemoAP", "Good", 4194310, "WPA2_MIXED", 6, "0008DCAABB01");'),
        ("/connect?as0=+^&at0=0+^&ap0=", b"Fail:Setting value is wrong"),
        ("/wps_go?pin=123456789", b"Fail:Setting value is wrong"),
        ("/s2w_user_info_setting?CI:x/CP:y/NI:a/NP:b^", b"Fail:User Information is wrong"),
        ("/s2web/gpio_control_get.html", b"<th>GPIO_8</th><td>OUTPUT</td><td>LOW</td>"),
        ("/s2web/gpio_control_set.html", b'data-gpio="GPIO_8"'),
        ("/gpio_config_save?^", b"Success:GPIO Setting is changed"),
        ("/get_info_ota?", b"Reconnect to WIZFI_OTA_0008DC"),
        ("/content.html", b"Please input serial data."),
    ],
)
def test_action_that_changes_nothing(guide: Site, target: str, part: bytes) -> None:
    assert part in guide.get(target)
    guide.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")


def test_login_with_what_curl_encodes(guide: Site) -> None:
    assert b"s2w_main" in guide.get("/s2wlogin?%55N:ad%6Din/PW:%61dmin%5E")
    assert b"s2w_main" in guide.get("/s2wlogin?UN:admin/PW:admin^", "--data", "ignored", "--header", "X: " + "y" * 3000)


@pytest.mark.parametrize("path", ["/nothing", "/s2web/index.html", "/../../etc/passwd", "/%2e%2e/x", "/S2WLOGIN?"])
def test_unknown_path(guide: Site, path: str) -> None:
    assert guide.curl(path) == (0, b"HTTP/1.0 301\r\nLocation: /\r\n\r\n")


def test_unknown_path_leads_to_the_login(guide: Site) -> None:
    assert b"<title>Index</title>" in guide.curl("/nothing", "--location")[1]


@pytest.mark.parametrize(("target", "options"), [("/", ("--head",)), ("/", ("-X", "PUT")), ("/" + "a" * 2000, ())])
def test_no_answer(guide: Site, target: str, options: tuple[str, ...]) -> None:
    assert guide.curl(target, *options) == (EMPTY_REPLY, b"")


def test_hostile_values_change_nothing(guide: Site) -> None:
    profile = guide.ask(b"AT+MPROF=VD")
    for value in ("<script>", "%22%27%3C", "x" * 1200, "%ff%fe%80", "..%2F..%2F", "%25s%25n", "^^^^", "////"):
        for target in ("/s2wconfig?PT:", "/s2wconfig_ap?SD:", "/s2wconfig_station?DH:", "/s2w_user_info_setting?CI:"):
            assert b"Fail:" in guide.get(target + value + "^")
    assert guide.curl("/s2wlogin?UN:" + "x" * 10_240)[0] == EMPTY_REPLY
    assert guide.ask(b"AT+MPROF=VD") == profile


def test_status_and_stop() -> None:
    with site("guide") as module:
        assert module.ask(b"AT+FWEBS=?") == b"1,M\r\n"
        assert module.ask(b"AT+FWEBS=0,M") == b""
        assert module.curl("/")[0] not in (0, EMPTY_REPLY)
        assert module.ask(b"AT+FWEBS=?") == b"0,M\r\n"


def test_wizard_to_the_restart() -> None:
    with site("1.0.5.2") as module:
        done = module.get("/s2wconfig?PT:TSN/DI:192.168.12.101/DP:5000/SP:5000/CM:conn_setting/MD:AP^")
        assert b"/s2web/conn_setting_apmode.html" in done
        step_2 = "/s2wconfig_ap?SD:Web%20AP/WI:10.0.0.1/GI:10.0.0.1/SM:255.0.0.0/SS:WPA2/PK:12345678^"
        assert b"Success:It will be restart" in module.get(step_2)
        assert module.get("/s2w_reset?") == b""
        assert module.terminal.read_until(b"WizFi250 Version") == b"\r\n[Link-Down Event]\r\nWizFi250 Version"
        module.terminal.read_until(b"  Gateway    : 10.0.0.1\r\n")
        profile = module.ask(b"AT+MPROF=VD")
        assert b"+WSET=1,Web AP,,1\r\n+WSEC=1,WPA2,12345678\r\n" in profile
        assert b"+SCON=S,TSN,192.168.12.101,5000,5000,1\r\n" in profile


def test_settings_of_the_running_module() -> None:
    with site("1.0.5.2") as module:
        assert b"s2w_main" in module.get("/s2wlogin")
        saved = module.get("/gpio_config_save?GPIO_1,OUTPUT,HIGH&GPIO_5,INPUT,LOW&^")
        assert b"Success:GPIO Setting is changed" in saved
        assert module.ask(b"AT+FGPIO=?").startswith(b"{1,1,3,1},{0,5,0,1},{1,6,3,0}")
        changed = module.get("/s2w_user_info_setting?CI:admin/CP:admin/NI:me/NP:secret^")
        assert b"Success:User Information is changed. It will be restart. Web Server stopped" in changed
        assert b"Success" in module.get("/s2w_serial_setting?BR:57600/PR:N/WL:8/SB:1/FC:N^")
        assert b"+USET=57600,N,8,1,N\r\n" in module.ask(b"AT+MPROF=VD")
        # Saving the profile in RAM has put the old user back.
        module.ask(b"AT+MPROF=L")
        assert module.ask(b"AT+MCWUI=?") == b"admin,admin\r\n"


def test_ota() -> None:
    with site("1.0.5.2") as module:
        assert module.get("/ota_go?") == b""
        assert module.terminal.read_until(b"Start OTA").startswith(b"\r\n\r\n[OTA Upgrade Handler]")


def test_one_connection_at_a_time(guide: Site) -> None:
    command = ["curl", "--silent", "--max-time", "10", "--parallel", *[f"{guide.url}/?{n}" for n in range(12)]]
    result = subprocess.run(command, capture_output=True, check=True)
    assert result.stdout.count(b"<title>Index</title>") == 12
