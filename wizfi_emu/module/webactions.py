"""What the URLs of the web pages do to the site.

The Wi-Fi pages work on the flash profile and leave the one in RAM as it is, until the restart; login, GPIO, menu, scan
filter and serial setting work on RAM. So AT+MPROF=S between a step of the wizard and the restart undoes the wizard, as
on the site.
"""

from collections.abc import Callable, Mapping
from itertools import count
from typing import NamedTuple

from wizfi_emu.at.parameters import parse_address, parse_integer
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.board import Board
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.link import Link
from wizfi_emu.module.output import Output
from wizfi_emu.module.sequences import Sequences
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.tasks import Sleep, Steps
from wizfi_emu.module.uart import parse_uart
from wizfi_emu.module.webpages import WebFiles, gpio_page, static_answer
from wizfi_emu.module.webserver import Exchange
from wizfi_emu.profile import fields
from wizfi_emu.profile.security import parse_key
from wizfi_emu.web import answers, scan
from wizfi_emu.web.gpio import parse_entries
from wizfi_emu.web.pages import menu
from wizfi_emu.web.parameters import PARAMETER_BYTES, read_fields, read_list, read_tags

PORTS = range(1, 65536)
SSID_CHECKED_BYTES, SSID_BYTES = range(1, 34), 32
NAME_CHECKED_BYTES, NAME_BYTES = range(1, 22), 20
KEY_BYTES = 64
SOCKET_TYPE_BYTES = 3
SERIAL_BYTES = 511
SERIAL_TAGS = ("BR", "PR", "WL", "SB", "FC")
USER_BYTES = 255
USER_TAG_ORDER: Mapping[str, tuple[str, ...]] = {"NI": ("CI", "CP"), "NP": ("CI", "CP")}
OTA_TEXT_BYTES = 255
WPS_PIN_BYTES = 8
WPS_LEAVE_PAUSE_US = 500_000
LOGO_EXTENSION = 101  # AT+MEXT1=101: a logo and a name of nobody
DEMO_TEXT = b"Please input serial data. (Ex: AT+FS2WEB=Title,abcdefghijklmn)"

_NEXT_AFTER_SOCKET = {
    b"AP": "/s2web/conn_setting_apmode.html",
    b"STATION": "/s2web/conn_setting_station.html",
    b"wps_pbc": "/s2web/wps_pbc.html",
    b"wps_pin": "/s2web/wps_pin.html",
}


class Site(NamedTuple):
    """What the pages reach of the site."""

    kernel: Kernel
    settings: Settings
    storage: Storage
    output: Output
    board: Board
    link: Link
    sequences: Sequences
    files: WebFiles


def serve(site: Site, exchange: Exchange) -> bytes | Steps[bytes]:
    """Do what a URL says; one that is no action shows a page or a file."""
    path = exchange.request.path
    action = ACTIONS.get(path)
    if action is not None:
        return action(site, exchange)
    exchange.send_whole(static_answer(site.files, path))
    return b""


def log_in(site: Site, exchange: Exchange) -> bytes:
    """/s2wlogin: compared with the RAM profile; the browser remembers it, not the site."""
    ram = site.settings.ram
    tags = read_tags(exchange.request)
    user, password = tags.get("UN"), tags.get("PW")
    right = _is_user(site, ram, user, password) or ram.custom_code == "ENCORED"
    if not right or len(exchange.request.query) > PARAMETER_BYTES:
        return answers.fragment(answers.result("Fail:Login information is wrong"))
    return answers.logged_in(user or b"", password or b"")


def _is_user(site: Site, profile: fields.Profile, user: bytes | None, password: bytes | None) -> bool:
    pairs = ((user, profile.web_user), (password, profile.web_password))
    if site.settings.firmware.web_login_prefix:
        return all(
            given is None or (len(given) in NAME_CHECKED_BYTES and stored.startswith(given)) for given, stored in pairs
        )
    return all(given == stored for given, stored in pairs)


def show_product(site: Site, _exchange: Exchange) -> bytes:
    """/get_custom_info: logo and name of the headers."""
    if site.settings.ram.extension[0] == LOGO_EXTENSION:
        return answers.product("dummy_logo.png", "")
    if site.settings.ram.custom_code == "ENCORED":
        return answers.product("encored_logo.png", "GetIT")
    return answers.product("wiznet_logo.png", "WizFi250")


def set_socket(site: Site, exchange: Exchange) -> bytes | Steps[bytes]:
    """/s2wconfig: step 1, the service socket and the mode."""
    tags = read_tags(exchange.request, after={"MD": ("CM",)})
    socket_type = tags.get("PT", b"")[:SOCKET_TYPE_BYTES].decode("latin-1")
    address, port, local_port = parse_address(tags.get("DI")), _read_port(tags.get("DP")), _read_port(tags.get("SP"))
    flow = tags.get("CM", b"")
    is_wps = flow in (b"wps_pbc", b"wps_pin")
    next_page = _NEXT_AFTER_SOCKET.get(flow if is_wps else tags.get("MD", b""))
    if len(socket_type) < SOCKET_TYPE_BYTES or next_page is None or not (is_wps or flow == b"conn_setting"):
        return answers.setting_failed()
    if address is None or port is None or local_port is None:
        return answers.setting_failed()
    profile = site.storage.profile.copied()
    data_mode = site.settings.ram.custom_code != "SHINHEUNG"
    profile.registration = fields.SocketRegistration("S", socket_type, address, port, local_port, data_mode)
    if is_wps:
        profile.dhcp = True
    else:
        profile.wifi_mode = int(tags["MD"] == b"AP")
    return _store(site, profile, answers.setting_done(next_page), answers.setting_failed())


def _read_port(text: bytes | None) -> int | None:
    port = parse_integer(text)
    return port if port is not None and port in PORTS else None


def set_station(site: Site, exchange: Exchange) -> bytes | Steps[bytes]:
    """/s2wconfig_station: step 2 of a station. The beginning of the word is enough."""
    tags = read_tags(exchange.request)
    word = tags.get("DH", b"")
    profile = site.storage.profile.copied()
    profile.dhcp = b"DHCP".startswith(word)
    known = word and (profile.dhcp or b"STATIC".startswith(word))
    if not known or not (profile.dhcp or _set_addresses(profile, tags)):
        return answers.setting_failed()
    done = answers.setting_done("/config/scan_page_outer.html")
    return _store(site, profile, done, answers.setting_failed())


def _set_addresses(profile: fields.Profile, tags: dict[str, bytes]) -> bool:
    address, gateway, netmask = (parse_address(tags.get(tag)) for tag in ("WI", "GI", "SM"))
    if address is None or gateway is None or netmask is None:
        return False
    profile.address, profile.gateway, profile.netmask = address, gateway, netmask
    return True


def set_access_point(site: Site, exchange: Exchange) -> bytes | Steps[bytes]:
    """/s2wconfig_ap: step 2 of an access point. A key may have any length up to the longest."""
    failed = answers.refused(answers.AP_BUTTON)
    tags = read_tags(exchange.request, after={"PK": ("SS",)})
    ssid, word = tags.get("SD", b""), tags.get("SS", b"").upper().decode("latin-1")
    security = next((one for one in fields.Security if one.value == word and word), None)
    profile = site.storage.profile.copied()
    if security is None or len(ssid) not in SSID_CHECKED_BYTES or not _set_addresses(profile, tags):
        return failed
    key = b"" if security is fields.Security.OPEN else tags.get("PK")
    if key is None or len(key) > KEY_BYTES:
        return failed
    profile.access_point = fields.AccessPointSetting(ssid[:SSID_BYTES], profile.access_point.channel)
    profile.ap_security = fields.SecuritySetting(security, key)
    if site.settings.ram.custom_code == "SHINHEUNG":
        profile.set_up_for_shinheung()
    done = answers.fragment(answers.result("Success:It will be restart"), answers.RESTART)
    return _store(site, profile, done, failed)


def _store(site: Site, profile: fields.Profile, done: bytes, failed: bytes) -> Steps[bytes]:
    return done if (yield from site.storage.store_flash_profile(profile)) else failed


def scan_networks(site: Site, exchange: Exchange) -> Steps[bytes]:
    """/scan_results.html: the head of the table at once, each row when it is there."""
    exchange.send(scan.TABLE_HEAD.encode())
    options = site.settings.ram.web_scan_options
    indices = count()

    def row(one: ev.Network) -> bytes:
        if not scan.is_shown(one.ssid, one.rssi_dbm, options):
            return b""
        return scan.row(next(indices), one.ssid, one.rssi_dbm, one.security, one.channel, one.bssid).encode()

    def send_row(one: ev.Network) -> None:
        if data := row(one):
            exchange.send(data)

    rest = yield from site.link.scan(send_row)
    return b"".join(map(row, rest)) + scan.TABLE_END.encode()


def join_network(site: Site, exchange: Exchange) -> Steps[bytes]:
    """/connect: network and key to flash, then a restart, after which the service registration joins."""
    sent = read_fields(exchange.request)
    ssid, key, code = (sent.get(name, b"") for name in "spt")
    word = scan.security_word(int(code)) if code.isdigit() else None
    if word is None or len(ssid) not in range(1, SSID_BYTES + 1) or len(key) > KEY_BYTES:
        return answers.refused("")
    security = fields.Security(word)
    # Only WEP keys are looked at; those of WPA are stored as they are given.
    checked = security in (fields.Security.WEP, fields.Security.OPEN)
    setting = parse_key(security, key) if checked else fields.SecuritySetting(security, key)
    if setting is None:
        return answers.refused("")
    profile = site.storage.profile.copied()
    profile.station, profile.station_security, profile.wifi_mode = fields.StationSetting(ssid, "", 0), setting, 0
    if site.settings.ram.custom_code == "SHINHEUNG":
        profile.set_up_for_shinheung()
    yield from site.storage.store_flash_profile(profile)
    return (yield from restart(site, exchange))


def run_wps(site: Site, exchange: Exchange) -> Steps[bytes]:
    """/wps_go, /wps_go?pin=<pin>: leave, WPS, and a restart in any case."""
    name, equals, pin = exchange.request.query.partition(b"pin=")
    with_pin = bool(equals) and not name
    if with_pin and len(pin) > WPS_PIN_BYTES:
        return answers.refused("")
    exchange.send(b"", last=True)
    yield from site.sequences.close_and_take_down()
    yield Sleep(WPS_LEAVE_PAUSE_US)
    ended = yield from site.kernel.ask(fx.RunWps, pin if with_pin else None)
    setting = (
        parse_key(fields.Security[ended.security], ended.key) if ended.security in fields.Security.__members__ else None
    )
    if ended.ssid and setting is not None:
        yield from site.storage.store_credentials(fields.StationSetting(ended.ssid, "", 0), setting)
    else:
        site.output.debug("Request WPS Fail, Status : -1")
    return (yield from restart(site, exchange))


def restart(site: Site, exchange: Exchange) -> Steps[bytes]:
    # The header alone: a browser that gets nothing at all asks again.
    exchange.send(b"", last=True)
    yield from site.sequences.reset()
    return b""


def set_serial(site: Site, exchange: Exchange) -> Steps[bytes]:
    """/s2w_serial_setting: success is answered before the values are looked at."""
    if len(exchange.request.query) > SERIAL_BYTES:
        return answers.refused(answers.SERIAL_BUTTON)
    text = "Success:It will be restart. Web Server stopped"
    exchange.send(answers.fragment(answers.result(text), answers.RESTART))
    tags = read_tags(exchange.request)
    uart = parse_uart([tags.get(tag) for tag in SERIAL_TAGS], site.settings.ram.custom_code)
    if uart is not None:
        site.settings.ram.uart = uart
        yield from site.storage.save_profile()
    return b""


def set_user(site: Site, exchange: Exchange) -> bytes | Steps[bytes]:
    """/s2w_user_info_setting: compared with the flash profile and stored there."""
    failed = answers.refused(answers.SETTING_BUTTON, "Fail:User Information is wrong")
    tags = read_tags(exchange.request, after=USER_TAG_ORDER, limit_bytes=USER_BYTES)
    new_user, new_password = tags.get("NI", b""), tags.get("NP", b"")
    profile = site.storage.profile.copied()
    is_user = _is_user(site, profile, tags.get("CI"), tags.get("CP"))
    if not is_user or len(new_user) not in NAME_CHECKED_BYTES or len(new_password) not in NAME_CHECKED_BYTES:
        return failed
    profile.web_user, profile.web_password = new_user[:NAME_BYTES], new_password[:NAME_BYTES]
    text = "Success:User Information is changed. It will be restart. Web Server stopped"
    return _store(site, profile, answers.fragment(answers.result(text), answers.RESTART), failed)


def set_gpios(site: Site, exchange: Exchange) -> bytes:
    """/gpio_config_save: at once and in RAM only. Outputs become push-pull."""
    text = read_list(exchange.request)
    pins = parse_entries(text, fields.GPIO_NUMBERS) if text is not None else None
    if pins is None:
        return answers.refused(answers.GPIO_BUTTON)
    for pin in pins:
        old = site.settings.ram.gpios[fields.GPIO_NUMBERS.index(pin.number)]
        as_input = fields.Gpio(0, site.settings.firmware.web_input_gpio_config, old.value)
        site.board.set_gpio(pin.number, fields.Gpio(1, 3, int(pin.is_high)) if pin.is_output else as_input)
    return answers.fragment(answers.GPIO_BUTTON, answers.result("Success:GPIO Setting is changed"))


def announce_ota(site: Site, _exchange: Exchange) -> bytes:
    """/get_info_ota: the text fills its buffer."""
    mac = site.link.mac.replace(":", "")
    text = f"WizFi250 will be restart. Web Server stopped. Reconnect to WIZFI_OTA_{mac}\r\n"
    padded = text.ljust(OTA_TEXT_BYTES, "\0")
    return answers.fragment(answers.result(padded), '<script>fire("/ota_go?");</script>')


def enter_ota(site: Site, exchange: Exchange) -> Steps[bytes]:
    """/ota_go: at once, without a word on the serial line."""
    exchange.send(b"", last=True)
    yield from site.sequences.enter_ota()
    return b""


def show_web_text(site: Site, _exchange: Exchange) -> bytes:
    """/content.html: what AT+FS2WEB has set."""
    return answers.fragment(answers.html_text(site.settings.volatile.web_text or DEMO_TEXT))


ACTIONS: Mapping[bytes, Callable[[Site, Exchange], bytes | Steps[bytes]]] = {
    b"/s2wlogin": log_in,
    b"/get_custom_info": show_product,
    b"/s2web_main": lambda site, _exchange: menu(site.settings.ram.web_menu),
    b"/s2wconfig": set_socket,
    b"/s2wconfig_station": set_station,
    b"/s2wconfig_ap": set_access_point,
    b"/scan_results.html": scan_networks,
    b"/connect": join_network,
    b"/wps_go": run_wps,
    b"/s2w_reset": restart,
    b"/s2w_serial_setting": set_serial,
    b"/s2w_user_info_setting": set_user,
    b"/s2web/gpio_control_get.html": lambda site, _exchange: gpio_page(site.files, site.board, for_setting=False),
    b"/s2web/gpio_control_set.html": lambda site, _exchange: gpio_page(site.files, site.board, for_setting=True),
    b"/gpio_config_save": set_gpios,
    b"/get_info_ota": announce_ota,
    b"/ota_go": enter_ota,
    b"/content.html": show_web_text,
}
