"""What a module orders of its radio, with what a test leaves out."""

from wizfi_emu.module.effects import Join, StartAccessPoint


def join(
    ssid: bytes,
    security: str,
    key: bytes = b"",
    bssid: str = "",
    channel: int = 0,
    shared_key: bool = False,
    mac: str = "",
    limit_us: int = 0,
) -> Join:
    return Join(1, ssid, security, key, mac, bssid, channel, shared_key, limit_us)


def soft_ap_start(
    ssid: bytes, security: str, key: bytes, channel: int, mac: str, address: str, netmask: str, first_lease: str = ""
) -> StartAccessPoint:
    return StartAccessPoint(2, ssid, channel, security, key, mac, address, netmask, address, first_lease)
