"""The report in a real browser: it draws, shows bytes on click, follows the keyboard, and bears 100,000 events."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import DESK_SIZE, PHONE_SIZE, Screenshot
from tests.desk import Desk
from tests.recording.sessions import Tape, record, talk_to_peers, use_data_mode
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Batch, Recording
from wizfi_emu.recording.report.page import make_report

pytestmark = pytest.mark.slow

LIMIT_S = 20
MANY = 100_000
LOAD_LIMIT_MS = 5_000
"""Many times what it takes (below a second), because the machine may be busy with other tests."""
STEP_LIMIT_MS = 2_500


class Page:
    """The report as a person uses it."""

    def __init__(self, browser: webdriver.Chrome, recording: Recording, path: Path) -> None:
        path.write_text(make_report(recording, "session.jsonl"))
        self.browser = browser
        browser.get(path.as_uri())
        WebDriverWait(browser, LIMIT_S).until(lambda _: self.state("readyMs"))

    def state(self, name: str) -> str | None:
        value = self.browser.execute_script(f"return document.documentElement.dataset.{name}")
        return None if value is None else str(value)

    def find(self, name: str) -> WebElement:
        return self.browser.find_element(By.ID, name)

    @property
    def details(self) -> str:
        return self.find("details").text

    def press(self, *keys: str) -> None:
        self.find("scroll").send_keys(*keys)

    def click_row(self, y: int) -> None:
        """Click on the diagram, so far below its head."""
        script = """
            const box = arguments[0].getBoundingClientRect();
            const where = {clientX: box.x + 300, clientY: box.y + headHeight() + arguments[1], bubbles: true};
            arguments[0].dispatchEvent(new MouseEvent("click", where));
        """
        self.browser.execute_script(script, self.find("sequence"), y)

    def filter(self, text: str) -> None:
        self.find("filter").clear()
        self.find("filter").send_keys(text)
        self.browser.execute_script("applyFilter()")  # does not wait for more keys

    @property
    def shown(self) -> int:
        """How many rows there are behind the filter."""
        return int(self.state("shown") or -1)

    @property
    def view_us(self) -> tuple[float, float]:
        """What the time axis shows."""
        self.colours("axis")  # waits for what is drawn
        begin, end = (self.state("view") or "").split()
        return float(begin), float(end)

    def colours(self, name: str) -> int:
        """How many different colours a canvas shows: one if nothing is drawn."""
        script = """
            drawSequence();
            drawAxis();
            const canvas = document.getElementById(arguments[0]);
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(data.buffer)).size;
        """
        return int(self.browser.execute_script(script, name))

    def errors(self) -> list[object]:
        log = self.browser.get_log("browser")  # type: ignore[no-untyped-call]  # of selenium
        return [entry for entry in log if entry["level"] == "SEVERE"]


def both(desk: Desk) -> None:
    """A session with several peers, and one in data mode."""
    talk_to_peers(desk)
    use_data_mode(desk)


@pytest.fixture
def page(browser: webdriver.Chrome, tmp_path: Path) -> Page:
    return Page(browser, record(both), tmp_path / "report.html")


def test_it_draws(page: Page, screenshot: Screenshot) -> None:
    assert page.browser.title == "Session session.jsonl"
    assert page.colours("sequence") > 10
    assert page.colours("axis") > 10
    assert int(page.state("drawn") or 0) > 5
    shown = page.find("meta").text.replace("\n", " ")
    assert "firmware guide (1.0.3.6)" in shown
    assert "all of " in page.find("view").text
    screenshot("report")
    assert page.errors() == []


def test_a_click_shows_the_bytes(page: Page) -> None:
    assert "arrow keys" in page.details
    page.click_row(10)
    assert "the module starts" in page.details
    page.filter("AT+WJOIN")
    page.find("filter").send_keys(Keys.ENTER)
    assert "the host says" in page.details
    assert "host → module" in page.details
    assert "41 54 2b 57 4a 4f 49 4e" in page.details
    assert "AT+WJOIN" in page.details


def test_the_keyboard_works_at_once(page: Page) -> None:
    rows = page.shown
    active = page.browser.switch_to.active_element
    active.send_keys(Keys.HOME)
    first = page.state("chosen")
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    assert int(page.state("chosen") or 0) > int(first or 0)
    page.press(Keys.END)
    last = int(page.state("chosen") or 0)
    assert rows - 5 < last
    page.press(Keys.PAGE_UP)
    assert int(page.state("chosen") or 0) < last - 5
    before = page.state("chosen")
    page.press(Keys.ARROW_LEFT)
    assert int(page.state("chosen") or 0) < int(before or 0)
    page.press("?")
    assert page.find("help").is_displayed()
    page.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not page.find("help").is_displayed()
    page.press("/")
    assert page.browser.switch_to.active_element.get_attribute("id") == "filter"
    assert page.find("scroll").get_attribute("tabindex") == "0"
    assert page.find("details").get_attribute("aria-live") == "polite"
    assert page.errors() == []


def test_keys_work_from_a_button_too(page: Page) -> None:
    page.find("zoom-all").send_keys(Keys.END)
    assert int(page.state("chosen") or 0) > 5


def test_the_axis_zooms_and_measures(page: Page) -> None:
    whole = page.view_us
    assert whole[0] == 0
    page.filter("AT+WJOIN and from:host")
    page.press("n", "a")
    page.filter("[OK]")
    page.press("n", "b")
    measured = page.find("cursors").text
    assert "B − A = 1.00 ms" in measured
    assert "A 0.500000 s" in measured
    page.find("zoom-ab").click()
    begin, end = page.view_us
    assert 1000 <= end - begin < 2000
    assert begin < 500_000 < 501_000 < end
    page.press("-")
    assert page.view_us[1] - page.view_us[0] > 1.9 * (end - begin)
    page.press("+", "+")
    assert page.view_us[1] - page.view_us[0] < end - begin
    page.press("0")
    assert page.view_us == whole
    assert page.errors() == []


def test_mouse_and_wheel_on_the_axis(page: Page) -> None:
    axis = page.find("axis")
    width = axis.size["width"]
    actions = ActionChains(page.browser)
    left = -width // 2
    actions.move_to_element_with_offset(axis, left + 200, -axis.size["height"] // 2 + 8)
    actions.click_and_hold().move_by_offset(300, 0).release().perform()
    assert "B − A = " in page.find("cursors").text
    ActionChains(page.browser).scroll_from_origin(ScrollOrigin.from_element(axis), 0, -600).perform()
    begin, end = page.view_us
    assert end - begin < 5_000_000
    ActionChains(page.browser).move_to_element(axis).click_and_hold().move_by_offset(120, 0).release().perform()
    assert page.view_us[0] < begin
    assert page.errors() == []


def test_groups_can_be_hidden(page: Page) -> None:
    for name in ("serial", "radio", "board"):
        page.find(f"group-{name}").click()
    page.press(Keys.HOME)
    assert "TCP connect" in page.details
    page.find("group-sockets").click()
    assert page.shown == 0
    page.press(Keys.ARROW_DOWN)
    assert page.errors() == []


def test_a_click_on_the_axis_goes_there(page: Page) -> None:
    page.find("axis").click()  # in the middle of what the lanes' names leave
    shown = float(page.details.split("\n")[1].split()[0])
    duration = record(both).batches[-1].time_us / 1e6
    assert abs(shown - duration / 2) < duration / 8


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("AT+WJOIN and from:host", 1),
        ('from:host "AT+WJOIN"', 1),
        ("AT+WJOIN from:module", 1),
        ("group:serial and (at+wjoin or at+wsec) and not from:module", 2),
        ("what:connect or what:listen", 7),
        ("/^AT\\+WSE[CT]/ from:host", 2),
        ("socket:1 size>4000", 1),
        ("answer>=0.2", 1),
        ("time<0.2 lane:host", 1),
        ("nothing-like-this", 0),
    ],
)
def test_filters(page: Page, text: str, rows: int) -> None:
    everything = page.shown
    page.filter(text)
    assert page.find("problem").text == ""
    assert page.shown == rows
    page.find("only").click()
    assert page.shown == everything
    assert page.find("found").text == f"{rows} of {everything} rows"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(a or b", "expected a closing parenthesis"),
        ("a or", "expected a term at the end"),
        ("size>many", 'size: expected a number, got "many"'),
        ("colour:red", '"colour" is no field; expected from, to, lane'),
        ("/(/", "not a regular expression: /(/"),
        ("a )", 'expected nothing behind the end, got ")"'),
    ],
)
def test_wrong_filters_say_why(page: Page, text: str, problem: str) -> None:
    page.filter(text)
    assert page.find("problem").text.startswith(problem)
    assert page.find("filter").get_attribute("aria-invalid") == "true"
    assert page.errors() == []


def test_a_socket_can_be_followed(page: Page) -> None:
    page.filter("TCP connect")
    page.press("n", "f")
    page.filter("")
    assert 3 <= page.shown <= 10
    page.press(Keys.END)
    assert "socket" in page.details
    page.find("unfollow").click()
    assert page.shown > 50
    assert not page.find("unfollow").is_displayed()


def test_commands_and_their_results(page: Page) -> None:
    page.filter("AT+SCON=O,TCN from:host")
    page.press("n")
    assert "[OK] after 100 ms" in page.details
    page.filter("")
    page.press("j")
    assert "AT+SCON=O,TCN,192.168.12.50,40000,,0, after 100 ms" in page.details
    page.press("j")
    assert "the host says" in page.details


def test_on_a_phone(page: Page, screenshot: Screenshot) -> None:
    page.browser.set_window_size(*PHONE_SIZE)
    page.press(Keys.END)
    assert page.colours("sequence") > 5
    too_wide = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not page.browser.execute_script(too_wide)
    assert page.find("scroll").size["height"] > 190
    screenshot("report-phone")
    page.browser.set_window_size(*DESK_SIZE)


def test_an_empty_recording(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = Page(browser, Tape().end(), tmp_path / "report.html")
    page.press(Keys.END)
    page.click_row(10)
    page.press(*"abz+-0fjn")
    assert "arrow keys" in page.details
    assert page.errors() == []


def test_nothing_of_a_recording_runs(browser: webdriver.Chrome, tmp_path: Path) -> None:
    bad = "<img src=x onerror=\"document.title='broken'\"></script><script>document.title='broken'</script>"
    tape = Tape(redacted=False)
    tape.recorder(ev.PoweredOn(b""), 0)
    tape.recorder(fx.Log("info", bad), 0)
    tape.recorder(ev.UartReceived(bad.encode()), 1)
    page = Page(browser, tape.end(), tmp_path / "report.html")
    page.press(Keys.HOME, Keys.ARROW_DOWN)
    assert bad in page.details
    assert browser.title == "Session session.jsonl"
    assert page.errors() == []


def many_events() -> Recording:
    """A long transfer, both ways."""
    start = record(use_data_mode)
    batches = list(start.batches)
    time_us = batches[-1].time_us
    for number in range(MANY // 4):
        line = b"line %06d of a long transfer\r\n" % number
        answer = b"answer %06d\r\n" % number
        batches.append(Batch(time_us + number * 1500, ev.UartReceived(line), (fx.SendData(1, line),)))
        received = ev.SocketReceived(1, answer, "192.168.12.50", 40000)
        batches.append(Batch(time_us + number * 1500 + 700, received, (fx.UartSend(answer),)))
    return Recording(start.header, tuple(batches))


def test_a_hundred_thousand_events(browser: webdriver.Chrome, tmp_path: Path, screenshot: Screenshot) -> None:
    page = Page(browser, many_events(), tmp_path / "report.html")
    assert int(page.state("rows") or 0) >= MANY
    load_ms = float(page.state("readyMs") or LOAD_LIMIT_MS)
    assert int(page.state("drawn") or 0) < 60
    times_ms = {"load": load_ms}
    steps: dict[str, Callable[[], None]] = {
        "end": lambda: page.press(Keys.END),
        "home": lambda: page.press(Keys.HOME),
        "page": lambda: page.press(*[Keys.PAGE_DOWN] * 10),
        "axis": lambda: page.find("axis").click(),
        "zoom": lambda: page.press(*["+"] * 10),
        "all": lambda: page.press("0"),
        "group": lambda: page.find("group-serial").click(),
        "filter": lambda: page.find("filter").send_keys('"answer 024999"', Keys.ENTER),
    }
    for name, step in steps.items():
        started_s = time.monotonic()
        step()
        page.colours("axis")  # waits for what the browser is doing
        times_ms[name] = (time.monotonic() - started_s) * 1000
    print("report with 100,000 events:", {name: f"{value:.0f} ms" for name, value in times_ms.items()})
    assert "24999" in page.details
    screenshot("report-100000")
    assert load_ms < LOAD_LIMIT_MS
    assert max(value for name, value in times_ms.items() if name != "load") < 2 * STEP_LIMIT_MS, times_ms
    assert page.errors() == []
