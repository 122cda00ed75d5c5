"""The pages and files that do not change."""

from __future__ import annotations

import re
import struct

import pytest

from wizfi_emu.factory import read_web_file
from wizfi_emu.web import pages

TEXTS = {
    b"/": ("<title>Index</title>", "This is Login Page.", "UserName:", "Password:", ">login<", ">cancel<"),
    b"/s2web/s2w_main.html": ("WizFi250 Configuration", "Select a configuration method ...", "Loading Menu....."),
    b"/s2web/conn_setting.html": (
        "WizFi250 Serial to Wi-Fi Setting",
        "Step 1 : Select Serial to Wi-Fi Configuration Value",
        "Mode(AP/Station)",
        ">Mode<",
        ">AP Mode<",
        ">Station Mode<",
        "Protocol(TCP/UDP)",
        ">TCP Server<",
        ">TCP Client<",
        ">UDP Server<",
        ">UDP Client<",
        "192.168.12.101",
        'value="5000"',
        "&lt; Main Page",
    ),
    b"/s2web/conn_setting_wps.html": ("Protocol(TCP/UDP)", "Remote IP", "Remote Port", "Local Port", ">Setting<"),
    b"/s2web/conn_setting_apmode.html": (
        "Step 2 : Set AP Mode",
        "AP Setting",
        "WizFi250_AP",
        '"WPA">WPA1/TKIP',
        '"WPAAES">WPA1/AES',
        '"WPA2AES">WPA2/AES',
        '"WPA2TKIP">WPA2/TKIP',
        '"WPA2">WPA2/Mixed',
        "Pre-Shared Key",
        "AP Network Setting",
        "Wi-Fi IP Address",
        "Gateway IP Address",
        "Subnet Mask",
        'value="192.168.12.1"',
        'value="255.255.255.0"',
        ">Set AP<",
        "&lt; Return to Step1",
    ),
    b"/s2web/conn_setting_station.html": (
        "Step 2 : Set Station Mode",
        "Station Network Setting",
        "Choose mode",
        ">DHCP Mode<",
        ">DHCP<",
        ">STATIC<",
    ),
    b"/config/scan_page_outer.html": (
        "Step 3 : Scan Configuration",
        "Starting Scan...",
        "Scanning...",
        "Error occurred while scanning!",
        "&lt; Return to Step2",
    ),
    b"/s2web/set_wifi_key.html": ("WizFi250 Security Setting", "Security Key :", ">Confirm<", ">Cancel<"),
    b"/s2web/wps_pbc.html": (
        "WizFi250 WPS-PBC Configuration",
        "WPS Push Button",
        "Press the WPS button on your Wi-Fi Access Point.",
        "[Go!]",
    ),
    b"/s2web/wps_pin.html": (
        "WizFi250 WPS-PIN Configuration",
        "WPS PIN",
        "Enter the following WPS Enrollee PIN in your Wi-Fi Access Point.",
        "(the PIN includes a CRC, a random PIN may fail the CRC check)",
        "76543210",
    ),
    b"/s2web/wizfi_ota.html": ("WizFi250 OTA Configuration", "Change to OTA mode", "over_the_air_logo.png"),
    b"/s2web/gpio_control_main.html": (
        "WizFi250 GPIO Control Step 1",
        "Step 1 : Select GPIO Control Menu",
        "Get GPIO Status",
        "Set GPIO Status",
        ">Next<",
    ),
    b"/s2web/serial_info_setting.html": (
        "WizFi250 Serial Configuration",
        "Baudrate",
        "<option selected>115200</option>",
        "<option>1843200</option>",
        "Parity",
        "Word Length",
        "Stop Bit",
        "Flow Control",
        ">Set Serial Config<",
    ),
    b"/s2web/change_user_info.html": (
        "WizFi250 User Information Setting",
        "Current ID",
        "Current Password",
        "New ID",
        "New Password",
    ),
    b"/s2web/demo.html": ("<title>WizFi250 Web Server Demonstration</title>", "/content.html"),
}


def rendered(page: pages.Page) -> str:
    content = read_web_file(f"pages/{page.file}").decode()
    return pages.render(page, read_web_file(pages.LAYOUT).decode(), content).decode()


def test_every_page_is_checked() -> None:
    assert set(TEXTS) == set(pages.PAGES)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.decode()) for path in TEXTS])
def test_what_a_page_shows(path: bytes) -> None:
    text = rendered(pages.PAGES[path])
    assert [part for part in TEXTS[path] if part not in text] == []
    assert "Javascript is required for this page to work correctly." in text
    assert "%" not in re.sub(r"%[\"+]|%00|100%|30%", "", text), "a placeholder was left"


@pytest.mark.parametrize(
    "page", [*pages.PAGES.values(), pages.GPIO_GET_PAGE, pages.GPIO_SET_PAGE], ids=lambda p: p.file
)
def test_what_a_page_loads_is_there_and_nothing_comes_from_elsewhere(page: pages.Page) -> None:
    text = rendered(page)
    loaded = set(re.findall(r'(?:src|href)="([^"#?]+)', text))
    generated = {"/s2web/gpio_control_get.html", "/s2web/gpio_control_set.html"}
    assert {path for path in loaded if path.encode() not in {*pages.PAGES, *pages.FILES}} <= generated
    assert "//" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE), "something is loaded from another host"


def test_every_page_but_the_first_asks_for_the_login() -> None:
    for path, page in pages.PAGES.items():
        assert ("require_login();" in rendered(page)) == (path != b"/"), path


def test_only_the_gpio_status_loads_itself_again() -> None:
    assert '<meta http-equiv="refresh" content="1">' in rendered(pages.GPIO_GET_PAGE)
    assert not any("http-equiv" in rendered(page) for page in (*pages.PAGES.values(), pages.GPIO_SET_PAGE))


@pytest.mark.parametrize("mask", ["1111111", "0000000", "1000000", "0101019"])
def test_menu(mask: str) -> None:
    text = pages.menu(mask).decode()
    shown = [item.text.replace("&", "&amp;") for item, digit in zip(pages.MENU, mask, strict=True) if digit != "0"]
    assert re.findall("<span>(.*)</span>", text) == shown
    assert text.count("<img ") == len(shown)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.decode()) for path in pages.FILES])
def test_files(path: bytes) -> None:
    file = pages.FILES[path]
    content = read_web_file(file.file)
    assert 0 < len(content) < 16_000
    if path.endswith(b".png"):
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert file.content_type == "image/png"
    if path.endswith(b".ico"):
        kind, count, width, height = struct.unpack("<2xHHBB", content[:8])
        assert (kind, count, width, height) == (1, 1, 32, 32)


def test_the_proxy_file_always_answers_direct() -> None:
    assert pages.FILES[b"/scripts/wpad.dat"].content_type == "application/x-ns-proxy-autoconfig"
    assert b'return "DIRECT";' in read_web_file("static/wpad.dat")
