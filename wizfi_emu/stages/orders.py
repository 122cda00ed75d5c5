"""What stages order that no effect of the machine orders."""

from typing import Annotated, assert_never

from msgspec import Struct

from wizfi_emu.secret import Secret, discreet


class SwitchPower(Struct, frozen=True):
    """The supply fails, or is there again."""

    on: bool


class SwitchAccessPoint(Struct, frozen=True):
    """Switch the access points of this SSID or BSSID on or off."""

    name: str
    on: bool


class MoveAccessPoint(Struct, frozen=True):
    """Hear the access points of this SSID or BSSID with this strength."""

    name: str
    rssi_dbm: int


@discreet
class ChangeKey(Struct, frozen=True):
    """Give the access points of this SSID or BSSID another key, or (None) the one that they had at first."""

    name: str
    key: Annotated[str | None, Secret.TYPED_KEY]


class ChangeLease(Struct, frozen=True):
    """Give a module that has a lease another address of its network, if one is free."""


class ResetConnection(Struct, frozen=True):
    """Reset a host socket's connection; its peer sees that it broke. No event follows."""

    sock: int


class ResetMqtt(Struct, frozen=True):
    """Reset the connection to the broker. The edge tells the machine."""


WorldOrder = SwitchAccessPoint | MoveAccessPoint | ChangeKey | ChangeLease | ResetConnection | ResetMqtt
"""What the world carries out."""

Order = SwitchPower | WorldOrder


def told(order: WorldOrder) -> str:
    """An order to the world in words, without keys."""
    match order:
        case SwitchAccessPoint(name, on):
            return f"access point {name} {'on' if on else 'off'}"
        case MoveAccessPoint(name, rssi_dbm):
            return f"access point {name} is heard at {rssi_dbm} dBm"
        case ChangeKey(name, key):
            return f"access point {name} has {'its first' if key is None else 'another'} key"
        case ChangeLease():
            return "the lease is of another address"
        case ResetConnection(sock):
            return f"connection of socket {sock} reset at the peer"
        case ResetMqtt():
            return "connection to the broker reset"
        case _:
            assert_never(order)
