"""The one table of commands: word, since when, handler, source, status.

The order is the order of recognition: the rest of a line is compared with each word, ignoring case, and the first word
that is a prefix wins (firmware 1.0.5.2). Words with ``=`` include the equals sign; words without it match every
continuation, so ``AT+WSTATUS`` works and ``AT+MRESET=?`` resets.
"""

from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from wizfi_emu.commands import functions, help, management, network, vendor, wifi
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.model import parse_version
from wizfi_emu.module.machine import CommandWords, Handler


class Status(Enum):
    """How much of a command works."""

    IMPLEMENTED = "implemented"
    PARTIAL = "partial"
    REFUSED = "refused"


class Row(NamedTuple):
    """One command."""

    word: str
    handler: Handler
    meaning: str
    source: str
    """Where the behaviour is known from."""
    since: str = "0.9.2.0"
    status: Status = Status.IMPLEMENTED
    note: str = ""
    """What is missing when the status is not ``implemented``."""


_GUIDE = "guide and firmware 1.0.5.2"
_FIRMWARE = "firmware 1.0.5.2"

TABLE = (
    Row("+WJOIN", wifi.join, "join the network, or start the access point", _GUIDE),
    Row("+WLEAVE", wifi.leave, "end the link", _GUIDE),
    Row("+WSCAN", wifi.scan, "look for networks", _GUIDE),
    Row("+WSET2=", wifi.set_network_parsed, "network to join or to run, parsed form", _FIRMWARE, "1.0.4.8"),
    Row("+WSET=", wifi.set_network, "network to join or to run", _GUIDE),
    Row("+WSEC=", wifi.set_security, "security type and key", _GUIDE),
    Row("+WNET=", wifi.set_addresses, "DHCP or static addresses", _GUIDE),
    Row("+WSTAT", wifi.show_status, "state of the link", _GUIDE),
    Row("+WWPS=", wifi.run_wps, "network and key by WPS", _GUIDE),
    Row("+WREG=", wifi.set_country, "country", _GUIDE),
    Row("+WADNS=", wifi.set_name_servers, "name servers", _GUIDE),
    Row("+WANT=", wifi.set_antenna, "antenna", _GUIDE, "1.0.0.3"),
    Row("+WBGN=", wifi.set_radio_mode, "802.11 mode", _FIRMWARE, "1.0.0.3"),
    Row("+WCHECK=", wifi.set_link_check, "supervise the link by pings", _GUIDE, "1.0.1.5"),
    Row("+SCON=", network.connect, "open or register a socket", _GUIDE),
    Row("+SMGMT=", network.manage, "list or close sockets", _GUIDE),
    Row("+SSEND=", network.send, "send data in command mode", _GUIDE),
    Row("+SDATA", network.return_to_data_mode, "back to data mode", _GUIDE),
    Row("+SFORM=", network.set_receive_form, "header of received data", _GUIDE),
    Row("+SOPT1=", network.set_option_1, "escape time", _GUIDE),
    Row("+SOPT2=", network.set_option_2, "accepted, no effect", _FIRMWARE),
    Row("+SDNAME=", network.set_host_name, "peer by name", _FIRMWARE, "1.0.4.2"),
    Row("+MPROF=", management.manage_profile, "show, load, save the profile", _GUIDE),
    Row("+MFDEF=", management.restore_defaults, "factory defaults", _GUIDE),
    Row("+MRESET", management.reset, "reset", _GUIDE),
    Row("+MMSG=", management.set_message_level, "message level", _GUIDE),
    Row("+MMAC=", management.set_mac, "MAC address", _GUIDE),
    Row("+MINFO", management.show_versions, "versions", _GUIDE),
    Row("+MECHO=", management.set_echo, "echo", _GUIDE),
    Row("+MHELP", help.show_help, "list of commands", _FIRMWARE),
    Row("+MMCUPS=", management.sleep, "sleep", _GUIDE),
    Row("+MWIFIPS=", management.set_power_save, "Wi-Fi power save", _GUIDE),
    Row("+MTXP=", management.set_tx_power, "transmit power", _FIRMWARE),
    Row("+MCERT=", management.manage_certificates, "certificate, private key, root CA", _FIRMWARE),
    Row("+MEXT1=", management.set_extension, "extension values", _FIRMWARE),
    Row("+MCWUI=", management.set_web_user, "web user and password", _GUIDE),
    Row("+USET=", management.set_uart, "serial line", _GUIDE),
    Row("+MSPI=", management.set_interface, "UART or SPI", _GUIDE),
    Row("+FPING=", functions.ping, "ping", _GUIDE),
    Row("+FDNS=", functions.resolve, "look a name up", _GUIDE),
    Row("+FWEBS=", functions.control_web_server, "web configuration server", _GUIDE),
    Row("+FWEBM=", functions.set_web_menu, "icons of the web menu", _FIRMWARE, "1.0.1.7"),
    Row("+FOTA", functions.enter_ota, "over-the-air update mode", _GUIDE),
    Row("+FGPIO=", functions.control_gpio, "GPIOs", _GUIDE),
    Row("+FGETADC", functions.read_adc, "analogue input", _FIRMWARE, "1.0.2.5"),
    Row("+FSOCK=", functions.set_socket_option, "extended socket options", _GUIDE, "0.9.2.3"),
    Row("+FS2WEB=", functions.set_web_text, "text for a customer's web page", _FIRMWARE),
    Row("+SMODE=", functions.set_s_mode, "stored, no visible effect", _FIRMWARE),
    Row("+FWEBSOPT=", functions.set_web_option, "options of the web scan", _FIRMWARE, "1.0.0.4"),
    Row("+WP2P_START", wifi.start_p2p, "start Wi-Fi Direct", _GUIDE, "1.0.1.0"),
    Row("+WP2P_STOP", wifi.stop_p2p, "stop Wi-Fi Direct", _GUIDE, "1.0.1.0"),
    Row("+WP2P_PEERLIST", wifi.list_p2p, "Wi-Fi Direct devices", _GUIDE, "1.0.1.0"),
    Row("+WP2P_INVITE=", wifi.invite_p2p, "invite a Wi-Fi Direct device", _GUIDE, "1.0.1.0"),
    Row("+MCUSTOM=", management.set_custom_code, "customer code", _GUIDE),
    Row("+MCSTGPIO=", management.set_custom_gpio, "custom GPIO type", _FIRMWARE, "1.0.0.6"),
    Row("+MAIRCMD=", management.set_air_command, "air commands", _GUIDE, "1.0.1.5"),
    Row("+WRFMODE=", wifi.set_interference_mode, "interference mode", _FIRMWARE, "1.0.3.0"),
    Row("+MEVTMSG=", management.set_listen_message, "LISTEN events", _GUIDE, "1.0.4.0"),
    Row("+MEVTFORM=", management.set_event_form, "form of events", _GUIDE, "1.0.3.6"),
    Row("+MEVTDELAY=", management.set_event_delay, "delay around events", _FIRMWARE, "1.0.3.6"),
    Row("+COWAYA=", vendor.set_cowaya, "repeat CONNECT until the host answers", _FIRMWARE, "1.0.3.7"),
    Row(
        "+GMMPSET=",
        vendor.set_gmmp,
        "GMMP connection",
        _FIRMWARE,
        "1.0.5.0",
        Status.PARTIAL,
        "commands answer, nothing connects: a start fails",
    ),
    Row("+GMMPDATA=", vendor.set_gmmp_data, "GMMP data", _FIRMWARE, "1.0.5.0"),
    Row("+GMMPOPT=", vendor.set_gmmp_option, "GMMP options", _FIRMWARE, "1.0.5.0"),
    Row("+MQTTSET=", vendor.set_mqtt, "MQTT settings", _FIRMWARE, "1.0.5.2"),
    Row("+MQTTCON=", vendor.connect_mqtt, "connect to a broker", _FIRMWARE, "1.0.5.2"),
    Row("+MQTTSUB=", vendor.subscribe_mqtt, "subscribe", _FIRMWARE, "1.0.5.2"),
    Row("+MQTTPUB=", vendor.publish_mqtt, "publish", _FIRMWARE, "1.0.5.2"),
)

BARE_TABLE = (
    Row("+MCSTGPIO", functions.accept_bare, "without parameters, as the guide has it", "guide", "1.0.0.6"),
    Row("+FWEBSOPT", functions.accept_bare, "without parameters, as the guide has it", "guide", "1.0.0.4"),
)
"""Words that only personalities with ``bare_tbd_commands`` know, behind all others."""


@lru_cache(maxsize=32)
def command_words(firmware: Firmware) -> CommandWords:
    """The words that a firmware knows, in the order of recognition. Modules of the same firmware share them."""
    level = parse_version(firmware.command_level)
    rows = TABLE + BARE_TABLE if firmware.bare_tbd_commands else TABLE
    return tuple((row.word.encode(), row.handler) for row in rows if parse_version(row.since) <= level)
