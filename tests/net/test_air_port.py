"""What only the air-command service on host sockets does. The rest is in test_network_conformance."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from tests.hostpeers import EventLog, HostPeers
from wizfi_emu.module.effects import AnswerAirCommand, CloseAirPort, CloseSocket, ListenTcp, OpenAirPort
from wizfi_emu.module.events import AirCommandReceived, AirPortOpened, Event, SocketOpened
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._host import ACCEPT_PAUSE_S
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.air_port import IDLE_S, REMEMBERED_SENDERS, SEGMENT_BYTES
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address


@dataclass
class Bench:
    network: HostNetwork
    peers: HostPeers
    log: EventLog
    port: int

    async def commands(self, count: int = 1) -> list[AirCommandReceived]:
        with trio.fail_after(30):
            events = await self.log.take(count)
        return [event for event in events if isinstance(event, AirCommandReceived)]


async def never() -> None:
    """A serial line that never has room: air commands do not wait for it."""
    await trio.sleep_forever()


@pytest.fixture
async def bench(nursery: trio.Nursery) -> AsyncIterator[Bench]:
    async with HostPeers(own_host_address()) as peers:
        log = EventLog()
        network = HostNetwork(NetContext(nursery, AddressMap(peers.host), log, never))
        network.execute(ListenTcp(1, 0))
        match log.take_all():
            case [SocketOpened(1, port)]:
                network.execute(CloseSocket(1))
                yield Bench(network, peers, log, port)
            case other:
                pytest.fail(f"{other}")


def opened() -> list[Event]:
    return [AirPortOpened(True)]


async def test_a_long_request_is_taken_in_segments(bench: Bench) -> None:
    bench.network.execute(OpenAirPort("tcp", bench.port))
    assert bench.log.take_all() == opened()
    await bench.peers.tcp_connect("c", bench.port)
    await bench.peers.send("c", b"x" * (SEGMENT_BYTES + 1))
    assert [command.data for command in await bench.commands(2)] == [b"x" * SEGMENT_BYTES, b"x"]


async def test_client_that_does_not_read_is_closed(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.network.execute(OpenAirPort("tcp", bench.port))
    assert bench.log.take_all() == opened()
    await bench.peers.tcp_connect("c", bench.port)
    await bench.peers.send("c", b"command")
    command = (await bench.commands())[0]
    bench.network.execute(AnswerAirCommand(command.client, bytes(32_000_000)))
    assert caplog.messages == ["an air-command client does not read its answers, connection closed"]
    await bench.peers.tcp_connect("d", bench.port)
    await bench.peers.send("d", b"next")
    assert (await bench.commands())[0].data == b"next"


async def test_client_that_breaks_the_connection_makes_room_for_the_next(bench: Bench) -> None:
    bench.network.execute(OpenAirPort("tcp", bench.port))
    assert bench.log.take_all() == opened()
    await bench.peers.tcp_connect("c", bench.port)
    await bench.peers.send("c", b"command")
    first = (await bench.commands())[0]
    bench.peers.break_off("c")
    bench.network.execute(AnswerAirCommand(first.client, b"[OK]\r\n"))
    await bench.peers.tcp_connect("d", bench.port)
    await bench.peers.send("d", b"next")
    assert (await bench.commands())[0].data == b"next"


async def test_a_silent_client_makes_room_when_another_one_waits(
    bench: Bench, autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    bench.network.execute(OpenAirPort("tcp", bench.port))
    assert bench.log.take_all() == opened()
    await bench.peers.tcp_connect("c", bench.port)
    await trio.sleep(10 * IDLE_S)
    await bench.peers.send("c", b"still there")
    await wait_all_tasks_blocked(0.05)
    assert [command.data for command in bench.log.take_all() if isinstance(command, AirCommandReceived)] == [
        b"still there"
    ]
    assert caplog.messages == []
    await bench.peers.tcp_connect("d", bench.port)
    await bench.peers.send("d", b"next")
    await trio.sleep(IDLE_S + 1)
    await wait_all_tasks_blocked(0.05)
    assert [command.data for command in bench.log.take_all() if isinstance(command, AirCommandReceived)] == [b"next"]
    assert caplog.messages == ["an air-command client is silent while another one waits, connection closed"]


async def test_a_silent_client_that_breaks_the_connection(bench: Bench, autojump_clock: MockClock) -> None:
    bench.network.execute(OpenAirPort("tcp", bench.port))
    bench.log.take_all()
    await bench.peers.tcp_connect("c", bench.port)
    await trio.sleep(2 * IDLE_S)
    bench.peers.break_off("c")
    await wait_all_tasks_blocked(0.05)
    await bench.peers.tcp_connect("d", bench.port)
    await bench.peers.send("d", b"next")
    await wait_all_tasks_blocked(0.05)
    assert [command.data for command in bench.log.take_all() if isinstance(command, AirCommandReceived)] == [b"next"]


async def test_memory_of_udp_senders_is_bounded(bench: Bench) -> None:
    bench.network.execute(OpenAirPort("udp", bench.port))
    assert bench.log.take_all() == opened()
    await bench.peers.udp_open("u")
    count = REMEMBERED_SENDERS + 1
    for number in range(count):
        await bench.peers.udp_sendto("u", bench.port, b"%d" % number)
    commands = await bench.commands(count)
    for command in (commands[0], commands[1], commands[-1]):
        bench.network.execute(AnswerAirCommand(command.client, command.data))
    assert [await bench.peers.datagram("u") for _ in range(2)] == [b"1", b"%d" % (count - 1)]


async def test_answer_that_is_too_long_for_a_datagram(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.network.execute(OpenAirPort("udp", bench.port))
    assert bench.log.take_all() == opened()
    await bench.peers.udp_open("u")
    await bench.peers.udp_sendto("u", bench.port, b"command")
    bench.network.execute(AnswerAirCommand((await bench.commands())[0].client, bytes(65508)))
    assert caplog.messages == ["the answer to an air command is lost: Message too long"]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
async def test_closing_an_air_port_that_is_not_open(bench: Bench, protocol: str) -> None:
    bench.network.execute(CloseAirPort())
    bench.network.execute(AnswerAirCommand(1, b"x"))
    bench.network.execute(OpenAirPort("tcp" if protocol == "tcp" else "udp", bench.port))
    bench.network.execute(CloseAirPort())
    bench.network.execute(CloseAirPort())
    await wait_all_tasks_blocked(0.01)
    assert bench.log.take_all() == opened()
    bench.peers.tcp_refused(bench.port)


async def test_without_descriptors_it_waits_for_some(
    bench: Bench, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    def no_descriptor(_self: socket.socket) -> None:
        tries.append(trio.current_time())
        raise OSError(errno.EMFILE, "Too many open files")

    bench.network.execute(OpenAirPort("tcp", bench.port))
    bench.log.take_all()
    with monkeypatch.context() as patch:
        patch.setattr(socket.socket, "accept", no_descriptor)
        client = trio.socket.socket()
        await client.connect((bench.peers.host, bench.port))
        await trio.sleep(10.5 * ACCEPT_PAUSE_S)
    assert len(tries) == 11
    client.close()
