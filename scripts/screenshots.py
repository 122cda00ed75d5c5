"""Pictures of the panel and the report: one session, played to a real browser."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

TOP = Path(__file__).resolve().parent.parent
OUTPUT = TOP / "tests" / "output"
IMAGES = TOP / "docs" / "images"
PUBLISHED = ("panel", "panel-dark", "report", "report-dark")
DESK, PHONE = (1280, 800), (390, 844)
PATIENCE_S = 60
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars")


class Browser:
    """A browser with a window of exact size."""

    def __init__(self) -> None:
        options = Options()
        options.binary_location = shutil.which("chromium") or ""
        for argument in ARGUMENTS:
            options.add_argument(argument)
        self.driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))

    def look(self, size: tuple[int, int], *, dark: bool = False) -> None:
        """Have a window of this size, and a scheme of colours."""
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def wait(self, condition: Callable[[], object]) -> None:
        WebDriverWait(self.driver, PATIENCE_S, 0.05).until(lambda _: condition())

    def save(self, name: str) -> None:
        time.sleep(0.4)  # what is drawn with the next frame
        OUTPUT.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(OUTPUT / f"{name}.png"))

    def text(self, name: str) -> str:
        return self.driver.find_element(By.ID, name).text

    def click(self, name: str) -> None:
        self.driver.find_element(By.ID, name).click()

    def type_line(self, text: str, answer: str) -> None:
        """Type a command into the panel and wait for its answer; the last lines of the terminal have to have it."""
        before = self.text("terminal").count(answer)
        self.driver.find_element(By.ID, "command").send_keys(text, Keys.ENTER)
        self.wait(lambda: self.text("terminal").count(answer) > before)
        time.sleep(0.3)


@contextmanager
def echo_server() -> Iterator[int]:
    """A peer that gives back what it gets; yields its port."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                with client:
                    while data := client.recv(1000):
                        client.sendall(data)

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def module(folder: Path) -> Iterator[str]:
    """A running module that records into a folder; yields the panel's address."""
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(folder)}
    program = str(TOP / ".venv" / "bin" / "wizfi-emu")
    options = ("--control", "127.0.0.1:0", "--link", "wizfi", "--flash", ":memory:", "--record", "session.jsonl")
    with subprocess.Popen(
        [program, "run", *options], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            listed = subprocess.run(
                [program, "ctl", "list"], env=environment, capture_output=True, text=True, check=True
            )
            yield listed.stdout.split()[-1]
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_S)
        finally:
            process.kill()


def play(browser: Browser, port: int) -> None:
    """The story: a host joins, talks to a server, and meets a server that refuses."""
    browser.type_line("AT+WSET=0,WizFiDemoAP", "[OK]")
    browser.type_line("AT+WSEC=0,WPA2,12345678", "[OK]")
    browser.type_line("AT+WJOIN", "Gateway")
    connect = f"AT+SCON=O,TCN,192.168.12.1,{port},,0"
    browser.type_line(connect, "[CONNECT 0]")
    browser.type_line("AT+SSEND=0,,,14", "[0,,,14]")
    Select(browser.driver.find_element(By.ID, "ending")).select_by_value("none")
    browser.type_line("temp=21.5 C ok", "}temp=21.5 C ok")
    Select(browser.driver.find_element(By.ID, "ending")).select_by_value("cr")
    browser.type_line("AT+SMGMT=0", "[DISCONNECT 0]")
    browser.click("tab-faults")
    browser.wait(lambda: browser.driver.find_elements(By.CSS_SELECTOR, "#fault-kind option"))
    Select(browser.driver.find_element(By.ID, "fault-kind")).select_by_value("tcp-refuse")
    browser.driver.find_element(By.CSS_SELECTOR, "#fault .main").click()
    browser.wait(lambda: "tcp-refuse: active" in browser.text("faults"))
    browser.type_line(connect, "[DISCONNECT 0]")


def draw_panel(browser: Browser) -> None:
    """The panel, with a fault that has struck."""
    for name, dark in (("panel", False), ("panel-dark", True)):
        browser.look(DESK, dark=dark)
        browser.save(name)
    browser.look(DESK)
    for tab in ("link", "air", "record"):
        browser.click(f"tab-{tab}")
        browser.save(f"panel-{tab}")
    browser.look(PHONE)
    browser.save("panel-phone")
    browser.look(PHONE, dark=True)
    browser.save("panel-phone-dark")
    browser.look(DESK)
    browser.click("tab-faults")
    browser.driver.find_element(By.CSS_SELECTOR, "#faults button").click()
    browser.wait(lambda: "ends" in browser.text("terminal"))


def draw_report(browser: Browser, folder: Path) -> None:
    """The report of the same session: the fault, and how long a command took."""
    program = str(TOP / ".venv" / "bin" / "wizfi-emu")
    subprocess.run([program, "report", "session.jsonl", "-o", "report.html"], cwd=folder, check=True)
    browser.driver.get((folder / "report.html").as_uri())
    browser.wait(lambda: browser.driver.execute_script("return document.documentElement.dataset.readyMs"))
    browser.driver.execute_script("""
        const row = [...times.keys()].find(row => kindOf(row) === "a fault strikes");
        const result = [...results.keys()].find(one => one > row);
        setCursor("a", times[results.get(result).command]);
        setCursor("b", times[result]);
        look(times[row] - 9e6, times[row] + 3e6);
        choose(result);
        scroll.scrollTop += 120;
    """)
    for name, size, dark in (
        ("report", DESK, False),
        ("report-dark", DESK, True),
        ("report-phone", PHONE, False),
        ("report-phone-dark", PHONE, True),
    ):
        browser.look(size, dark=dark)
        browser.save(name)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--publish"]):
        print("usage: scripts/screenshots [--publish]", file=sys.stderr)
        return 2
    browser = Browser()
    try:
        with tempfile.TemporaryDirectory() as name, echo_server() as port:
            with module(Path(name)) as url:
                browser.look(DESK)
                browser.driver.get(url)
                browser.wait(lambda: browser.text("live") == "live")
                play(browser, port)
                draw_panel(browser)
            draw_report(browser, Path(name))
    finally:
        browser.driver.quit()
    if arguments:
        for picture in PUBLISHED:
            shutil.copy(OUTPUT / f"{picture}.png", IMAGES)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
