"""What a person does with the module's web pages: reads, fills in, chooses, clicks."""

from __future__ import annotations

from collections.abc import Callable

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE_S = 60


class Pages:
    """The browser on one module's site. Fields are found by their labels, buttons and links by their text."""

    def __init__(self, browser: webdriver.Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    # --- reading ----------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What the page shows."""
        return self.browser.find_element(By.TAG_NAME, "body").text

    @property
    def path(self) -> str:
        """Where the browser is, with the part behind ``#``."""
        return self.browser.current_url.removeprefix(self.url)

    def wait_for(self, *texts: str) -> None:
        """Wait until the page shows all of these. Fails with what it shows instead."""
        self._wait(lambda: all(text in self.text for text in texts), f"{texts}")

    def wait_for_path(self, path: str) -> None:
        """Wait until the browser is there."""
        self._wait(lambda: self.path == path, path)

    def _wait(self, condition: Callable[[], bool], wanted: str) -> None:
        # A look that falls between two pages fails in many ways, and the next one does not.
        wait: WebDriverWait[webdriver.Chrome] = WebDriverWait(self.browser, PATIENCE_S, 0.02, (WebDriverException,))
        try:
            wait.until(lambda _: condition())
        except Exception as error:
            raise AssertionError(f"no {wanted} on {self.path}: {self.text!r}") from error

    # --- doing ------------------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Go to a page by its address."""
        self.browser.get(self.url + path)

    def log_in(self, user: str = "admin", password: str = "admin") -> None:
        """From the address to the menu."""
        self.open("/")
        self.fill("UserName:", user)
        self.fill("Password:", password)
        self.click("login")
        self.wait_for("User Information Setting")

    def field(self, label: str) -> WebElement:
        """The field with this label."""
        found = self.browser.find_element(By.XPATH, f"//label[normalize-space()={label!r}]")
        return self.browser.find_element(By.ID, found.get_attribute("for") or "")

    def fill(self, label: str, text: str) -> None:
        """Type into a field in place of what is there."""
        field = self.field(label)
        field.clear()
        field.send_keys(text)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        Select(self.field(label)).select_by_visible_text(option)

    def button(self, text: str) -> WebElement:
        """The button or link with this text."""
        return self.browser.find_element(By.XPATH, f"//*[self::button or self::a][normalize-space()={text!r}]")

    def click(self, text: str) -> None:
        """Click a button or a link."""
        self.button(text).click()
