"""The pages that do not change: which URL shows which file, and the frame around all of them."""

from typing import NamedTuple

LAYOUT = "pages/layout.html"
PRODUCT = "WizFi250"

_MENU = "/s2web/s2w_main.html"


class Link(NamedTuple):
    """A way back, at the foot of a page."""

    text: str
    target: str


class Page(NamedTuple):
    """A page: the file with its middle part, what stands behind the product's name, and the ways back."""

    file: str
    subtitle: str
    back: tuple[Link, ...] = ()
    title: str = ""
    """The browser's title, where it is not the one of the page."""
    refresh: bool = False
    """The page loads itself again every second."""


class File(NamedTuple):
    """A file that is served as it is."""

    file: str
    content_type: str


_TO_MENU = (Link("< Main Page", _MENU),)
_TO_SOCKET = (Link("< Return to Step1", "/s2web/conn_setting.html#conn_setting"), *_TO_MENU)
_TO_STATION = (Link("< Return to Step2", "/s2web/conn_setting_station.html"), *_TO_MENU)
_TO_GPIO = (Link("< Return to Step1", "/s2web/gpio_control_main.html"), *_TO_MENU)
_SOCKET_SUBTITLE = "Serial to Wi-Fi Setting"

PAGES = {
    b"/": Page("login.html", "", title="Index"),
    b"/s2web/s2w_main.html": Page("s2w_main.html", "Configuration"),
    b"/s2web/conn_setting.html": Page("conn_setting.html", _SOCKET_SUBTITLE, _TO_MENU),
    b"/s2web/conn_setting_wps.html": Page("conn_setting_wps.html", _SOCKET_SUBTITLE, _TO_MENU),
    b"/s2web/conn_setting_apmode.html": Page("conn_setting_apmode.html", _SOCKET_SUBTITLE, _TO_SOCKET),
    b"/s2web/conn_setting_station.html": Page("conn_setting_station.html", _SOCKET_SUBTITLE, _TO_SOCKET),
    b"/config/scan_page_outer.html": Page("scan_page_outer.html", _SOCKET_SUBTITLE, _TO_STATION),
    b"/s2web/set_wifi_key.html": Page("set_wifi_key.html", "Security Setting", _TO_MENU),
    b"/s2web/wps_pbc.html": Page("wps_pbc.html", "WPS-PBC Configuration", _TO_MENU),
    b"/s2web/wps_pin.html": Page("wps_pin.html", "WPS-PIN Configuration", _TO_MENU),
    b"/s2web/wizfi_ota.html": Page("wizfi_ota.html", "OTA Configuration", _TO_MENU),
    b"/s2web/gpio_control_main.html": Page("gpio_control_main.html", "GPIO Control Step 1", _TO_MENU),
    b"/s2web/serial_info_setting.html": Page("serial_info_setting.html", "Serial Configuration", _TO_MENU),
    b"/s2web/change_user_info.html": Page("change_user_info.html", "User Information Setting", _TO_MENU),
    b"/s2web/demo.html": Page("demo.html", "Web Server Demonstration", title="WizFi250 Web Server Demonstration"),
}
GPIO_GET_PAGE = Page("gpio_control_get.html", "GPIO Control", _TO_GPIO, refresh=True)
GPIO_SET_PAGE = Page("gpio_control_set.html", "GPIO Control", _TO_GPIO)

_IMAGES = (
    "wiznet_logo",
    "s2web_logo",
    "encored_logo",
    "dummy_logo",
    "scan_icon",
    "wps_icon",
    "over_the_air_logo",
    "gpio_icon",
    "serial_setting_icon",
    "user_information_icon",
)
FILES = {
    b"/scripts/general_ajax_script.js": File("static/general_ajax_script.js", "application/javascript"),
    b"/scripts/wpad.dat": File("static/wpad.dat", "application/x-ns-proxy-autoconfig"),
    b"/styles/buttons.css": File("static/buttons.css", "text/css"),
    b"/images/favicon.ico": File("static/favicon.ico", "image/x-icon"),
    **{f"/images/{name}.png".encode(): File(f"static/{name}.png", "image/png") for name in _IMAGES},
}


class MenuItem(NamedTuple):
    """One way from the menu."""

    text: str
    target: str
    icon: str


MENU = (
    MenuItem("S2W Setting & Scan Network", "/s2web/conn_setting.html#conn_setting", "scan_icon"),
    MenuItem("WPS(Push button)", "/s2web/conn_setting_wps.html#wps_pbc", "wps_icon"),
    MenuItem("WPS(PIN)", "/s2web/conn_setting_wps.html#wps_pin", "wps_icon"),
    MenuItem("Change to OTA Mode", "/s2web/wizfi_ota.html", "over_the_air_logo"),
    MenuItem("GPIO Control", "/s2web/gpio_control_main.html", "gpio_icon"),
    MenuItem("Serial Setting", "/s2web/serial_info_setting.html", "serial_setting_icon"),
    MenuItem("User Information Setting", "/s2web/change_user_info.html", "user_information_icon"),
)


def menu(mask: str) -> bytes:
    """The items that the mask of AT+FWEBM shows: a digit for each, 0 hides it."""
    items = "".join(_menu_item(item) for item, digit in zip(MENU, mask, strict=False) if digit != "0")
    return f'<ul class="menu">\n{items}</ul>\n'.encode()


def _menu_item(item: MenuItem) -> str:
    text = item.text.replace("&", "&amp;")
    return f'<li><a href="{item.target}"><img src="/images/{item.icon}.png" alt=""><span>{text}</span></a></li>\n'


def _back_button(link: Link) -> str:
    return f'<a class="button" href="{link.target}">{link.text.replace("<", "&lt;")}</a>'


def render(page: Page, layout: str, content: str) -> bytes:
    """The whole page, from the files for the frame and for the middle."""
    heading = f"{PRODUCT} {page.subtitle}".rstrip()
    refresh = '<meta http-equiv="refresh" content="1">\n' if page.refresh else ""
    links = "".join(map(_back_button, page.back))
    values = {
        "TITLE": page.title or heading,
        "REFRESH": refresh,
        "SUBTITLE": page.subtitle,
        "HEADING": heading,
        "BACK": f"<nav>{links}</nav>\n" if links else "",
        "CONTENT": content,  # last, so that nothing is looked for in it
    }
    for name, value in values.items():
        layout = layout.replace(f"%{name}%", value)
    return layout.encode()
