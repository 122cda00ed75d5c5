"""The port of the web server, on host sockets and in memory."""

from __future__ import annotations

import errno
import logging
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import trio
import trio.testing

from tests.hostpeers import EventLog, HostPeers
from wizfi_emu.module.effects import AnswerWebClient, StartWebServer, StopWebServer
from wizfi_emu.module.events import Event, WebDataReceived, WebServerOpened
from wizfi_emu.net import web_port
from wizfi_emu.net._context import NetContext
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.worlds.memory.network import MemoryNetwork

LIMIT_S = 30


@dataclass
class Rig:
    """A network on which nobody else is, and what it has fed."""

    network: HostNetwork
    peers: HostPeers
    log: EventLog
    port: int = 0
    seen: list[Event] = field(default_factory=list)

    async def start(self) -> None:
        self.network.execute(StartWebServer("192.168.12.10"))
        opened = await self.next()
        assert isinstance(opened, WebServerOpened)
        assert opened.address == self.peers.host
        self.port = opened.port

    async def next(self) -> Event:
        with trio.fail_after(LIMIT_S):
            [event] = await self.log.take(1)
        return event

    async def request(self, name: str, data: bytes = b"GET / HTTP/1.1\r\n\r\n") -> int:
        """A client asks; the number under which the machine answers."""
        await self.peers.tcp_connect(name, self.port)
        await self.peers.send(name, data)
        event = await self.next()
        assert event == WebDataReceived(event.client if isinstance(event, WebDataReceived) else 0, data[:1460])
        assert isinstance(event, WebDataReceived)
        return event.client

    def answer(self, client: int, data: bytes, *, last: bool = True) -> None:
        self.network.execute(AnswerWebClient(client, data, last))


async def never() -> None:
    """A serial line that never has room: the pages do not wait for it."""
    await trio.sleep_forever()


@pytest.fixture
async def rig(nursery: trio.Nursery) -> AsyncIterator[Rig]:
    async with HostPeers(own_host_address()) as peers:
        log = EventLog()
        rig = Rig(HostNetwork(NetContext(nursery, AddressMap(peers.host), log, never)), peers, log)
        await rig.start()
        yield rig


async def test_question_answer_end(rig: Rig) -> None:
    client = await rig.request("a")
    rig.answer(client, b"HTTP/1.0 200 OK\r\n\r\n", last=False)
    assert await rig.peers.received("a", 19) == b"HTTP/1.0 200 OK\r\n\r\n"
    rig.answer(client, b"text")
    assert await rig.peers.received("a", 100) == b"text"
    assert await rig.request("b") != client


async def test_close_without_an_answer(rig: Rig) -> None:
    rig.answer(await rig.request("a"), b"")
    await rig.peers.expect_closed("a")


async def test_large_answer_arrives_whole(rig: Rig) -> None:
    data = bytes(range(256)) * 32_768
    client = await rig.request("a")
    rig.answer(client, data, last=False)
    rig.answer(client, b"end")
    assert await rig.peers.received("a", len(data) + 9) == data + b"end"


async def test_answer_survives_what_the_client_sent_too_much(rig: Rig) -> None:
    client = await rig.request("a", b"G" * 1460)
    await rig.peers.send("a", b"x" * 100_000)
    rig.answer(client, b"answer")
    assert await rig.peers.received("a", 100) == b"answer"


async def test_one_client_at_a_time(rig: Rig) -> None:
    first = await rig.request("a")
    for name in ("b", "c"):
        await rig.peers.tcp_connect(name, rig.port)
        await rig.peers.send(name, name.encode())
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert rig.log.take_all() == []
    rig.answer(first, b"1")
    second = await rig.next()
    assert second == WebDataReceived(first + 1, b"b")
    rig.answer(first, b"late")
    rig.answer(first + 1, b"2")
    assert await rig.peers.received("b", 10) == b"2"
    assert await rig.next() == WebDataReceived(first + 2, b"c")


async def test_segments_and_the_end_of_a_client(rig: Rig) -> None:
    client = await rig.request("a", b"one")
    await rig.peers.send("a", b"two")
    assert await rig.next() == WebDataReceived(client, b"two")
    rig.peers.raw("a").shutdown(trio.socket.SHUT_WR)
    assert await rig.next() == WebDataReceived(client, b"")
    rig.answer(client, b"answer")
    assert await rig.peers.received("a", 10) == b"answer"


async def test_long_request_is_cut_into_segments(rig: Rig) -> None:
    client = await rig.request("a", b"x" * 1461)
    assert await rig.next() == WebDataReceived(client, b"x")


@pytest.mark.parametrize("roughly", [False, True])
async def test_client_that_has_left_makes_room_when_the_machine_is_done(rig: Rig, roughly: bool) -> None:
    client = await rig.request("a")
    if roughly:
        rig.peers.break_off("a")
    else:
        rig.peers.close("a")
    assert await rig.next() == WebDataReceived(client, b"")
    rig.answer(client, b"x" * 1_000_000, last=False)
    rig.answer(client, b"")
    assert await rig.request("b") == client + 1


async def test_client_that_does_not_read_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_port, "SEND_S", 0.05)
    client = await rig.request("a")
    rig.answer(client, b"x" * 32_000_000)
    assert await rig.request("b") == client + 1


async def test_client_that_says_nothing_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_port, "SILENCE_S", 0.05)
    await rig.peers.tcp_connect("silent", rig.port)
    event = await rig.next()
    assert isinstance(event, WebDataReceived)
    assert event.data == b""
    rig.answer(event.client, b"")
    await rig.peers.expect_closed("silent")


async def test_client_that_stops_in_its_request_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or it would keep everybody else waiting, with an upload for example."""
    monkeypatch.setattr(web_port, "REST_S", 0.05)
    client = await rig.request("a", b"POST /update.html HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
    assert await rig.next() == WebDataReceived(client, b"")
    rig.answer(client, b"")
    await rig.peers.expect_closed("a")
    assert await rig.request("b") == client + 1


async def test_client_that_never_closes_is_closed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_port, "LINGER_S", 0.05)
    rig.answer(await rig.request("a"), b"answer")
    assert await rig.peers.received("a", 10) == b"answer"

    async def send_for_ever() -> None:
        while True:
            await rig.peers.send("a", b"more")

    with trio.fail_after(LIMIT_S), pytest.raises(OSError, match=r"[Rr]eset|[Bb]roken"):
        await send_for_ever()


async def test_stop_closes_everything_and_start_opens_again(rig: Rig) -> None:
    client = await rig.request("a")
    rig.network.execute(StopWebServer())
    rig.network.execute(StopWebServer())
    await rig.peers.expect_closed("a")
    rig.peers.tcp_refused(rig.port)
    rig.answer(client, b"late")
    await rig.start()
    assert await rig.request("b") == client + 1


async def test_reset_closes_everything(rig: Rig) -> None:
    await rig.request("a")
    rig.network.reset()
    await rig.peers.expect_closed("a")
    rig.peers.tcp_refused(rig.port)
    assert rig.log.take_all() == []


async def test_what_was_answered_before_a_reset_arrives(rig: Rig) -> None:
    rig.answer(await rig.request("a"), b"goodbye")
    rig.network.reset()
    assert await rig.peers.received("a", 20) == b"goodbye"


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("length", [4, 8_000_000])
async def test_stop_at_any_moment_of_the_end_of_an_answer(rig: Rig, length: int, steps: int) -> None:
    rig.answer(await rig.request("a"), bytes(length))
    rig.peers.close("a")
    for _ in range(steps):
        await trio.lowlevel.checkpoint()
    rig.network.reset()
    rig.log.take_all()
    await rig.start()
    await rig.request("b")


async def test_machine_may_stop_the_server_from_within_a_request(nursery: trio.Nursery) -> None:
    async with HostPeers(own_host_address()) as peers:
        events: list[Event] = []

        def feed(event: Event) -> None:
            events.append(event)
            if isinstance(event, WebDataReceived):
                network.execute(StopWebServer())

        network = HostNetwork(NetContext(nursery, AddressMap(peers.host), feed, never))
        network.execute(StartWebServer("192.168.12.1"))
        assert isinstance(events[0], WebServerOpened)
        await peers.tcp_connect("a", events[0].port)
        await peers.send("a", b"GET")
        await peers.expect_closed("a")


# --- which port -------------------------------------------------------------------------------------------------------


async def test_a_free_port_where_80_is_taken_and_the_same_again(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HostPeers(own_host_address()) as peers:
        monkeypatch.setattr(web_port, "WEB_PORT", await peers.tcp_listen("other"))
        log = EventLog()
        network = HostNetwork(NetContext(nursery, AddressMap(peers.host), log, never))
        with caplog.at_level(logging.INFO):
            network.execute(StartWebServer("192.168.12.1"))
        [first] = log.take_all()
        assert isinstance(first, WebServerOpened)
        assert first.port not in (0, web_port.WEB_PORT)
        assert caplog.messages == [f"the module's web pages are at http://{peers.host}:{first.port}/"]
        network.execute(StopWebServer())
        network.execute(StartWebServer("192.168.12.1"))
        assert log.take_all() == [first]


async def test_no_port_at_all(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(web_port, "listen_tcp", refuse)
    log = EventLog()
    HostNetwork(NetContext(nursery, AddressMap("127.0.0.1"), log, never)).execute(StartWebServer("192.168.12.1"))
    assert log.take_all() == [WebServerOpened("127.0.0.1", 0)]
    assert caplog.messages == ["cannot use TCP port 127.0.0.1:0: Permission denied"]


# --- name server ------------------------------------------------------------------------------------------------------


def question(name: str) -> bytes:
    labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
    return struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


async def test_name_server(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    async with HostPeers(own_host_address()) as peers:
        port = await peers.udp_open("placeholder")
        peers.close("placeholder")
        monkeypatch.setattr(web_port, "NAME_PORT", port)  # 53 is not for everybody
        network = HostNetwork(NetContext(nursery, AddressMap(peers.host), EventLog(), never))
        network.execute(StartWebServer("192.168.12.1"))
        await peers.udp_open("host")
        await peers.udp_sendto("host", port, question("www.example.com"))
        await peers.udp_sendto("host", port, b"")
        await peers.udp_sendto("host", port, question("wizfi250.wiznet.com"))
        assert (await peers.datagram("host")).endswith(bytes((192, 168, 12, 1)))
        network.execute(StopWebServer())
        assert await peers.udp_open("free again", port) == port


async def test_name_port_that_cannot_be_had_does_not_matter(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HostPeers(own_host_address()) as peers:
        monkeypatch.setattr(web_port, "NAME_PORT", await peers.udp_open("other"))
        log = EventLog()
        with caplog.at_level(logging.DEBUG, "wizfi_emu.net"):
            HostNetwork(NetContext(nursery, AddressMap(peers.host), log, never)).execute(StartWebServer("192.168.12.1"))
        [opened] = log.take_all()
        assert isinstance(opened, WebServerOpened)
        assert opened.port
        assert any("no name server" in message for message in caplog.messages)


# --- in memory --------------------------------------------------------------------------------------------------------


def test_in_memory() -> None:
    network = MemoryNetwork()
    refused, events = network.web.connect(b"GET")
    assert (events, refused in network.web.closed, network.web.answers[refused]) == ([], True, b"")
    assert network.execute(StartWebServer("192.168.12.1")) == [WebServerOpened("127.0.0.1", 80)]
    first, events = network.web.connect(b"one", b"two")
    assert events == [WebDataReceived(first, b"one"), WebDataReceived(first, b"two")]
    second, events = network.web.connect(b"GET")
    assert events == []
    assert network.execute(AnswerWebClient(first, b"a", last=False)) == []
    assert network.execute(AnswerWebClient(second, b"early")) == []
    assert network.execute(AnswerWebClient(first, b"b")) == [WebDataReceived(second, b"GET")]
    assert network.web.answers[first] == b"ab"
    third, _ = network.web.connect(b"GET")
    network.execute(StopWebServer())
    assert all(client in network.web.closed for client in (first, second, third))
    assert network.execute(AnswerWebClient(second, b"late")) == []
    network.execute(StartWebServer("192.168.12.1"))
    network.reset()
    _, events = network.web.connect(b"GET")
    assert events == []
