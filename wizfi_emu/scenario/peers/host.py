"""The peers that there are on sockets of this machine."""

from collections.abc import Callable

import trio

from wizfi_emu.scenario.model import BasePeer, MqttPeer, ServingPeer
from wizfi_emu.scenario.peers.broker import Broker
from wizfi_emu.scenario.peers.tcp import HostTcpActor
from wizfi_emu.scenario.peers.udp import HostUdpActor

HostActor = HostTcpActor | HostUdpActor | Broker


def host_actor(name: str, peer: BasePeer, nursery: trio.Nursery, tell: Callable[[], None]) -> HostActor:
    """A peer that is to be opened. ``tell`` is called when anything about it has changed."""
    match peer:
        case MqttPeer():
            return Broker(name, peer, nursery, tell)
        case ServingPeer(protocol="udp"):
            return HostUdpActor(name, peer, nursery, tell)
        case _:
            return HostTcpActor(name, peer, nursery, tell)
