"""The values of a world file: addresses, networks, MAC addresses, security words and keys.

``check_*`` raise ValueError with the text ``<key>: <what was expected>``, never with the value of a secret.
"""

from ipaddress import IPv4Address
from typing import Annotated, Final, Literal

from msgspec import Meta

SecurityWord = Literal["OPEN", "WEP", "WPA", "WPAAES", "WPA2AES", "WPA2TKIP", "WPA2"]
"""How a network is secured, in the words of AT+WSEC: WPA is TKIP, WPA2 is mixed."""

Channel = Annotated[int, Meta(ge=1, le=14)]
RSSI_MIN_DBM, RSSI_MAX_DBM = -128, -1
Rssi = Annotated[int, Meta(ge=RSSI_MIN_DBM, le=RSSI_MAX_DBM)]

FULL_MASK: Final = 0xFFFFFFFF
_HEX = frozenset(b"0123456789abcdefABCDEF")


def address_number(text: str) -> int | None:
    """The dotted decimal address as a 32-bit number, None if it is not one."""
    try:
        return int(IPv4Address(text))
    except ValueError:
        return None


def address_text(number: int) -> str:
    """The 32-bit number in dotted decimal."""
    return str(IPv4Address(number))


def network(text: str) -> tuple[int, int] | None:
    """``a.b.c.d`` or ``a.b.c.d/bits`` as (number, mask); None if it is neither or has bits outside of the mask."""
    base, slash, bits = text.partition("/")
    number = address_number(base)
    if slash and not (bits.isascii() and bits.isdigit() and int(bits) <= 32):
        return None
    mask = FULL_MASK << (32 - int(bits)) & FULL_MASK if slash else FULL_MASK
    return None if number is None or number & ~mask else (number, mask)


def is_netmask(number: int) -> bool:
    """Whether the ones of this 32-bit number stand before its zeros."""
    hosts = ~number & FULL_MASK
    return not hosts & (hosts + 1)


def check_network(key: str, text: str) -> tuple[int, int]:
    """The address or network as (number, mask)."""
    found = network(text)
    if found is None:
        raise ValueError(f"{key}: expected an address or a network such as 192.168.12.0/24, got {text!r}")
    return found


def check_key(key: str, security: str, text: str) -> bytes:
    """The key in the form in which stations compare it."""
    data = text.encode()
    match security:
        case "OPEN":
            fits, expected = not data, "no key for an open network"
        case "WEP":
            fits = len(data) in (5, 13) or (len(data) in (10, 26) and _HEX.issuperset(data))
            expected = "5 or 13 characters, or 10 or 26 hex digits"
        case _:
            fits = 8 <= len(data) <= 63 or (len(data) == 128 and _HEX.issuperset(data))
            expected = "8 to 63 characters, or 128 hex digits"
    if not fits:
        raise ValueError(f"{key}: expected {expected}")
    return plain_key(security, data)


def plain_key(security: str, key: bytes) -> bytes:
    """The key without the hex form that it may have been written in, so that equal keys are equal bytes."""
    hex_lengths = {"OPEN": (), "WEP": (10, 26)}.get(security, (128,))
    if security == "OPEN":
        return b""
    return bytes.fromhex(key.decode()) if len(key) in hex_lengths and _HEX.issuperset(key) else key
