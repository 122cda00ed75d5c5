"""The flows of the guide's chapter on web configuration, in a browser on the running program."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import PHONE_SIZE, Screenshot
from tests.browser.pages import Pages
from tests.wire.emulator import Terminal, running
from wizfi_emu.testing.running import own_host_address

pytestmark = pytest.mark.slow

WORLDS = Path(__file__).parent / "worlds"
STARTED = ("Device Started", "Web server and access point stopped", "See UART for further information")
LINK_DOWN = b"\r\n[Link-Down Event]\r\n"
JOINED = b"Joining : WizFiDemoAP\r\nSuccessfully joined : WizFiDemoAP\r\n"
LINK_UP = b"\r\n[Link-Up Event]\r\n  IP Addr    : %s\r\n  Gateway    : 192.168.12.1\r\n"


class Module:
    """A module whose web server runs: its pages, its serial line, and the host address where its peers are."""

    def __init__(self, pages: Pages, terminal: Terminal, host: str) -> None:
        self.pages = pages
        self.terminal = terminal
        self.host = host

    def ask(self, command: bytes) -> bytes:
        """What the module prints for a command before its OK."""
        self.terminal.send(command + b"\r")
        return self.terminal.read_until(b"[OK]\r\n").removeprefix(command + b"\r\n").removesuffix(b"[OK]\r\n")

    def saved(self) -> list[bytes]:
        """The lines of the profile in flash."""
        return self.ask(b"AT+MPROF=VD").split(b"\r\n")

    def expect_restart(self) -> None:
        """The serial line from the page's success to the banner."""
        self.terminal.expect(LINK_DOWN + b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")


Start = Callable[..., Module]


@pytest.fixture
def start(browser: webdriver.Chrome) -> Iterator[Start]:
    """Starts a module; its time runs ten times as fast, for the pauses of its restarts."""
    with ExitStack() as stack:

        def started(world: str = "demo", *more: str, by_button: bool = False) -> Module:
            host = own_host_address()
            path = str(WORLDS / f"{world}.yaml") if world != "demo" else world
            options = ("--world", path, "--timing", "fast", "--time-scale", 10, "--host-address", host, *more)
            emulator = stack.enter_context(running(*options))
            terminal = stack.enter_context(closing(Terminal(emulator.device)))
            terminal.synchronize()
            module = Module(Pages(browser, ""), terminal, host)
            if by_button:
                terminal.send(b"AT+FWEBS=0,F\r")
                terminal.read_until(b"  Gateway    : 192.168.12.1\r\n")
            else:
                for command in (b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN", b"AT+FWEBS=1,M"):
                    module.ask(command)
            terminal.synchronize()
            module.pages.url = emulator.web_url
            assert module.pages.url
            return module

        yield started
        # Whatever is still loading must not find its way into the next test.
        browser.get("about:blank")


# --- login and menu ---------------------------------------------------------------------------------------------------


def test_login(start: Start, screenshot: Screenshot) -> None:
    module = start(by_button=True)
    pages = module.pages
    pages.open("/")
    assert pages.browser.title == "Index"
    pages.wait_for("WizFi250", "This is Login Page.", "You need UserName and Password in order to connect to WLAN.")
    box = pages.browser.find_element(By.ID, "login")
    assert (box.size["width"], box.size["height"]) == (500, 200)
    assert box.location["x"] == pytest.approx(0.3 * pages.browser.execute_script("return innerWidth"), abs=2)
    screenshot("web-login")
    pages.fill("UserName:", "admin")
    pages.fill("Password:", "wrong")
    pages.click("login")
    pages.wait_for("Fail:Login information is wrong")
    screenshot("web-login-wrong")
    pages.fill("Password:", "admin")
    pages.click("login")
    pages.wait_for("WizFi250 Configuration", "Select a configuration method ...", "Change to OTA Mode")
    assert pages.path == "/s2web/s2w_main.html"
    stored = pages.browser.execute_script("return {...sessionStorage}")
    assert stored == {
        "userid": "admin",
        "password": "admin",
        "logo_path": "../images/wiznet_logo.png",
        "dev_name": "WizFi250",
    }
    screenshot("web-menu")
    broken = [entry for entry in pages.browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]  # of selenium
    assert broken == []


def test_login_by_keyboard_on_a_phone(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages, browser = module.pages, module.pages.browser
    browser.set_window_size(*PHONE_SIZE)
    pages.open("/")
    keys = browser.switch_to.active_element
    keys.send_keys("admin", Keys.TAB)
    browser.switch_to.active_element.send_keys("admin", Keys.ENTER)
    pages.wait_for("GPIO Control")
    screenshot("web-menu-phone")
    assert not browser.execute_script("return document.documentElement.scrollWidth > innerWidth")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    pages.wait_for_path("/s2web/conn_setting.html#conn_setting")
    pages.choose("Mode(AP/Station)", "Station Mode")
    pages.choose("Protocol(TCP/UDP)", "TCP Client")
    screenshot("web-step1-phone")
    assert not browser.execute_script("return document.documentElement.scrollWidth > innerWidth")


def test_login_with_what_mcwui_has_set(start: Start) -> None:
    module = start()
    module.ask(b"AT+MCWUI=admin,admin,me,secret")
    pages = module.pages
    pages.open("/")
    for user, password, answer in (
        ("admin", "admin", "Fail:Login information is wrong"),
        ("me", "secret", "GPIO Control"),
    ):
        pages.fill("UserName:", user)
        pages.fill("Password:", password)
        pages.click("login")
        pages.wait_for(answer)


def test_cancel_hides_the_login(start: Start) -> None:
    pages = start().pages
    pages.open("/")
    pages.click("cancel")
    assert not pages.browser.find_element(By.ID, "login").is_displayed()


def test_without_login_a_page_leads_to_it(start: Start) -> None:
    pages = start().pages
    pages.open("/")
    pages.browser.execute_script("sessionStorage.clear()")
    pages.open("/s2web/serial_info_setting.html")
    pages.wait_for("This is Login Page.")
    assert pages.path == "/"


def test_menu_mask_and_a_customers_logo(start: Start, screenshot: Screenshot) -> None:
    module = start()
    module.ask(b"AT+FWEBM=1000010")
    module.ask(b"AT+MCUSTOM=ENCORED")
    pages = module.pages
    pages.open("/")
    pages.fill("UserName:", "whoever")
    pages.fill("Password:", "whatever")
    pages.click("login")
    pages.wait_for("GetIT Configuration", "Serial Setting")
    items = [item.text for item in pages.browser.find_elements(By.CSS_SELECTOR, ".menu li")]
    assert items == ["S2W Setting & Scan Network", "Serial Setting"]
    assert (pages.browser.find_element(By.ID, "logo").get_attribute("src") or "").endswith("/images/encored_logo.png")
    screenshot("web-menu-mask")


# --- the wizard -------------------------------------------------------------------------------------------------------


def choose_socket(pages: Pages, protocol: str, *, mode: str = "", port: int = 5000) -> None:
    """Step 1 up to its success."""
    assert not pages.button("Setting").is_enabled()
    assert not pages.field("Remote IP").is_displayed()
    if mode:
        pages.choose("Mode(AP/Station)", mode)
    pages.choose("Protocol(TCP/UDP)", protocol)
    assert pages.field("Remote IP").get_attribute("value") == "192.168.12.101"
    assert pages.field("Remote IP").is_enabled() == pages.field("Remote Port").is_enabled() == ("Client" in protocol)
    if "Client" in protocol:
        pages.fill("Remote Port", str(port))
    pages.click("Setting")
    pages.wait_for("Setting Result", "Success", "Next_Step")


def test_socket_wizard_for_an_access_point(start: Start, screenshot: Screenshot) -> None:
    module = start(by_button=True)
    pages = module.pages
    pages.log_in()
    pages.click("S2W Setting & Scan Network")
    pages.wait_for("WizFi250 Serial to Wi-Fi Setting", "Step 1 : Select Serial to Wi-Fi Configuration Value")
    choose_socket(pages, "TCP Server", mode="AP Mode")
    screenshot("web-step1-ap")
    pages.click("Next_Step")
    pages.wait_for("Step 2 : Set AP Mode", "AP Setting", "AP Network Setting", "< Return to Step1", "< Main Page")
    assert not pages.field("Pre-Shared Key").is_enabled()
    assert pages.field("SSID").get_attribute("value") == "WizFi250_AP"
    pages.choose("Security", "WPA2/Mixed")
    pages.fill("SSID", 'Küche & "Bad"')
    pages.fill("Pre-Shared Key", "12345678")
    pages.fill("Wi-Fi IP Address", "10.0.0")
    pages.click("Set AP")
    pages.wait_for("Fail:Setting value is wrong")
    screenshot("web-step2-ap-wrong")
    for label in ("Wi-Fi IP Address", "Gateway IP Address"):
        pages.fill(label, "10.0.0.1")
    pages.click("Set AP")
    pages.wait_for("Success:It will be restart")
    screenshot("web-step2-ap")
    module.expect_restart()
    module.terminal.read_until(b"  IP Addr    : 10.0.0.1\r\n  Gateway    : 10.0.0.1\r\n")
    saved = module.saved()
    assert '+WSET=1,Küche & "Bad",,1'.encode() in saved
    assert b"+WSEC=1,WPA2,12345678" in saved
    assert b"+WNET=0,10.0.0.1,255.255.255.0,10.0.0.1" in saved
    assert b"+SCON=S,TSN,192.168.12.101,5000,5000,1" in saved


def test_wrong_values_in_step_1(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages = module.pages
    before = module.saved()
    pages.log_in()
    pages.click("S2W Setting & Scan Network")
    pages.choose("Mode(AP/Station)", "Station Mode")
    pages.choose("Protocol(TCP/UDP)", "UDP Client")
    pages.fill("Remote IP", "<b>/^&?#%")
    pages.click("Setting")
    pages.wait_for("Result", "Fail:Setting value is wrong")
    screenshot("web-step1-wrong")
    assert pages.button("Setting").is_enabled()
    assert module.saved() == before
    pages.click("< Main Page")
    pages.wait_for("Select a configuration method ...")


def join_from_scan(pages: Pages, name: str, key: str, screenshot: Screenshot) -> None:
    """Step 3, from the scan to the restart."""
    pages.wait_for("Step 3 : Scan Configuration", name, "Network Name", "Security", "BSSID", "Signal", "Rescan")
    screenshot("web-step3-scan")
    row = pages.browser.find_element(By.XPATH, f"//tr[td={_quoted(name)}]")
    row.find_element(By.TAG_NAME, "button").click()
    pages.wait_for("WizFi250 Security Setting", "Security Key :", name)
    pages.fill("Security Key :", key)
    screenshot("web-step3-key")
    pages.click("Confirm")
    pages.wait_for(*STARTED)
    screenshot("web-device-started")


def _quoted(text: str) -> str:
    """Text as XPath writes it."""
    return f"'{text}'" if "'" not in text else f'"{text}"'


def test_station_by_dhcp_scan_and_join(start: Start, screenshot: Screenshot) -> None:
    module = start(by_button=True)
    pages = module.pages
    with socket.create_server((module.host, 0)) as listener:
        port = listener.getsockname()[1]
        pages.log_in()
        pages.click("S2W Setting & Scan Network")
        choose_socket(pages, "TCP Client", mode="Station Mode", port=port)
        screenshot("web-step1-station")
        pages.click("Next_Step")
        pages.wait_for("Step 2 : Set Station Mode", "Station Network Setting")
        assert not pages.button("Setting").is_enabled()
        pages.choose("Choose mode", "DHCP")
        assert not pages.field("Subnet Mask").is_enabled()
        pages.click("Setting")
        pages.wait_for("Setting Result", "Success")
        screenshot("web-step2-station")
        pages.click("Next_Step")
        join_from_scan(pages, "WizFiDemoAP", "12345678", screenshot)
        module.expect_restart()
        module.terminal.expect(JOINED + LINK_UP % b"192.168.12.10" + b"\r\n[CONNECT 0]\r\n")
        listener.settimeout(10)
        peer, _ = listener.accept()
        with peer:
            module.terminal.send(b"hello")
            assert peer.recv(5) == b"hello"
            peer.sendall(b"world")
            module.terminal.expect(b"world")
            module.terminal.exchange(b"+++", b"[OK]\r\n")
            saved = module.saved()
    assert b"+WSET=0,WizFiDemoAP,,0" in saved
    assert b"+WSEC=0,WPA2,12345678" in saved
    assert b"+WNET=1,192.168.12.1,255.255.255.0,192.168.12.1" in saved
    assert b"+SCON=S,TCN,192.168.12.101,%d,5000,1" % port in saved


def test_station_by_static_addresses(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.click("S2W Setting & Scan Network")
    choose_socket(pages, "TCP Server", mode="Station Mode")
    pages.click("Next_Step")
    pages.wait_for("Step 2 : Set Station Mode")
    pages.choose("Choose mode", "STATIC")
    pages.fill("Wi-Fi IP Address", "192.168.12.77")
    screenshot("web-step2-static")
    pages.click("Setting")
    pages.wait_for("Setting Result", "Success")
    pages.click("Next_Step")
    join_from_scan(pages, "WizFiDemoAP", "12345678", screenshot)
    module.expect_restart()
    module.terminal.expect(JOINED + LINK_UP % b"192.168.12.77")
    assert b"+WNET=0,192.168.12.77,255.255.255.0,192.168.12.1" in module.saved()


@pytest.mark.parametrize(
    ("name", "key", "raw"),
    [
        ('Café & Bar "50%" #1', "p&ss #1%+ü", 'Café & Bar "50%" #1'.encode()),
        ("<img src=x onerror=go(1)>", "", b"<img src=x onerror=go(1)>"),
        ("/\ufffd^+\ufffd", "", b"/\xff^+\x80"),
    ],
)
def test_names_that_are_hard_to_show_can_be_joined(
    start: Start, screenshot: Screenshot, name: str, key: str, raw: bytes
) -> None:
    module = start("names")
    pages = module.pages
    pages.log_in()
    pages.click("S2W Setting & Scan Network")
    choose_socket(pages, "TCP Server", mode="Station Mode")
    pages.open("/config/scan_page_outer.html")
    pages.wait_for(name, "Very Poor", "Excellent")
    screenshot("web-step3-names")
    assert pages.browser.find_elements(By.CSS_SELECTOR, "td img") == []
    pages.browser.find_element(By.XPATH, f"//tr[td={_quoted(name)}]//button").click()
    pages.wait_for("Security Key :")
    pages.fill("Security Key :", key)
    pages.click("Confirm")
    pages.wait_for(*STARTED)
    module.expect_restart()
    module.terminal.expect(b"Joining : " + raw + b"\r\nSuccessfully joined : " + raw + b"\r\n")


def test_cancel_of_a_join_goes_back_to_the_scan(start: Start) -> None:
    pages = start().pages
    pages.log_in()
    pages.open("/config/scan_page_outer.html")
    pages.wait_for("WizFiDemoAP")
    pages.click("Join")
    pages.wait_for("Security Key :", "OpenNet")
    pages.click("Cancel")
    pages.wait_for("Step 3 : Scan Configuration", "WizFiDemoAP")


def test_key_that_does_not_fit_is_refused(start: Start) -> None:
    module = start("names")
    pages = module.pages
    pages.log_in()
    pages.open("/s2web/set_wifi_key.html#~#Old%20Net#~#1#~#")
    pages.wait_for("Old Net")
    pages.fill("Security Key :", "no WEP key")
    pages.click("Confirm")
    pages.wait_for("Fail:Setting value is wrong")
    assert STARTED[0] not in pages.text
    pages.fill("Security Key :", "abcde")
    pages.click("Confirm")
    module.expect_restart()
    assert b"+WSEC=0,WEP,abcde" in module.saved()


def test_scan_that_fails(start: Start) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.open("/config/scan_page_outer.html")
    pages.wait_for("WizFiDemoAP")
    module.ask(b"AT+FWEBS=0,M")
    pages.browser.execute_script(
        "load('/scan_results.html', {failed: (area) => { area.textContent = 'Error occurred while scanning!'; }})"
    )
    pages.wait_for("Error occurred while scanning!")


# --- WPS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "title", "text"),
    [
        ("WPS(Push button)", "WPS Push Button", "Press the WPS button on your Wi-Fi Access Point."),
        ("WPS(PIN)", "WPS PIN", "Enter the following WPS Enrollee PIN in your Wi-Fi Access Point."),
    ],
    ids=["button", "PIN"],
)
def test_wps(start: Start, screenshot: Screenshot, item: str, title: str, text: str) -> None:
    module = start("wps")
    pages = module.pages
    pages.log_in()
    pages.click(item)
    pages.wait_for("Step 1 : Select Serial to Wi-Fi Configuration Value")
    choose_socket(pages, "TCP Server")
    pages.click("Next_Step")
    pages.wait_for(title, text)
    if "PIN" in item:
        assert pages.field("PIN").get_attribute("value") == "76543210"
    screenshot("web-" + title.lower().replace(" ", "-"))
    pages.click("[Go!]")
    pages.wait_for(*STARTED)
    module.terminal.expect(LINK_DOWN)
    assert module.terminal.read_until(b"Sending WSC Done\r\n").startswith(
        b"Sending EAPOL start\r\nSending Identity\r\n"
    )
    module.terminal.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    module.terminal.expect(JOINED + LINK_UP % b"192.168.12.10")
    saved = module.saved()
    assert b"+WSET=0,WizFiDemoAP,,0" in saved
    assert b"+WSEC=0,WPA2,12345678" in saved
    assert b"+SCON=S,TSN,192.168.12.101,5000,5000,1" in saved


# --- GPIO, serial line, user, OTA, demo -------------------------------------------------------------------------------


def gpio_rows(pages: Pages) -> list[str]:
    return [row.text for row in pages.browser.find_elements(By.CSS_SELECTOR, "tbody tr")]


def test_gpio_get_and_set(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.click("GPIO Control")
    pages.wait_for("WizFi250 GPIO Control Step 1", "Step 1 : Select GPIO Control Menu")
    screenshot("web-gpio-menu")
    pages.choose("GPIO Control", "Set GPIO Status")
    pages.click("Next")
    pages.wait_for("Save settings", "GPIO NUMBER", "GPIO MODE", "GPIO VALUE")
    for label, word in (("GPIO_1 value", "HIGH"), ("GPIO_5 mode", "INPUT"), ("GPIO_8 value", "HIGH")):
        pages.browser.find_element(By.CSS_SELECTOR, f"[aria-label='{label}']").send_keys(word)
    pages.click("Save settings")
    pages.wait_for("Success:GPIO Setting is changed")
    screenshot("web-gpio-set")
    assert module.ask(b"AT+FGPIO=?") == b"{1,1,3,1},{0,5,2,0},{1,6,3,0},{1,7,3,0},{1,8,3,1}\r\n"
    pages.click("< Return to Step1")
    pages.wait_for("Next")
    pages.choose("GPIO Control", "Get GPIO Status")
    pages.click("Next")
    pages.wait_for("GPIO_1 OUTPUT HIGH", "GPIO_5 INPUT LOW", "GPIO_6 OUTPUT LOW", "GPIO_8 OUTPUT HIGH")
    screenshot("web-gpio-get")
    module.ask(b"AT+FGPIO=1,6,1")
    pages.wait_for("GPIO_6 OUTPUT HIGH")
    module.terminal.expect_silence()


def test_serial_setting(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.click("Serial Setting")
    pages.wait_for("WizFi250 Serial Configuration")
    pages.choose("Baudrate", "57600")
    pages.choose("Stop Bit", "2")
    screenshot("web-serial-before")
    pages.click("Set Serial Config")
    pages.wait_for("Success:It will be restart. Web Server stopped")
    screenshot("web-serial")
    module.expect_restart()
    assert b"+USET=57600,N,8,2,N" in module.saved()


def test_user_information(start: Start, screenshot: Screenshot) -> None:
    # The password comes back in the login's answer, escaped: what stands for it in a recording would have another form.
    module = start("demo", "--record-secrets")
    pages = module.pages
    pages.log_in()
    pages.click("User Information Setting")
    for label, text in (
        ("Current ID", "adm"),
        ("Current Password", "admin"),
        ("New ID", "me"),
        ("New Password", "s<>c"),
    ):
        pages.fill(label, text)
    pages.click("Setting")
    pages.wait_for("Fail:User Information is wrong")
    screenshot("web-user-wrong")
    pages.fill("Current ID", "admin")
    pages.click("Setting")
    pages.wait_for("Success:User Information is changed. It will be restart. Web Server stopped")
    screenshot("web-user")
    module.expect_restart()
    assert module.ask(b"AT+MCWUI=?") == b"me,s<>c\r\n"
    for command in (b"AT+WSET=0,WizFiDemoAP", b"AT+WJOIN", b"AT+FWEBS=1,M"):
        module.ask(command)
    pages.log_in("me", "s<>c")


def test_ota(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.click("Change to OTA Mode")
    pages.wait_for("WizFi250 OTA Configuration")
    screenshot("web-ota")
    pages.click("Change to OTA mode")
    pages.wait_for("WizFi250 will be restart. Web Server stopped. Reconnect to WIZFI_OTA_0008DC")
    module.terminal.expect(b"\r\n\r\n[OTA Upgrade Handler]\r\n")


def test_demo(start: Start, screenshot: Screenshot) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.open("/s2web/demo.html")
    assert pages.browser.title == "WizFi250 Web Server Demonstration"
    pages.wait_for("Please input serial data. (Ex: AT+FS2WEB=Title,abcdefghijklmn)")
    module.ask(b"AT+FS2WEB=23 <b>degrees</b>")
    pages.wait_for("23 <b>degrees</b>")
    screenshot("web-demo")


def test_request_that_fails(start: Start) -> None:
    module = start()
    pages = module.pages
    pages.log_in()
    pages.click("Serial Setting")
    pages.wait_for("Baudrate")
    module.ask(b"AT+FWEBS=0,M")
    pages.click("Set Serial Config")
    pages.wait_for("Failed :")
    assert pages.button("Set Serial Config").is_enabled()
