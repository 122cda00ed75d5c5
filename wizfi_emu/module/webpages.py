"""The pages of the web server, put together from their files."""

from collections.abc import Callable

from wizfi_emu.module.board import Board
from wizfi_emu.profile.fields import GPIO_NUMBERS
from wizfi_emu.web import pages
from wizfi_emu.web.answers import REDIRECT, static_head
from wizfi_emu.web.gpio import Pin, setting_table, status_table

WebFiles = Callable[[str], bytes]
"""Gives a packaged file of the pages by its name. They are constants of the program, so the machine stays pure."""


def no_web_files(_name: str) -> bytes:
    """For a machine without the packaged pages: all are empty."""
    return b""


def static_answer(files: WebFiles, path: bytes) -> bytes:
    """The whole answer for a path that is no action: a page, a file, or the way to the login page."""
    file = pages.FILES.get(path)
    if file is not None:
        return static_head(file.content_type) + files(file.file)
    page = pages.PAGES.get(path)
    if page is not None:
        return static_head("text/html") + _render(files, page)
    return REDIRECT


def gpio_page(files: WebFiles, board: Board, *, for_setting: bool) -> bytes:
    """The page with the state of the GPIOs now."""
    shown = zip(GPIO_NUMBERS, board.refreshed_gpios(), strict=True)
    pins = [Pin(number, bool(gpio.mode), bool(gpio.value)) for number, gpio in shown]
    if for_setting:
        return _render(files, pages.GPIO_SET_PAGE, setting_table(pins))
    return _render(files, pages.GPIO_GET_PAGE, status_table(pins))


def _render(files: WebFiles, page: pages.Page, table: str = "") -> bytes:
    content = files(f"pages/{page.file}").decode()
    return pages.render(page, files(pages.LAYOUT).decode(), content.replace("%TABLE%", table))
