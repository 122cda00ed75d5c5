"""The panel in Chromium, on the running program."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import PHONE_SIZE, Screenshot
from tests.wire.controlled import Controlled, controlled
from wizfi_emu.testing.running import own_host_address

# A browser, a program, and gestures that take their real time.
pytestmark = pytest.mark.slow

PATIENCE_S = 60


class Panel:
    """The page, with what a person sees and does on it."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self.browser = browser
        self.url = url
        browser.get(url)
        self.wait(lambda: self.text("live") == "live" and self.text("mode") != "…")

    def find(self, name: str) -> WebElement:
        """An element by its id."""
        return self.browser.find_element(By.ID, name)

    def text(self, name: str) -> str:
        """What an element shows."""
        return self.find(name).text

    def wait(self, condition: Callable[[], object]) -> None:
        """Wait until something is seen."""
        WebDriverWait(self.browser, PATIENCE_S, 0.02).until(lambda _: condition())

    def button(self, label: str) -> WebElement:
        """A button by its label for those who do not see it."""
        return self.browser.find_element(By.CSS_SELECTOR, f'[aria-label="{label}"]')

    def type_line(self, text: str) -> None:
        """Type a command and press Enter."""
        self.find("command").send_keys(text, Keys.ENTER)

    def lines(self, direction: str) -> list[str]:
        """The terminal's lines of one direction, ``to-module`` or ``to-host``."""
        return list(
            self.browser.execute_script(
                "return [...document.querySelectorAll('#terminal .' + arguments[0])].map((line) => line.textContent)",
                direction,
            )
        )

    def leds(self) -> tuple[str, str]:
        """What is said of the two lights."""
        led1, led2 = (self.find(name).get_attribute("aria-label") or "" for name in ("led1", "led2"))
        return led1, led2

    def errors(self) -> list[str]:
        """What the browser complains of."""
        log = self.browser.get_log("browser")  # type: ignore[no-untyped-call]  # of selenium
        return [entry["message"] for entry in log]


@pytest.fixture
def host() -> str:
    return own_host_address()


@pytest.fixture
def module(tmp_path: Path, host: str) -> Iterator[Controlled]:
    options = ("--control", "127.0.0.1:0", "--timing", "fast", "--host-address", host, "--link", tmp_path / "wizfi")
    with controlled(tmp_path, *options) as found:
        yield found


@pytest.fixture
def panel(browser: webdriver.Chrome, module: Controlled) -> Iterator[Panel]:
    yield Panel(browser, module.ctl("list").split()[-1])
    browser.get("about:blank")


def join(panel: Panel) -> None:
    for command in ("AT+WSET=0,WizFiDemoAP", "AT+WSEC=0,,12345678", "AT+WJOIN"):
        panel.type_line(command)
        panel.wait(lambda: panel.find("command").get_attribute("value") == "")
    panel.wait(lambda: panel.leds()[0] == "LED1 lit")


def test_what_is_seen_first(panel: Panel, module: Controlled, tmp_path: Path, screenshot: Screenshot) -> None:
    assert panel.browser.current_url == panel.url.partition("?")[0], "the token is out of sight"
    assert panel.browser.title == f"WizFi250 {tmp_path / 'wizfi'}"
    assert panel.text("device") == str(tmp_path / "wizfi")
    assert panel.text("version") == "1.0.3.6 (guide)"
    assert panel.text("mode") == "command mode"
    assert panel.leds() == ("LED1 off", "LED2 off")
    assert "WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)" in panel.lines("to-host"), "what was before the page was opened"
    assert panel.text("line") == "115200 8N1"
    screenshot("panel")
    assert panel.errors() == []


def test_function_three_times_resets_the_profile(panel: Panel, module: Controlled, screenshot: Screenshot) -> None:
    module.terminal.exchange(b"AT+MECHO=0\r", b"AT+MECHO=0\r\n[OK]\r\n")
    module.terminal.exchange(b"AT+MPROF=S\r", b"[OK]\r\n")
    assert module.state("profile.echo") == "false"
    panel.button("Press FUNCTION three times").click()
    panel.wait(
        lambda: panel.find("reset").get_attribute("aria-disabled") == "true"
    )  # the board rests while FUNCTION is pressed
    module.terminal.expect(b"Set Factory Default\r\n[OK]\r\n")
    module.terminal.read_until(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    panel.wait(lambda: "Set Factory Default" in panel.lines("to-host"))
    screenshot("panel-factory-default")
    assert module.state("profile.echo") == "true"
    assert panel.errors() == []


def test_the_spi_line(browser: webdriver.Chrome, tmp_path: Path, host: str) -> None:
    options = ("--control", "127.0.0.1:0", "--timing", "fast", "--host-address", host, "--flash", ":memory:")
    with controlled(tmp_path, *options, "--spi", f"unix:{tmp_path}/spi?mode=3") as module:
        panel = Panel(browser, module.ctl("list").split()[-1])
        assert f"unix:{tmp_path}/spi" in panel.text("spi")
        assert "host mode 3, MSB first, not connected" in panel.text("spi").replace("\n", " ")
        module.terminal.exchange(b"AT+MSPI=2,11\r", b"AT+MSPI=2,11\r\n[OK]\r\n")
        panel.wait(lambda: "mode 3, MSB first" in panel.text("spi").partition("host")[0])
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(f"{tmp_path}/spi")
            line.sendall(b"AT\r" + b"\xf0" * 20)
            panel.wait(lambda: "SPI" in panel.text("spi-title") and "AT\\r" in panel.lines("to-module"))
            panel.wait(lambda: panel.lines("to-host")[-1] == "[OK]")
        assert panel.errors() == []
        browser.get("about:blank")


def test_a_run_of_presses_by_one_button(panel: Panel) -> None:
    panel.button("Press FUNCTION four times").click()
    panel.wait(lambda: "Error" in panel.lines("to-host"))


def test_the_leds_follow_the_link(panel: Panel, module: Controlled, host: str, screenshot: Screenshot) -> None:
    join(panel)
    assert panel.leds() == ("LED1 lit", "LED2 off")
    panel.wait(lambda: "192.168.12.10" in panel.text("link"))
    assert "-45 dBm" in panel.text("link")
    with socket.create_server((host, 0)) as server:
        port = server.getsockname()[1]
        panel.type_line(f"AT+SCON=O,TCN,192.168.12.1,{port},,1")
        peer, (_, module_port) = server.accept()
        with closing(peer):
            panel.wait(lambda: panel.leds() == ("LED1 lit", "LED2 lit"))
            panel.wait(lambda: "connected, data mode" in panel.text("sockets"))
            row = panel.text("sockets")
            assert f"192.168.12.1:{port}" in row
            assert f"{host}:{port}" in row
            assert f"{host}:{module_port}" in row
            assert panel.text("mode") == "data mode"
            peer.sendall(b"from the peer <b>bold</b> \x00\xff\r\n")
            panel.wait(lambda: "from the peer <b>bold</b> \\x00\\xff" in panel.lines("to-host"))
            assert panel.browser.find_elements(By.CSS_SELECTOR, "#terminal b") == []
            screenshot("panel-data-mode")
            panel.find("ending").send_keys("none")
            panel.type_line("+++")
            panel.wait(lambda: panel.leds() == ("LED1 lit", "LED2 off"))
            panel.find("ending").send_keys("CR")
    panel.wait(lambda: "none" in panel.text("sockets"))
    panel.type_line("AT+WLEAVE")
    panel.wait(lambda: panel.leds() == ("LED1 off", "LED2 off"))
    assert panel.errors() == []


def test_a_command_in_the_box_is_answered_in_the_terminal(panel: Panel, module: Controlled) -> None:
    panel.type_line("AT+MINFO")
    panel.wait(lambda: "1.0.3.6/WizFi250 Rev 1.0" in panel.lines("to-host"))
    assert panel.lines("to-module")[-1] == "AT+MINFO\\r"
    assert panel.lines("to-host")[-4:] == ["AT+MINFO", "FW version/HW version", "1.0.3.6/WizFi250 Rev 1.0", "[OK]"]
    panel.find("command").send_keys(Keys.ARROW_UP)
    assert panel.find("command").get_attribute("value") == "AT+MINFO"
    panel.find("command").send_keys(Keys.ARROW_DOWN)
    assert panel.find("command").get_attribute("value") == ""
    module.terminal.read_until(b"[OK]\r\n")
    module.terminal.exchange(b"AT\r", b"AT\r\n[OK]\r\n")
    panel.wait(lambda: panel.lines("to-module")[-1] == "AT\\r")
    panel.find("clear").click()
    assert panel.lines("to-host") == []


def test_bytes_of_both_directions_that_come_one_by_one_stay_in_their_lines(panel: Panel, module: Controlled) -> None:
    panel.find("clear").click()
    for byte in b"AT+MECHO=?\r":
        module.terminal.send(bytes((byte,)))
        time.sleep(0.06)  # so that the page draws each alone
    panel.wait(lambda: "[OK]" in panel.lines("to-host"))
    assert panel.lines("to-module") == ["AT+MECHO=?\\r"]
    assert panel.lines("to-host")[0] == "AT+MECHO=?"


def test_click_a_pin(panel: Panel, module: Controlled) -> None:
    module.terminal.exchange(b"AT+FGPIO=2,5,0\r", b"AT+FGPIO=2,5,0\r\n[OK]\r\n")
    panel.wait(lambda: panel.text("level-gpio5") == "in 1")
    low = panel.button("Drive GPIO5 low")
    low.click()
    panel.wait(lambda: panel.text("level-gpio5") == "in 0")
    assert low.get_attribute("aria-pressed") == "true"
    module.terminal.exchange(b"AT+FGPIO=0,5\r", b"AT+FGPIO=0,5\r\n0\r\n[OK]\r\n")
    panel.button("Drive GPIO5 not").click()
    panel.wait(lambda: panel.text("level-gpio5") == "in 1")
    module.terminal.exchange(b"AT+FGPIO=0,5\r", b"AT+FGPIO=0,5\r\n1\r\n[OK]\r\n")


def test_the_analogue_input(panel: Panel, module: Controlled) -> None:
    box = panel.find("adc-value")
    assert box.get_attribute("value") == "1234"
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys("777", Keys.ENTER)
    panel.wait(lambda: module.state("adc") == "777")


def test_pull_the_plug(panel: Panel, module: Controlled, screenshot: Screenshot) -> None:
    join(panel)
    module.terminal.synchronize()
    panel.find("power").click()
    panel.wait(lambda: panel.text("mode") == "no power")
    assert panel.leds() == ("LED1 off", "LED2 off")
    assert not panel.find("function").is_enabled()
    assert panel.find("power").text == "Power on"
    panel.type_line("AT")
    panel.wait(lambda: panel.text("problem") == "the module has no power")
    screenshot("panel-no-power")
    panel.find("clear").click()
    panel.find("power").click()
    panel.wait(lambda: "WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)" in panel.lines("to-host"))
    module.terminal.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    panel.wait(lambda: panel.text("mode") == "command mode")


def test_boot_held_at_power_on(panel: Panel, screenshot: Screenshot) -> None:
    panel.find("power").click()
    panel.wait(lambda: panel.text("mode") == "no power")
    panel.find("hold-boot").click()
    panel.find("power").click()
    panel.wait(lambda: panel.text("mode") == "boot loader")
    panel.wait(lambda: "WizFi Bootloader     " in panel.lines("to-host"))
    screenshot("panel-boot-loader")


def start_fault(panel: Panel, kind: str, **fields: str) -> None:
    panel.find("tab-faults").click()
    panel.wait(lambda: panel.find("fault-kind").find_elements(By.TAG_NAME, "option"))
    Select(panel.find("fault-kind")).select_by_value(kind)
    for name, value in fields.items():
        panel.find(f"fault-{name}").clear()
        panel.find(f"fault-{name}").send_keys(value)
    panel.find("fault").find_element(By.CSS_SELECTOR, "button.main").click()


def test_a_fault_is_started_and_ended(panel: Panel, screenshot: Screenshot) -> None:
    join(panel)
    start_fault(panel, "ap-off", access_point="WizFiDemoAP")
    panel.wait(lambda: panel.text("faults").startswith("ap-off: active"))
    panel.wait(lambda: panel.leds()[0] == "LED1 off")
    panel.wait(lambda: "fault ap-off begins" in panel.lines("fault"))
    screenshot("panel-faults")
    panel.button("End ap-off").click()
    panel.wait(lambda: panel.text("faults") == "")
    panel.wait(lambda: panel.leds()[0] == "LED1 lit")
    panel.wait(lambda: "fault ap-off ends" in panel.lines("fault"))
    assert panel.errors() == []


@pytest.mark.parametrize(
    ("kind", "fields", "wrong", "problem"),
    [
        ("tcp-cut", {}, "after_bytes", "This has to be filled in."),
        ("tcp-cut", {"after_bytes": "-1"}, "after_bytes", "Expected `int` >= 0"),
        ("ap-off", {"access_point": "Nobody"}, "access_point", "the world has no access point 'Nobody'"),
        ("key-changed", {"access_point": "WizFiDemoAP", "key": "1"}, "key", "key: "),
    ],
)
def test_an_error_stands_beside_its_field(
    panel: Panel, kind: str, fields: dict[str, str], wrong: str, problem: str
) -> None:
    start_fault(panel, kind, **fields)
    panel.wait(lambda: panel.text(f"fault-{wrong}-problem").startswith(problem))
    assert panel.find(f"fault-{wrong}").get_attribute("aria-invalid") == "true"
    assert panel.text("faults") == ""
    panel.find(f"fault-{wrong}").send_keys("5")
    assert panel.text(f"fault-{wrong}-problem") == "", "it goes when the field is edited"
    panel.errors()


def test_a_moment_that_is_wrong(panel: Panel) -> None:
    panel.find("tab-faults").click()
    panel.wait(lambda: panel.find("fault-kind").find_elements(By.TAG_NAME, "option"))
    panel.find("fault-common").find_element(By.TAG_NAME, "summary").click()
    start_fault(panel, "tcp-refuse", **{"when.event": "NothingLikeThis"})
    panel.wait(lambda: "expected an event or effect" in panel.text("fault-when.event-problem"))
    panel.errors()


def test_access_points_go_off_and_move(panel: Panel, screenshot: Screenshot) -> None:
    join(panel)
    panel.find("tab-air").click()
    slider = panel.button("Signal of WizFiDemoAP, dBm")
    before = int(slider.get_attribute("value") or 0)
    slider.send_keys(Keys.ARROW_LEFT * 3)
    panel.wait(lambda: f"{before - 3} dBm" in panel.text("access-points"))
    panel.find("tab-link").click()
    panel.wait(lambda: f"{before - 3} dBm" in panel.text("link"))
    panel.find("tab-air").click()
    screenshot("panel-air")
    panel.button("Switch off WizFiDemoAP").click()
    panel.wait(lambda: panel.leds()[0] == "LED1 off")
    panel.button("Switch on WizFiDemoAP").click()
    panel.wait(lambda: panel.leds()[0] == "LED1 lit")
    assert panel.errors() == []


def test_a_recording_by_hand(panel: Panel, module: Controlled) -> None:
    panel.find("tab-record").click()
    assert panel.text("record") == "Record: switch power off and on"
    panel.find("record").click()
    panel.wait(lambda: panel.find("recording-now").is_displayed())
    panel.wait(lambda: panel.lines("power")[-3:] == ["power off", "power on", "the module starts: power"])
    panel.type_line("AT+MINFO")
    panel.wait(lambda: panel.lines("to-host")[-1] == "[OK]")
    panel.wait(lambda: panel.find("fetch-recording").is_displayed())
    panel.find("record").click()
    panel.wait(lambda: panel.text("recording-state").startswith("Nothing is being recorded. The last one has"))
    assert panel.find("fetch-report").is_displayed()
    assert panel.errors() == []


def test_everything_is_above_the_fold(panel: Panel) -> None:
    size = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    panel.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        below = """
            const parts = "header, section, #terminal, #typing, button:not([hidden])";
            const beyond = ({bottom, right}) => bottom > innerHeight || right > innerWidth;
            return [...document.querySelectorAll(parts)]
                .filter(one => one.getClientRects().length && one.closest("[role=tabpanel]") === null)
                .filter(one => beyond(one.getBoundingClientRect()))
                .map(one => one.id || one.textContent);
        """
        assert panel.browser.execute_script(below) == []
        assert panel.browser.execute_script("return document.documentElement.scrollHeight <= innerHeight")
    finally:
        panel.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_lines_have_times_and_starts_have_marks(panel: Panel) -> None:
    panel.find("reset").click()
    panel.wait(lambda: panel.lines("power")[-2:] == ["RESET is pulled", "the module starts: reset"])
    times = [float(one.text) for one in panel.find("terminal").find_elements(By.TAG_NAME, "time")]
    assert times == sorted(times)
    assert times[-1] > 0
    panel.find("times").click()
    assert panel.find("terminal").get_attribute("class") == "timeless"


def test_reset(panel: Panel, module: Controlled) -> None:
    panel.find("clear").click()
    panel.find("reset").click()
    module.terminal.expect(b"WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)\r\n")
    panel.wait(lambda: "WizFi250 Version 1.0.3.6 (WIZnet Co.Ltd)" in panel.lines("to-host"))


def test_where_the_web_server_is(panel: Panel, module: Controlled, host: str) -> None:
    join(panel)
    panel.type_line("AT+FWEBS=1,M")
    panel.wait(lambda: f"{host}:" in panel.text("services"))
    link = panel.find("services").find_element(By.TAG_NAME, "a")
    assert (link.get_attribute("href") or "").rstrip("/") == module.emulator.web_url.rstrip("/")


def test_by_keyboard_alone_on_a_phone(
    browser: webdriver.Chrome, panel: Panel, module: Controlled, screenshot: Screenshot
) -> None:
    browser.set_window_size(*PHONE_SIZE)
    width = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "nothing to scroll sideways"
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    reached = []
    for _ in range(60):
        active = browser.switch_to.active_element
        reached.append(active.get_attribute("id") or active.get_attribute("aria-label") or active.text)
        if reached[-1] == "function" and reached.count("function") == 1:
            active.send_keys(Keys.SPACE)
        ActionChains(browser).send_keys(Keys.TAB).perform()
    for stop in ("function", "reset", "power", "hold-boot", "Drive GPIO1 low", "adc-value", "terminal", "command"):
        assert stop in reached
    panel.wait(lambda: "Set AP Mode & Web Server Launch" in panel.lines("to-host"))
    screenshot("panel-phone")


def test_without_the_token_there_is_no_panel(browser: webdriver.Chrome, module: Controlled) -> None:
    address = module.ctl("list").split()[-1].partition("?")[0]
    browser.get("about:blank")
    browser.get(address)
    browser.execute_script("sessionStorage.clear()")
    browser.get(address)
    problem = browser.find_element(By.ID, "problem")
    WebDriverWait(browser, PATIENCE_S, 0.02).until(lambda _: "the token is missing or wrong" in problem.text)
    assert browser.find_element(By.ID, "device").text == ""
    assert browser.find_element(By.ID, "live").text == "no access to the module"
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # of selenium


def test_the_token_is_in_no_cookie_and_good_for_the_next_visit(panel: Panel) -> None:
    assert panel.browser.get_cookies() == []
    panel.browser.get(panel.url.partition("?")[0])
    panel.wait(lambda: panel.text("live") == "live")


def test_when_the_module_ends_the_panel_says_so(browser: webdriver.Chrome, tmp_path: Path) -> None:
    with controlled(tmp_path, "--control", "127.0.0.1:0") as module:
        panel = Panel(browser, module.ctl("list").split()[-1])
    panel.wait(lambda: panel.text("live") == "no connection to the module")
    assert not panel.find("function").is_enabled()
    assert not panel.find("power").is_enabled()
    browser.get("about:blank")
    panel.errors()


def test_much_traffic_at_once(panel: Panel, module: Controlled, host: str) -> None:
    """The page stays usable, and the module does not wait for it."""
    join(panel)
    with socket.create_server((host, 0)) as server:
        panel.type_line(f"AT+SCON=O,TCN,192.168.12.1,{server.getsockname()[1]},,1")
        peer, _ = server.accept()
    with closing(peer):
        module.terminal.read_until(b"[CONNECT 0]\r\n")
        for _ in range(50):
            block = b"0123456789abcdef\r\n" * 2000
            peer.sendall(block)
            received = b""
            while len(received) < len(block):
                received += module.terminal.read_some(PATIENCE_S)
        peer.sendall(b"the end\r\n")
        panel.wait(lambda: "the end" in panel.lines("to-host"))
        assert len(panel.lines("to-host")) <= 1000
