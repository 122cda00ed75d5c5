"""The network of the user, which a module joins for the probes that need one."""

from collections.abc import Iterator
from typing import NamedTuple

from wizfi_emu.air.values import SecurityWord
from wizfi_emu.air.world import AccessPoint, World
from wizfi_emu.calibrate.plan import Link, Plan


class Network(NamedTuple):
    """The network of the user that a module joins."""

    ssid: str = "WizFiDemoAP"
    security: SecurityWord = "WPA2"
    key: str = "12345678"

    @property
    def world(self) -> World:
        """A world with this network."""
        point = AccessPoint("00:08:DC:AA:BB:01", self.ssid, channel=6, security=self.security, key=self.key)
        return World(access_points=(point,))

    def fill(self, line: str) -> str:
        """A line of a plan with this network in it."""
        return line.format(ssid=self.ssid, security=self.security, key=self.key)


NO_NETWORK = Network()
"""What the model joins where no probe asks for a network."""


def link_lines(plan: Plan, link: Link, network: Network) -> Iterator[str]:
    """What links a module for a probe."""
    return (network.fill(line) for line in plan.links.get(link, ()))
