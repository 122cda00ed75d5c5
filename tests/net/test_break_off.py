"""Connections that the module's side breaks off, as a fault does: their peers see a reset."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tests.hostpeers import EventLog
from tests.mosquitto import mosquitto
from wizfi_emu.module.effects import CloseSocket, ConnectMqtt, ConnectTcp, OpenUdp, SubscribeMqtt
from wizfi_emu.module.events import MqttEnded, MqttLost, SocketOpened
from wizfi_emu.net._context import NetContext
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.mqtt import MqttEdge
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.worlds.memory.network import MemoryNetwork, PeerError

VIRTUAL = "192.168.12.60"


async def no_wait() -> None:
    """A serial line that always has room."""


@pytest.fixture
def host() -> str:
    return own_host_address()


@pytest.fixture
def log() -> EventLog:
    return EventLog()


@pytest.fixture
def network(host: str, log: EventLog, nursery: trio.Nursery) -> HostNetwork:
    return HostNetwork(NetContext(nursery, AddressMap(host), log, no_wait))


async def test_the_peer_sees_a_reset(host: str, log: EventLog, network: HostNetwork) -> None:
    with socket.create_server((host, 0)) as server:
        network.execute(ConnectTcp(1, VIRTUAL, server.getsockname()[1], 0))
        with trio.fail_after(30):
            [opened] = await log.take()
        assert isinstance(opened, SocketOpened)
        peer, _ = server.accept()
        with peer:
            peer.settimeout(5)
            network.reset_connection(1)
            with pytest.raises(ConnectionResetError):
                await trio.to_thread.run_sync(peer.recv, 1)
    await wait_all_tasks_blocked()
    network.execute(CloseSocket(1))
    assert log.take_all() == [], "no event follows"


async def test_what_has_no_connection(network: HostNetwork, log: EventLog) -> None:
    network.reset_connection(5)
    network.execute(OpenUdp(1, 0))
    await log.take()
    network.reset_connection(1)
    network.execute(OpenUdp(2, 0))
    assert len(await log.take()) == 1


async def test_while_connecting(network: HostNetwork, log: EventLog, host: str) -> None:
    with socket.create_server((host, 0)) as server:
        network.execute(ConnectTcp(1, VIRTUAL, server.getsockname()[1], 0))
        network.reset_connection(1)
        await wait_all_tasks_blocked(0.01)
    assert log.take_all() == []


@pytest.mark.usefixtures("mosquitto_program")
async def test_the_machine_is_told_of_a_broker_that_is_lost(
    host: str, log: EventLog, network: HostNetwork, tmp_path: Path
) -> None:
    with mosquitto(tmp_path, host) as broker:
        mqtt = MqttEdge(network.context)
        mqtt.reset()
        mqtt.execute(ConnectMqtt(1, VIRTUAL, broker.port, b"", b"", b"me", 60))
        with trio.fail_after(30):
            assert await log.take() == [MqttEnded(1, ok=True)]
            mqtt.reset()
            assert await log.take() == [MqttLost()]
            mqtt.execute(SubscribeMqtt(2, b"topic", 0, 1_000_000))
            assert await log.take() == [MqttEnded(2, ok=False)]
        mqtt.reset()
        assert log.take_all() == []


async def test_a_request_that_waits_fails(host: str, log: EventLog, network: HostNetwork) -> None:
    with socket.create_server((host, 0)) as silent:
        mqtt = MqttEdge(network.context)
        mqtt.execute(ConnectMqtt(1, VIRTUAL, silent.getsockname()[1], b"", b"", b"me", 60))
        await wait_all_tasks_blocked(0.01)
        mqtt.reset()
        with trio.fail_after(30):
            assert await log.take() == [MqttEnded(1, ok=False)]


def test_the_network_in_memory() -> None:
    network = MemoryNetwork()
    port = network.tcp_listen("listener")
    network.execute(ConnectTcp(1, VIRTUAL, port, 0))
    network.tcp_accept("peer", "listener")
    with pytest.raises(PeerError):
        network.expect_reset("peer")
    network.reset_connection(1)
    network.expect_reset("peer")
    assert network.send("peer", b"x") == []
    network.reset_connection(2)
