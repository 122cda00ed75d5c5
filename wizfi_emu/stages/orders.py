"""What stages order that no effect of the machine orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from wizfi_emu.secret import Secret, discreet


@dataclass(frozen=True, slots=True)
class SwitchPower:
    """The supply fails, or is there again."""

    on: bool


@dataclass(frozen=True, slots=True)
class SwitchAccessPoint:
    """Switch the access points of this SSID or BSSID on or off."""

    name: str
    on: bool


@discreet
@dataclass(frozen=True, slots=True)
class ChangeKey:
    """Give the access points of this SSID or BSSID another key, or (None) the one that they had at first."""

    name: str
    key: Annotated[str | None, Secret.TYPED_KEY]


@dataclass(frozen=True, slots=True)
class BreakOff:
    """Reset a host socket's connection; its peer sees that it broke. No event follows."""

    sock: int


@dataclass(frozen=True, slots=True)
class BreakOffMqtt:
    """Reset the connection to the broker. The edge tells the machine."""


WorldOrder = SwitchAccessPoint | ChangeKey | BreakOff | BreakOffMqtt
"""What the world carries out."""

Order = SwitchPower | WorldOrder
