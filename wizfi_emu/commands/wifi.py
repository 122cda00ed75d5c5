"""Wi-Fi commands (guide, WiFi Commands)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizfi_emu.at.parameters import Parameters, parse_address, parse_integer, parse_keyword, parse_mac
from wizfi_emu.at.responses import Response
from wizfi_emu.commands._reading import QUERY, answer, read_choice
from wizfi_emu.commands.countries import ALL_COUNTRIES, COUNTRIES
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.link import LinkState
from wizfi_emu.module.tasks import Steps
from wizfi_emu.profile.fields import AccessPointSetting, LinkCheck, Security, SecuritySetting, StationSetting
from wizfi_emu.profile.printed import print_addresses, print_network, print_security
from wizfi_emu.profile.security import parse_key

if TYPE_CHECKING:
    from wizfi_emu.module.machine import Module

SSID_BYTES = range(1, 33)
CHANNELS = range(1, 15)
DWELL_MS = range(50, 1001)
DEFAULT_DWELL_MS = 70
DEFAULT_AP_CHANNEL = 6
SCAN_ROWS = 50
_SECURITY_NAMES = {"OPEN": "Open", "WEP": "WEP", "WPA": "WPA", "WPA2AES": "WPA2", "WPA2": "WPA2-Mixed"}
_STATUS_HEADER = b"IF/SSID/IP-Addr/Gateway/MAC/TxPower(dBm)/RSSI(-dBm)\r\n"
_AIR_SCAN_HEADER = b"Index/SSID/RSSI(-dBm)/Security/Channel\r\n"


def join(module: Module, _text: bytes) -> Steps[Response]:
    """AT+WJOIN: associate, or start the access point."""
    if module.link.state is LinkState.STATION:
        _print_lines(module, module.firmware.already_associated)
        return Response.OK
    if module.link.state is LinkState.AP:
        _print_lines(module, module.firmware.already_started)
        return Response.OK
    return (yield from module.link.join())


def _print_lines(module: Module, lines: str) -> None:
    module.output.text(lines.replace("\n", "\r\n").encode() + b"\r\n")


def leave(module: Module, _text: bytes) -> Steps[Response]:
    """AT+WLEAVE: end the link, whatever kind it is."""
    yield from module.sequences.leave()
    return Response.OK


def scan(module: Module, text: bytes) -> Steps[Response]:
    """AT+WSCAN[=[ssid][,[bssid][,[channel][,dwell]]]].

    The ``=`` is the first byte of the first parameter, so a quote behind it is a byte of the SSID (firmware 1.0.5.2).
    """
    parameters = Parameters(text)
    first = parameters.next() or b""
    ssid = first[1:]
    if ssid and not first.startswith(b"="):
        return Response.INVALID_INPUT
    if len(ssid) > SSID_BYTES[-1]:
        return Response.INVALID_INPUT
    if ssid.startswith(b"?"):
        ssid = b""
    bssid_text = parameters.next()
    bssid = parse_mac(bssid_text) if bssid_text is not None else ""
    if bssid is None:
        return Response.INVALID_INPUT
    channel_text = parameters.next()
    channel = 0 if channel_text is None else parse_integer(channel_text)
    if channel is None or (channel_text is not None and channel not in CHANNELS):
        return Response.INVALID_INPUT
    dwell_text = parameters.next()
    dwell_ms = DEFAULT_DWELL_MS if dwell_text is None else parse_integer(dwell_text)
    if dwell_ms is None or dwell_ms not in DWELL_MS:
        return Response.INVALID_INPUT
    short = module.output.captured
    module.output.text(_AIR_SCAN_HEADER if short else module.firmware.wscan_header.encode() + b"\r\n")
    indices = iter(range(1, SCAN_ROWS + 1))

    def print_row(network: ev.Network) -> None:
        index = next(indices, None)
        if index is None:
            return
        security = _SECURITY_NAMES.get(network.security, "Unknown")
        head = b"%03d/%s/" % (index, network.ssid)
        if short:
            row = f"{network.rssi_dbm}/{security}/{network.channel}"
        else:
            row = (
                f"{network.bssid}/{network.rssi_dbm}/{network.rate_mbps:.1f}/{network.kind}/{security}/"
                f"{network.band}/{network.channel}"
            )
        module.output.text(head + row.encode() + b"\r\n")

    for network in (
        yield from module.link.scan(print_row, ssid=ssid, bssid=bssid, channel=channel, dwell_us=dwell_ms * 1000)
    ):
        print_row(network)
    return Response.OK


def set_network(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+WSET: in firmware 1.0.5.2 the rest of the line is the SSID when the mode is written as 0."""
    if text.startswith(b"0") and module.firmware.wset_station_raw:
        return _set_network_raw(module, text)
    return set_network_parsed(module, text)


def _set_network_raw(module: Module, text: bytes) -> Response | Steps[Response]:
    parameters = Parameters(text)
    mode = read_choice(parameters, (0, 1))
    ssid = parameters.rest()
    if mode is None or ssid is None or len(ssid) not in SSID_BYTES:
        return Response.INVALID_INPUT
    if mode == 1:
        return _stored(module.storage.store_mode(1))
    return _stored(module.storage.store_station(StationSetting(ssid, "", 0)))


def set_network_parsed(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+WSET2, and AT+WSET in the guide: mode, SSID, BSSID, channel as ordinary parameters."""
    if text == QUERY:
        return answer(module, print_network(module.ram.wifi_mode, module.storage.wifi))
    parameters = Parameters(text)
    mode_text = parameters.next()
    left_out = mode_text is None and not module.firmware.required_parameters_checked
    mode = 0 if left_out else parse_integer(mode_text)
    ssid = parameters.next()
    if mode not in (0, 1) or ssid is None or len(ssid) not in SSID_BYTES:
        return Response.INVALID_INPUT
    bssid_text = parameters.next()
    ignored = mode == 1 and not module.firmware.wset_ap_bssid_checked
    bssid = "" if bssid_text is None or ignored else parse_mac(bssid_text)
    if bssid is None:
        return Response.INVALID_INPUT
    channel_text = parameters.next()
    channel = parse_integer(channel_text)
    if channel_text is not None and channel not in CHANNELS:
        return Response.INVALID_INPUT
    if mode:
        return _stored(module.storage.store_access_point(AccessPointSetting(ssid, channel or DEFAULT_AP_CHANNEL)))
    return _stored(module.storage.store_station(StationSetting(ssid, bssid, channel or 0)))


def _stored(write: Steps[bool]) -> Steps[Response]:
    return Response.OK if (yield from write) else Response.ERROR


def set_security(module: Module, text: bytes) -> Response | Steps[Response]:
    """AT+WSEC=<mode>,[<type>],<key>."""
    if text == QUERY:
        mode = module.ram.wifi_mode
        wifi = module.storage.wifi
        return answer(
            module,
            print_security(
                mode, wifi.ap_security if mode else wifi.station_security, groups=module.firmware.wsec_hex_groups
            ),
        )
    parameters = Parameters(text)
    target = read_choice(parameters, (0, 1))
    type_text = parameters.next()
    word = "" if type_text is None else parse_keyword(type_text, *(security.value for security in Security))
    if target is None or word is None or (word == "" and type_text is not None):
        return Response.INVALID_INPUT
    security = Security(word)
    if security is Security.WEP and target == 1:
        return Response.INVALID_INPUT
    key = parameters.rest() if module.firmware.wsec_key_raw else parameters.next()
    setting = parse_key(security, key or b"")
    if setting is None:
        return Response.INVALID_INPUT
    if security is not Security.WEP and module.firmware.wsec_key_ends_at_zero:
        setting = SecuritySetting(security, setting.key.partition(b"\0")[0])
    return _stored(module.storage.store_security(target, setting))


def set_addresses(module: Module, text: bytes) -> Response:
    """AT+WNET=[<dhcp>][,[<ip>][,[<mask>][,<gw>]]]. Each address is stored as soon as it is read."""
    ram = module.ram
    if text == QUERY:
        return answer(module, print_addresses(ram))
    parameters = Parameters(text)
    dhcp_text = parameters.next()
    dhcp = parse_integer(dhcp_text)
    if dhcp_text is not None and dhcp not in (0, 1):
        return Response.INVALID_INPUT
    for name in ("address", "netmask", "gateway"):
        address_text = parameters.next()
        if address_text is None:
            continue
        address = parse_address(address_text)
        if address is None:
            return Response.INVALID_INPUT
        setattr(ram, name, address)
    if dhcp_text is not None:
        ram.dhcp = dhcp == 1
    return Response.OK


def show_status(module: Module, _text: bytes) -> Steps[Response]:
    """AT+WSTAT, also as AT+WSTATUS: one row."""
    link = module.link
    rssi = yield from link.read_rssi()
    tail = f"/{link.mac}/{link.tx_power_dbm}/{rssi}\r\n".encode()
    if module.ram.custom_code != "URIEL":
        module.output.text(_STATUS_HEADER)
    if link.is_up:
        kind = b"STA" if link.is_station else b"AP"
        row = b"%s/%s/%s/%s" % (kind, link.ssid, link.address.encode(), link.gateway.encode())
    else:
        row = b"Down///"
    module.output.text(row + tail)
    return Response.OK


def run_wps(module: Module, text: bytes) -> Steps[Response]:
    """AT+WWPS=<mode>[,<pin>]."""
    if module.link.is_up:
        return Response.ERROR
    parameters = Parameters(text)
    mode = read_choice(parameters, (0, 1))
    pin = parameters.next() if mode == 1 else None
    if mode is None or (mode == 1 and (pin is None or len(pin) > module.firmware.wps_pin_limit)):
        return Response.INVALID_INPUT
    ended = yield from module.kernel.ask(fx.RunWps, pin)
    setting = parse_key(Security[ended.security], ended.key) if ended.security in Security.__members__ else None
    if not ended.ssid or setting is None:
        module.output.debug("Request WPS Fail, Status : -1")
        return Response.ERROR
    yield from module.storage.store_credentials(StationSetting(ended.ssid, "", 0), setting)
    if module.firmware.wps_joins:
        return (yield from module.link.join())
    return Response.OK


def set_country(module: Module, text: bytes) -> Steps[Response]:
    """AT+WREG=<cc>: OK, save everything, reset at once without closing anything."""
    if text == QUERY:
        return answer(module, module.ram.country.encode())
    code = (Parameters(text).next() or b"").decode("latin-1")
    if code not in (ALL_COUNTRIES if module.firmware.wreg_iso_3166 else COUNTRIES):
        return Response.INVALID_INPUT
    module.ram.country = code
    yield from module.output.respond(Response.OK)
    yield from module.storage.save_profile()
    yield from module.ports.until_read()
    module.restart()
    return Response.NONE


def set_name_servers(module: Module, text: bytes) -> Response:
    """AT+WADNS=[<dns1>][,<dns2>]: the resolver uses them at once."""
    ram = module.ram
    if text == QUERY:
        return answer(module, f"{ram.dns1},{ram.dns2}".encode())
    parameters = Parameters(text)
    for name in ("dns1", "dns2"):
        address_text = parameters.next()
        if address_text is None:
            continue
        address = parse_address(address_text)
        if address is None:
            return Response.INVALID_INPUT
        setattr(ram, name, address)
    module.link.name_servers = tuple(server for server in (ram.dns1, ram.dns2) if server)
    return Response.OK


def set_antenna(module: Module, text: bytes) -> Response:
    """AT+WANT=<0|1|3>."""
    ram, link = module.ram, module.link
    if text == QUERY:
        shown = f"{ram.antenna}({link.chip_antenna})" if module.firmware.want_shows_chip else str(ram.antenna)
        return answer(module, shown.encode())
    antenna = read_choice(Parameters(text), (0, 1, 3))
    if antenna is None:
        return Response.INVALID_INPUT
    ram.antenna = link.chip_antenna = antenna
    return Response.OK


def set_radio_mode(_module: Module, text: bytes) -> Response:
    """AT+WBGN=<0|1|2>: not stored, no query. The chip never refuses here."""
    return Response.INVALID_INPUT if read_choice(Parameters(text), range(3)) is None else Response.OK


def set_interference_mode(module: Module, text: bytes) -> Response:
    """AT+WRFMODE=<0..4>."""
    ram, link = module.ram, module.link
    if text == QUERY:
        return answer(module, f"{ram.rf_mode}({link.chip_rf_mode})".encode())
    mode = read_choice(Parameters(text), range(5))
    if mode is None:
        return Response.INVALID_INPUT
    ram.rf_mode = link.chip_rf_mode = mode
    return Response.OK


def set_link_check(module: Module, text: bytes) -> Response:
    """AT+WCHECK=<time>[,<try>,<err>[,<opt>]]."""
    ram = module.ram
    values = module.firmware.wcheck_values
    if text == QUERY:
        check = ram.link_check
        shown = (check.time_s, check.tries, check.errors, check.option)[:values]
        return answer(module, ",".join(map(str, shown)).encode())
    parameters = Parameters(text)
    time_s = parse_integer(parameters.next())
    if time_s is None:
        return Response.INVALID_INPUT
    if time_s == 0:
        old = ram.link_check
        ram.link_check = LinkCheck(0, old.tries, old.errors, old.option)
    else:
        check_or_none = _read_link_check(parameters, time_s, with_option=values > 3)
        if check_or_none is None:
            return Response.INVALID_INPUT
        ram.link_check = check_or_none
    module.supervision.start_link_check()
    return Response.OK


def _read_link_check(parameters: Parameters, time_s: int, *, with_option: bool) -> LinkCheck | None:
    tries, errors = parse_integer(parameters.next()), parse_integer(parameters.next())
    option_text = parameters.next() if with_option else None
    option = 0 if option_text is None else parse_integer(option_text)
    if tries is None or errors is None or option is None:
        return None
    if not (10 <= time_s <= 86400 and 5 <= tries <= 20 and 1 <= errors <= 20):
        return None
    return LinkCheck(time_s, tries, errors, option)


def start_p2p(module: Module, _text: bytes) -> Response:
    """AT+WP2P_START: needs message level 2 and station mode."""
    if module.ram.message_level != 2 or module.ram.wifi_mode:
        return Response.ERROR
    module.link.start_p2p()
    module.output.text(f"STA MAC: {module.link.mac}\r\n".encode())
    return Response.OK


def stop_p2p(module: Module, _text: bytes) -> Steps[Response]:
    """AT+WP2P_STOP: with the guide it ends the link of a group too."""
    if module.link.in_p2p_group and module.firmware.p2p_stop_ends_link:
        yield from module.sequences.close_and_take_down()
    module.link.stop_p2p()
    return Response.OK


def list_p2p(module: Module, _text: bytes) -> Response:
    """AT+WP2P_PEERLIST."""
    descending = module.firmware.p2p_list_descending
    lead = " " if descending else ""
    rows = [f"{lead}{i}: '{name}' on channel {channel}" for i, (name, channel) in enumerate(module.link.p2p_devices)]
    module.output.text(b"P2P Peers:\r\n")
    for row in reversed(rows) if descending else rows:
        module.output.text(row.encode("latin-1", "replace") + b"\r\n")
    return Response.OK


def invite_p2p(module: Module, text: bytes) -> Response:
    """AT+WP2P_INVITE=<index>; the index is not checked."""
    index = parse_integer(Parameters(text).next())
    if index is None:
        return Response.INVALID_INPUT
    if index < len(module.link.p2p_devices):
        module.kernel.emit(fx.InviteP2p(module.link.p2p_devices[index][0]))
    return Response.OK
