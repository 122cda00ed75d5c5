"""The pages of the web server, put together from their files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.profile.fields import GPIO_NUMBERS
from wizfi_emu.web import pages
from wizfi_emu.web.answers import REDIRECT, static_head
from wizfi_emu.web.gpio import Pin, setting_table, status_table

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module


def static_answer(module: Module, path: bytes) -> bytes:
    """The whole answer for a path that is no action: a page, a file, or the way to the login page."""
    file = pages.FILES.get(path)
    if file is not None:
        return static_head(file.content_type) + module.web.files(file.file)
    page = pages.PAGES.get(path)
    if page is not None:
        return static_head("text/html") + _render(module, page)
    return REDIRECT


def gpio_page(module: Module, *, for_setting: bool) -> bytes:
    """The page with the state of the GPIOs now."""
    shown = zip(GPIO_NUMBERS, module.board.refreshed_gpios(), strict=True)
    pins = [Pin(number, bool(gpio.mode), bool(gpio.value)) for number, gpio in shown]
    if for_setting:
        return _render(module, pages.GPIO_SET_PAGE, setting_table(pins))
    return _render(module, pages.GPIO_GET_PAGE, status_table(pins))


def _render(module: Module, page: pages.Page, table: str = "") -> bytes:
    files = module.web.files
    content = files(f"pages/{page.file}").decode()
    return pages.render(page, files(pages.LAYOUT).decode(), content.replace("%TABLE%", table))
