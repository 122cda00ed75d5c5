"""Where the sockets of the module are on the host."""

from __future__ import annotations

import trio

from tests.hostpeers import EventLog
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module.effects import CloseSocket, ConnectTcp, ListenTcp, OpenUdp
from wizfi_emu.module.events import SocketAccepted, SocketOpened
from wizfi_emu.net._context import HostSide, NetContext
from wizfi_emu.net.addresses import AddressMap, Endpoint
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address


async def _no_wait() -> None:
    await trio.lowlevel.checkpoint()


async def test_every_kind_of_socket() -> None:
    host = own_host_address()
    log = EventLog()
    async with trio.open_nursery() as nursery:
        with trio.fail_after(30):
            network = HostNetwork(NetContext(nursery, AddressMap(host), log, _no_wait))
            assert network.host_side(1) == HostSide(None, None)
            network.execute(OpenUdp(1, 5001))
            assert network.host_side(1) == HostSide(Endpoint(host, 5001), None)
            network.execute(ListenTcp(2, 5002))
            assert network.host_side(2) == HostSide(Endpoint(host, 5002), None)
            await log.take(2)
            network.execute(ConnectTcp(3, "10.9.8.7", 5002, 0))
            assert network.host_side(3) == HostSide(None, None), "not connected yet"
            events = await log.take(2)
            assert {type(event) for event in events} == {SocketOpened, SocketAccepted}
            server, client = network.host_side(2), network.host_side(3)
            assert client.remote == server.local == Endpoint(host, 5002)
            assert client.local == server.remote
            assert client.local is not None
            network.execute(CloseSocket(3))
            assert network.host_side(3) == HostSide(None, None)
        nursery.cancel_scope.cancel()


def test_to_locate_leaves_no_trace() -> None:
    rules = (Rule("10.0.0.0/8", "map", host="127.0.0.9", port=99), Rule("11.0.0.1", "refuse"))
    addresses = AddressMap("127.0.0.2", HostMap(rules))
    assert addresses.locate("10.1.2.3", 80) == Endpoint("127.0.0.9", 99)
    assert addresses.virtual_endpoint("127.0.0.9", 99) == Endpoint("127.0.0.9", 99)
    addresses.reach("10.1.2.3", 80)
    assert addresses.virtual_endpoint("127.0.0.9", 99) == Endpoint("10.1.2.3", 80)
    assert addresses.locate("192.168.12.1", 80) == Endpoint("127.0.0.2", 80)
    assert addresses.locate("11.0.0.1", 80) is None
    assert addresses.locate("0.0.0.0", 80) is None
