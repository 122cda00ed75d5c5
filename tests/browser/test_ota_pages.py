"""The guide's chapter on upgrading over the air, in a browser on the running program."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.bootbench import START_OTA, banner
from tests.browser.conftest import PHONE_SIZE, Screenshot
from tests.browser.pages import Pages
from tests.wire.emulator import PATIENCE_S, Emulator, Terminal, running
from wizfi_emu.boot.appimage import make_app_image
from wizfi_emu.testing.running import own_host_address

pytestmark = pytest.mark.slow

SERVER_STARTED = "the module's web pages are at"


class Module:
    """A module, its serial line, and the browser that will see its pages."""

    def __init__(self, emulator: Emulator, terminal: Terminal, pages: Pages, control: str) -> None:
        self.terminal = terminal
        self.pages = pages
        self._emulator = emulator
        self._control = control
        self._servers = 0

    def ask(self, command: bytes) -> bytes:
        """What the module prints for a command before its OK."""
        self.terminal.send(command + b"\r")
        return self.terminal.read_until(b"[OK]\r\n").removeprefix(command + b"\r\n").removesuffix(b"[OK]\r\n")

    def press(self, times: int) -> None:
        """Press FUNCTION."""
        command = (sys.executable, "-m", "wizfi_emu", "ctl", "--control", self._control, "press", str(times))
        subprocess.run(command, check=True)

    def wait_for_server(self) -> None:
        """Wait until the next web server has started, and remember where it is."""
        self._servers += 1
        deadline_s = time.monotonic() + PATIENCE_S
        while self._emulator.log.count(SERVER_STARTED) < self._servers:
            assert time.monotonic() < deadline_s, self._emulator.log
            time.sleep(0.01)  # nothing but the log tells
        self.pages.url = self._emulator.web_url


@pytest.fixture
def module(browser: webdriver.Chrome, tmp_path: Path) -> Iterator[Module]:
    """A module ten times as fast as in life, for the two seconds before it reboots."""
    control = f"unix:{tmp_path}/control.sock"
    options = ("--timing", "fast", "--time-scale", 10, "--host-address", own_host_address(), "--control", control)
    with ExitStack() as stack:
        emulator = stack.enter_context(running(*options))
        terminal = stack.enter_context(closing(Terminal(emulator.device)))
        terminal.synchronize()
        yield Module(emulator, terminal, Pages(browser, ""), control)
        # Whatever is still loading must not find its way into the next test.
        browser.get("about:blank")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "APP.bin"
    path.write_bytes(make_app_image("1.0.5.2", 810_132))
    return path


def by_command(module: Module) -> None:
    """Start OTA mode using AT+FOTA Command."""
    module.terminal.exchange(b"AT+FOTA\r", b"AT+FOTA\r\n[OK]\r\n" + START_OTA)
    module.wait_for_server()


def by_web_server(module: Module) -> None:
    """Start OTA mode using WEB Server: the module's own access point, its page, its button."""
    for command in (
        b"AT+WLEAVE",
        b"AT+FWEBS=1,A",
        b"AT+WSET=1,MyAP",
        b"AT+WSEC=1,WPA2,12345678",
        b"AT+WNET=0,192.168.0.2,255.255.255.0,192.168.0.2",
    ):
        assert module.ask(command) == b""
    assert module.ask(b"AT+WJOIN").endswith(
        b"\r\n[Link-Up Event]\r\n  IP Addr    : 192.168.0.2\r\n  Gateway    : 192.168.0.2\r\n"
    )
    module.wait_for_server()
    module.pages.log_in()
    module.pages.click("Change to OTA Mode")
    module.pages.wait_for("WizFi250 OTA Configuration")
    module.terminal.expect_silence()
    module.pages.click("Change to OTA mode")
    module.pages.wait_for("WizFi250 will be restart. Web Server stopped. Reconnect to WIZFI_OTA_0008DC250001")
    module.terminal.expect(START_OTA)
    module.wait_for_server()


def by_function_pin(module: Module) -> None:
    """Start OTA mode using FUNCTION pin: pressed twice."""
    module.press(2)
    module.terminal.expect(b"Set OTA Mode\r\n" + START_OTA)
    module.wait_for_server()


def enabled(pages: Pages) -> list[bool]:
    """Which of the three steps can be done."""
    file = pages.browser.find_element(By.NAME, "datafile")
    return [pages.button("Delete App").is_enabled(), file.is_enabled(), pages.button("Upgrade").is_enabled()]


@pytest.mark.parametrize("enter", [by_command, by_web_server, by_function_pin])
def test_upgrade(module: Module, app: Path, enter: Callable[[Module], None], screenshot: Screenshot) -> None:
    """Upload newest firmware in OTA mode: from the way in to the banner of the new version."""
    terminal, pages = module.terminal, module.pages
    assert b"1.0.3.6/" in module.ask(b"AT+MINFO")
    enter(module)
    pages.open("/")
    pages.wait_for("Wiznet WizFi250 Web Server : OTA Upgrade", "Step 1 :", "Step 2 :", "Step 3 :")
    assert pages.browser.title == "WizFi250 Web Server"
    assert enabled(pages) == [True, False, False]
    screenshot("ota-1-start")
    pages.click("Delete App")
    pages.wait_for_path("/delete_app.html")
    pages.wait_for("Step 3 :")
    assert enabled(pages) == [False, True, True]
    screenshot("ota-2-deleted")
    pages.browser.find_element(By.NAME, "datafile").send_keys(str(app))
    screenshot("ota-3-chosen")
    terminal.expect_silence()
    pages.click("Upgrade")
    pages.wait_for("OTA Upgrade complete, device rebooting ...")
    screenshot("ota-4-complete")
    terminal.expect(banner("1.0.5.2"))
    assert b"1.0.5.2/" in module.ask(b"AT+MINFO")


def test_refused_files(module: Module, app: Path, tmp_path: Path, screenshot: Screenshot) -> None:
    """The page says why, and the next try is on it."""
    pages = module.pages
    wrong = tmp_path / "holiday.jpg"
    wrong.write_bytes(b"\xff\xd8\xff\xe0" * 1000)
    by_command(module)
    pages.open("/")
    pages.click("Delete App")
    pages.wait_for_path("/delete_app.html")
    pages.wait_for("Step 3 :")
    pages.click("Upgrade")
    pages.wait_for("Nothing was written: no file came with the request.")
    pages.browser.find_element(By.NAME, "datafile").send_keys(str(wrong))
    pages.click("Upgrade")
    pages.wait_for(
        "Nothing was written: the file is no firmware image (word 0 is 0xe0ffd8ff, a firmware image has 0x00000200)."
    )
    screenshot("ota-refused")
    module.terminal.expect_silence()
    pages.browser.find_element(By.NAME, "datafile").send_keys(str(app))
    pages.click("Upgrade")
    pages.wait_for("OTA Upgrade complete")
    module.terminal.expect(banner("1.0.5.2"))


def test_on_a_phone(module: Module, screenshot: Screenshot) -> None:
    pages, browser = module.pages, module.pages.browser
    browser.set_window_size(*PHONE_SIZE)
    by_command(module)
    pages.open("/any/page")
    pages.wait_for_path("/")
    pages.click("Delete App")
    pages.wait_for_path("/delete_app.html")
    pages.wait_for("Step 3 :")
    screenshot("ota-phone")
    assert not browser.execute_script("return document.documentElement.scrollWidth > innerWidth")
    severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]  # of selenium
    assert severe == []
