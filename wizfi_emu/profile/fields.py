"""The profile: every setting that the module keeps, with its factory default (firmware 1.0.5.2)."""

from __future__ import annotations

import copy
from enum import Enum
from typing import Annotated, Self

import msgspec

from wizfi_emu.secret import Secret, discreet

GPIO_NUMBERS = (1, 5, 6, 7, 8)
CUSTOM_CODES = ("WIZNET", "SHINHEUNG", "URIEL", "POSBANK", "COWAYA", "COWAYB", "ENCORED")
FACTORY_CUSTOM_CODE = "WIZNET    "


class Security(Enum):
    """Security types, by the words of AT+WSEC. AUTO is found out by a scan at the first join."""

    AUTO = ""
    OPEN = "OPEN"
    WEP = "WEP"
    WPA = "WPA"
    WPAAES = "WPAAES"
    WPA2AES = "WPA2AES"
    WPA2TKIP = "WPA2TKIP"
    WPA2 = "WPA2"


class UartSetting(msgspec.Struct, frozen=True):
    """AT+USET: bit/s, parity N/E/O, data bits, stop bits as text, flow control N/HW."""

    baud: int = 115200
    parity: str = "N"
    data_bits: int = 8
    stop_bits: str = "1"
    flow: str = "N"


class StationSetting(msgspec.Struct, frozen=True):
    """AT+WSET=0: the network to join. ``bssid`` is upper case or empty, ``channel`` 0 for any."""

    ssid: bytes = b"WizFiAP"
    bssid: str = ""
    channel: int = 6


class AccessPointSetting(msgspec.Struct, frozen=True):
    """AT+WSET=1: the module's own network."""

    ssid: bytes = b"WizFiSoftAP"
    channel: int = 1


@discreet
class SecuritySetting(msgspec.Struct, frozen=True):
    """AT+WSEC of one mode. The key of WEP and the 64-byte key of WPA are stored as bytes, whatever form they had."""

    type: Security = Security.WPA2
    key: Annotated[bytes, Secret.KEY] = b"12345678"


class SocketRegistration(msgspec.Struct, frozen=True):
    """The parameters of AT+SCON. ``address`` is empty only in factory state."""

    open_type: str = "O"
    socket_type: str = "TSN"
    address: str = ""
    port: int = 0
    local_port: int = 5000
    data_mode: bool = True

    @property
    def is_service(self) -> bool:
        """Whether the socket is opened after every link-up (open types S and SO)."""
        return self.open_type in ("S", "SO")


class ReceiveForm(msgspec.Struct, frozen=True):
    """AT+SFORM: nine flags and five character codes."""

    flags: str = "111111111"
    start: int = 0x7B
    delimiter: int = 0x2C
    end: int = 0x7D
    close1: int = 0x0D
    close2: int = 0x0A


class Gpio(msgspec.Struct, frozen=True):
    """One GPIO of AT+FGPIO: mode 0 input or 1 output, configuration 0 to 5, value."""

    mode: int = 1
    config: int = 3
    value: int = 0


class AirCommand(msgspec.Struct, frozen=True):
    """AT+MAIRCMD: open type O/S or empty, protocol T/U or empty, port, option."""

    open_type: str = ""
    protocol: str = ""
    port: int = 0
    option: int = 0


class LinkCheck(msgspec.Struct, frozen=True):
    """AT+WCHECK: seconds, pings, tolerated timeouts, option."""

    time_s: int = 0
    tries: int = 0
    errors: int = 0
    option: int = 0


@discreet
class MqttSetting(msgspec.Struct, frozen=True):
    """AT+MQTTSET."""

    user: Annotated[bytes, Secret.USER] = b""
    password: Annotated[bytes, Secret.PASSWORD] = b""
    client_id: bytes = b""
    keepalive_s: int = 0


class Backup(msgspec.Struct, frozen=True):
    """What a single FUNCTION press keeps aside under AT+MEXT1=11 and the AP session puts back."""

    wifi_mode: int
    access_point: AccessPointSetting
    ap_security: SecuritySetting
    dhcp: bool
    address: str
    netmask: str
    gateway: str
    registration: SocketRegistration


@discreet
class Profile(msgspec.Struct):
    """All fields. RAM and flash hold one each; the handlers change the one in RAM."""

    firmware_version: str = ""
    mac: str = "00:08:DC:00:00:00"
    uart: UartSetting = UartSetting()
    message_level: int = 2
    echo: bool = True
    interface: int = 0
    spi_option: int = 9
    wifi_mode: int = 0
    station: StationSetting = StationSetting()
    station_security: SecuritySetting = SecuritySetting()
    access_point: AccessPointSetting = AccessPointSetting()
    ap_security: SecuritySetting = SecuritySetting()
    dhcp: bool = True
    address: str = "192.168.12.101"
    netmask: str = "255.255.255.0"
    gateway: str = "192.168.12.1"
    dns1: str = ""
    dns2: str = ""
    country: str = "AU"
    registration: SocketRegistration = SocketRegistration()
    receive_form: ReceiveForm = ReceiveForm()
    escape_time_ms: int = 1000
    web_type: str = "M"
    gpios: tuple[Gpio, ...] = (Gpio(),) * 5
    web_user: bytes = b"admin"
    web_password: Annotated[bytes, Secret.PASSWORD] = b"admin"
    auto_ap: bool = False
    extension: tuple[int, int] = (0, 0)
    socket_options: tuple[int, ...] = (5000, 5000, 5, 100, 0, 0, 0, 0, 0)
    antenna: int = 3
    web_scan_options: tuple[int, int, int] = (1, 0, 0)
    custom_code: str = FACTORY_CUSTOM_CODE
    custom_gpio: int = 0
    air_command: AirCommand = AirCommand()
    link_check: LinkCheck = LinkCheck()
    listen_message: bool = False
    web_menu: str = "1111111"
    rf_mode: int = 0
    event_form: str = "1111111111"
    event_delay_ms: int = 0
    cowaya_time_s: int = 0
    cowaya_text: bytes = b""
    socket_host_name: bytes = b""
    s_mode: int = 0
    mqtt: MqttSetting = MqttSetting()
    backup: Backup | None = None

    def copied(self) -> Self:
        """An independent copy (every field's value is itself immutable)."""
        return copy.copy(self)

    @property
    def security(self) -> SecuritySetting:
        """Security of the selected Wi-Fi mode."""
        return self.ap_security if self.wifi_mode else self.station_security

    def socket_option(self, number: int) -> int:
        """Value of AT+FSOCK option 1 to 9."""
        return self.socket_options[number - 1]


SURVIVING_FIELDS = (
    "mac",
    "dns1",
    "dns2",
    "antenna",
    "custom_code",
    "custom_gpio",
    "air_command",
    "listen_message",
    "extension",
    "s_mode",
    "mqtt",
)
"""Fields that a factory reset keeps (firmware 1.0.5.2)."""


def factory_profile(version: str, previous: Profile | None = None) -> Profile:
    """The factory defaults for a firmware version; fields that survive are taken from ``previous``.

    Some custom codes have defaults of their own.
    """
    fresh = Profile(firmware_version=version)
    if previous is not None:
        for name in SURVIVING_FIELDS:
            setattr(fresh, name, getattr(previous, name))
    _apply_custom_code(fresh)
    return fresh


def with_option(options: tuple[int, ...], number: int, value: int) -> tuple[int, ...]:
    """Socket options with option ``number`` (from 1) replaced."""
    return (*options[: number - 1], value, *options[number:])


def _apply_custom_code(profile: Profile) -> None:
    match profile.custom_code:
        case "ENCORED":
            profile.uart = UartSetting(baud=38400)
            profile.web_menu = "1000000"
        case "URIEL":
            profile.uart = UartSetting(baud=9600)
            profile.antenna = 1
        case "POSBANK":
            profile.uart = UartSetting(baud=1843200, flow="HW")
        case "COWAYA":
            profile.socket_options = with_option(profile.socket_options, 6, 30)
            profile.event_delay_ms = 100
            profile.cowaya_time_s = 20
            profile.cowaya_text = b"A1001"
            profile.extension = (11, 240)
        case "COWAYB":
            profile.socket_options = with_option(with_option(profile.socket_options, 6, 30), 8, 600)
            profile.socket_host_name = b"iocare.coway.co.kr"
        case _:
            pass
