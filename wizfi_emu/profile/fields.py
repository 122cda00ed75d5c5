"""The profile: every setting that the module keeps, with its factory default (firmware 1.0.5.2).

The bounds are those of what the commands and web pages can store. A flash that holds anything else is damaged.
"""

import copy
from enum import Enum
from typing import Annotated, Self, cast

import msgspec
from msgspec import Meta

from wizfi_emu.bounds import DAY_S, WORD_MAX, Address, AddressOrNone, Bit, Byte, Half, Port, Word, form
from wizfi_emu.secret import Secret, discreet

GPIO_NUMBERS = (1, 5, 6, 7, 8)
CUSTOM_CODES = ("WIZNET", "SHINHEUNG", "URIEL", "POSBANK", "COWAYA", "COWAYB", "ENCORED")
FACTORY_CUSTOM_CODE = "WIZNET    "

SSID_BYTES_MAX = 32
SsidBytes = Annotated[bytes, Meta(max_length=SSID_BYTES_MAX)]
NameBytes = Annotated[bytes, Meta(max_length=20)]
HostNameBytes = Annotated[bytes, Meta(max_length=49)]
StationChannel = Annotated[int, Meta(ge=0, le=14)]
AccessPointChannel = Annotated[int, Meta(ge=1, le=14)]
CAPITAL_MAC = "(?:[0-9A-F]{2}:){5}[0-9A-F]{2}"
CapitalMac = Annotated[str, form(CAPITAL_MAC)]
Country = Annotated[str, form("[0-9A-Z]{2}")]
CustomCode = Annotated[str, form("|".join((*CUSTOM_CODES, FACTORY_CUSTOM_CODE)))]
SocketOptions = tuple[
    Annotated[int, Meta(ge=0, le=20_000)],
    Annotated[int, Meta(ge=0, le=20_000)],
    Word,
    Annotated[int, Meta(ge=10, le=WORD_MAX)],
    Annotated[int, Meta(ge=0, le=3600)],
    Annotated[int, Meta(ge=0, le=1000)],
    Annotated[int, Meta(ge=0, le=1000)],
    Annotated[int, Meta(ge=0, le=1000)],
    Word,
]
"""AT+FSOCK, options 1 to 9, as far as the command can set them."""


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

    baud: Word = 115200
    parity: Annotated[str, form("[NEO]")] = "N"
    data_bits: Annotated[int, Meta(ge=7, le=8)] = 8
    stop_bits: Annotated[str, form(r"0\.5|1|1\.5|2")] = "1"
    flow: Annotated[str, form("N|HW")] = "N"


class StationSetting(msgspec.Struct, frozen=True):
    """AT+WSET=0: the network to join. ``bssid`` is upper case or empty, ``channel`` 0 for any."""

    ssid: SsidBytes = b"WizFiAP"
    bssid: Annotated[str, form(f"(?:{CAPITAL_MAC})?")] = ""
    channel: StationChannel = 6


class AccessPointSetting(msgspec.Struct, frozen=True):
    """AT+WSET=1: the module's own network."""

    ssid: SsidBytes = b"WizFiSoftAP"
    channel: AccessPointChannel = 1


@discreet
class SecuritySetting(msgspec.Struct, frozen=True):
    """AT+WSEC of one mode. The key of WEP and the 64-byte key of WPA are stored as bytes, whatever form they had."""

    type: Security = Security.WPA2
    key: Annotated[bytes, Meta(max_length=64), Secret.KEY] = b"12345678"


class SocketRegistration(msgspec.Struct, frozen=True):
    """The parameters of AT+SCON. ``address`` is empty only in factory state."""

    open_type: Annotated[str, form("O|S|SO")] = "O"
    socket_type: Annotated[str, Meta(min_length=3, max_length=3)] = "TSN"
    address: AddressOrNone = ""
    port: Port = 0
    local_port: Port = 5000
    data_mode: bool = True

    @property
    def is_service(self) -> bool:
        """Whether the socket is opened after every link-up (open types S and SO)."""
        return self.open_type in ("S", "SO")


class ReceiveForm(msgspec.Struct, frozen=True):
    """AT+SFORM: nine flags and five character codes."""

    flags: Annotated[str, form("[01]{9}")] = "111111111"
    start: Byte = 0x7B
    delimiter: Byte = 0x2C
    end: Byte = 0x7D
    close1: Byte = 0x0D
    close2: Byte = 0x0A


class Gpio(msgspec.Struct, frozen=True):
    """One GPIO of AT+FGPIO: mode 0 input or 1 output, configuration 0 to 5, value."""

    mode: Bit = 1
    config: Word = 3
    value: Bit = 0


class AirCommand(msgspec.Struct, frozen=True):
    """AT+MAIRCMD: open type O/S or empty, protocol T/U or empty, port, option."""

    open_type: Annotated[str, form("[OS]?")] = ""
    protocol: Annotated[str, form("[TU]?")] = ""
    port: Port = 0
    option: Word = 0


class LinkCheck(msgspec.Struct, frozen=True):
    """AT+WCHECK: seconds, pings, tolerated timeouts, option."""

    time_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 0
    tries: Annotated[int, Meta(ge=0, le=20)] = 0
    errors: Annotated[int, Meta(ge=0, le=20)] = 0
    option: Word = 0


@discreet
class MqttSetting(msgspec.Struct, frozen=True):
    """AT+MQTTSET."""

    user: Annotated[HostNameBytes, Secret.USER] = b""
    password: Annotated[HostNameBytes, Secret.PASSWORD] = b""
    client_id: HostNameBytes = b""
    keepalive_s: Annotated[int, Meta(ge=0, le=300)] = 0


class Backup(msgspec.Struct, frozen=True):
    """What a single FUNCTION press keeps aside under AT+MEXT1=11 and the AP session puts back."""

    wifi_mode: Bit
    access_point: AccessPointSetting
    ap_security: SecuritySetting
    dhcp: bool
    address: Address
    netmask: Address
    gateway: Address
    registration: SocketRegistration

    @classmethod
    def of(cls, profile: "Profile") -> Self:
        """What is kept aside of this profile."""
        return cls(**{name: getattr(profile, name) for name in cls.__struct_fields__})


@discreet
class Profile(msgspec.Struct):
    """All fields. RAM and flash hold one each; the handlers change the one in RAM."""

    firmware_version: str = ""
    mac: CapitalMac = "00:08:DC:00:00:00"
    uart: UartSetting = UartSetting()
    message_level: Annotated[int, Meta(ge=1, le=3)] = 2
    echo: bool = True
    interface: Annotated[int, Meta(ge=0, le=2)] = 0
    spi_option: Annotated[int, Meta(ge=0, le=11)] = 9
    wifi_mode: Bit = 0
    station: StationSetting = StationSetting()
    station_security: SecuritySetting = SecuritySetting()
    access_point: AccessPointSetting = AccessPointSetting()
    ap_security: SecuritySetting = SecuritySetting()
    dhcp: bool = True
    address: Address = "192.168.12.101"
    netmask: Address = "255.255.255.0"
    gateway: Address = "192.168.12.1"
    dns1: AddressOrNone = ""
    dns2: AddressOrNone = ""
    country: Country = "AU"
    registration: SocketRegistration = SocketRegistration()
    receive_form: ReceiveForm = ReceiveForm()
    escape_time_ms: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    web_type: Annotated[str, form("[AM]")] = "M"
    gpios: Annotated[tuple[Gpio, ...], Meta(min_length=len(GPIO_NUMBERS), max_length=len(GPIO_NUMBERS))] = (Gpio(),) * 5
    web_user: NameBytes = b"admin"
    web_password: Annotated[NameBytes, Secret.PASSWORD] = b"admin"
    auto_ap: bool = False
    extension: tuple[Half, Half] = (0, 0)
    socket_options: SocketOptions = (5000, 5000, 5, 100, 0, 0, 0, 0, 0)
    antenna: Annotated[int, Meta(ge=0, le=3)] = 3
    web_scan_options: tuple[Bit, Bit, Byte] = (1, 0, 0)
    custom_code: CustomCode = FACTORY_CUSTOM_CODE
    custom_gpio: Bit = 0
    air_command: AirCommand = AirCommand()
    link_check: LinkCheck = LinkCheck()
    listen_message: bool = False
    web_menu: Annotated[str, form("[0-9]{7}")] = "1111111"
    rf_mode: Annotated[int, Meta(ge=0, le=4)] = 0
    event_form: Annotated[str, form("[012]{10}")] = "1111111111"
    event_delay_ms: Byte = 0
    cowaya_time_s: Word = 0
    cowaya_text: Annotated[bytes, Meta(max_length=9)] = b""
    socket_host_name: HostNameBytes = b""
    s_mode: Half = 0
    mqtt: MqttSetting = MqttSetting()
    backup: Backup | None = None

    def copied(self) -> Self:
        """An independent copy (every field's value is itself immutable)."""
        return copy.copy(self)

    @property
    def security(self) -> SecuritySetting:
        """Security of the selected Wi-Fi mode."""
        return self.ap_security if self.wifi_mode else self.station_security

    def set_up_for_shinheung(self) -> None:
        """What this customer's firmware sets when it makes its own network, or joins by the web pages."""
        self.message_level = 2
        self.receive_form = ReceiveForm("110001110", 0x7B, 0x3B, 0x7D, 0x00, 0x0A)
        self.uart = UartSetting(baud=460800, flow="HW")

    def socket_option(self, number: int) -> int:
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
IDENTITY_FIELDS = ("mac", "custom_code", "custom_gpio")
"""What a module leaves the factory with, so that it is its default state: its address, and what a customer ordered."""


CUSTOM_DEFAULTS: dict[str, dict[str, object]] = {
    "ENCORED": {"uart": UartSetting(baud=38400), "web_menu": "1000000"},
    "URIEL": {"uart": UartSetting(baud=9600), "antenna": 1},
    "POSBANK": {"uart": UartSetting(baud=1843200, flow="HW")},
    "COWAYA": {
        "socket_options": (5000, 5000, 5, 100, 0, 30, 0, 0, 0),
        "event_delay_ms": 100,
        "cowaya_time_s": 20,
        "cowaya_text": b"A1001",
        "extension": (11, 240),
    },
    "COWAYB": {"socket_options": (5000, 5000, 5, 100, 0, 30, 0, 600, 0), "socket_host_name": b"iocare.coway.co.kr"},
}
"""What a factory reset sets for some customers, by the custom code (firmware 1.0.5.2)."""


def factory_profile(
    version: str, previous: Profile | None = None, survivors: tuple[str, ...] = SURVIVING_FIELDS
) -> Profile:
    """The factory defaults for a firmware version; fields that survive are taken from ``previous``.

    Some custom codes have defaults of their own.
    """
    fresh = Profile(firmware_version=version)
    if previous is not None:
        for name in survivors:
            setattr(fresh, name, getattr(previous, name))
    return msgspec.structs.replace(fresh, **CUSTOM_DEFAULTS.get(fresh.custom_code, {}))


def with_option(options: SocketOptions, number: int, value: int) -> SocketOptions:
    """Socket options with option ``number`` (from 1) replaced."""
    return cast(SocketOptions, (*options[: number - 1], value, *options[number:]))
