"""How settings are printed by queries and by AT+MPROF=VG/VD, without line ends (guide and firmware 1.0.5.2)."""

from wizfi_emu.profile import fields
from wizfi_emu.profile.image import WifiSection

NO_BSSID = b"00:00:00:00:00:00"


def _hex_groups(key: bytes) -> bytes:
    return b"".join(b"%02x " % byte for byte in key)


def print_key(security: fields.SecuritySetting, *, groups: bool) -> bytes:
    """A key as text, or in hex digits where text cannot show it, with ``groups`` as pairs each followed by a blank.

    Nothing for OPEN.
    """
    digits = _hex_groups(security.key) if groups else security.key.hex().encode()
    match security.type:
        case fields.Security.OPEN:
            return b""
        case fields.Security.WEP:
            printable = all(0x20 <= byte < 0x7F for byte in security.key)
            return security.key if printable else digits
        case _:
            return digits if len(security.key) == 64 else security.key


def print_network(mode: int, wifi: WifiSection) -> bytes:
    """AT+WSET=?: SSID and channel of the mode, BSSID always the station's."""
    setting = wifi.access_point if mode else wifi.station
    bssid = wifi.station.bssid.lower().encode() or NO_BSSID
    return b"%d,%s,%s,%d" % (mode, setting.ssid, bssid, setting.channel)


def print_security(mode: int, security: fields.SecuritySetting, *, groups: bool) -> bytes:
    """AT+WSEC=?: with ``groups`` the key of OPEN is shown as 0."""
    key = b"0" if groups and security.type is fields.Security.OPEN else print_key(security, groups=groups)
    return b"%d,%s,%s" % (mode, security.type.value.encode(), key)


def print_addresses(profile: fields.Profile) -> bytes:
    """AT+WNET=?: the stored values, not the leased ones."""
    return f"{int(profile.dhcp)},{profile.address},{profile.netmask},{profile.gateway}".encode()


def print_registration(registration: fields.SocketRegistration) -> bytes:
    """AT+SCON=?."""
    return (
        f"{registration.open_type},{registration.socket_type},{registration.address},{registration.port},"
        f"{registration.local_port},{int(registration.data_mode)}"
    ).encode()


def print_receive_form(form: fields.ReceiveForm, *, upper_case: bool) -> bytes:
    """AT+SFORM=?: codes as two hex digits."""
    codes = bytes((form.start, form.delimiter, form.end, form.close1, form.close2)).hex(",")
    return f"{form.flags},{codes.upper() if upper_case else codes}".encode()


def print_uart(uart: fields.UartSetting) -> bytes:
    """AT+USET=?."""
    return f"{uart.baud},{uart.parity},{uart.data_bits},{uart.stop_bits},{uart.flow}".encode()


def print_gpios(gpios: tuple[fields.Gpio, ...]) -> bytes:
    """AT+FGPIO=?: ``{mode,number,config,value}`` five times."""
    rows = zip(fields.GPIO_NUMBERS, gpios, strict=True)
    return ",".join(f"{{{gpio.mode},{number},{gpio.config},{gpio.value}}}" for number, gpio in rows).encode()


def print_profile(
    profile: fields.Profile,
    *,
    live_mac: str,
    web_running: bool,
    gpios: tuple[fields.Gpio, ...] | None,
    groups: bool,
    upper_case: bool,
) -> list[bytes]:
    """The lines of AT+MPROF=VG and VD.

    MAC, web server state and GPIOs are live values whichever profile is shown; ``gpios`` None leaves their line out.
    ``groups`` as for `print_key`, ``upper_case`` as for `print_receive_form`.
    """
    if profile.wifi_mode:
        network = b"1,%s,,%d" % (profile.access_point.ssid, profile.access_point.channel)
    else:
        station = profile.station
        network = b"0,%s,%s,%d" % (station.ssid, station.bssid.encode(), station.channel)
    security = profile.security
    lines = [
        b"+WSET=" + network,
        b"+WSEC=%d,%s,%s" % (profile.wifi_mode, security.type.value.encode(), print_key(security, groups=groups)),
        b"+WNET=" + print_addresses(profile),
        b"+WREG=" + profile.country.encode(),
        b"+SCON=" + print_registration(profile.registration),
        b"+SFORM=" + print_receive_form(profile.receive_form, upper_case=upper_case),
        b"+MMSG=%d" % profile.message_level,
        b"+MMAC=" + live_mac.encode(),
        b"+USET=" + print_uart(profile.uart),
        b"+MECHO=%d" % profile.echo,
        b"+FWEBS=%d,%s" % (web_running, profile.web_type.encode()),
    ]
    if gpios is not None:
        lines.append(b"+FGPIO=" + print_gpios(gpios))
    return lines
