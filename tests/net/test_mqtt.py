"""The edge of the MQTT commands: against a broker made of bytes, whose every packet the test decides, and Mosquitto."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from tests.hostpeers import EventLog, HostPeers
from tests.mosquitto import Broker, mosquitto, received
from tests.net.edge import TOO_MUCH, VIRTUAL, Bench, SerialLine, open_descriptors, settle
from wizfi_emu.air.hostnetwork import HostNetwork as HostMap
from wizfi_emu.air.hostnetwork import HostRule as Rule
from wizfi_emu.module.effects import ConnectMqtt, DisconnectMqtt, PublishMqtt, SubscribeMqtt
from wizfi_emu.module.events import Event, MqttEnded, MqttLost, MqttReceived
from wizfi_emu.net import _mqtt_session  # or a test's clock would jump while the edge imports it
from wizfi_emu.net._context import NetContext
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.mqtt import MqttEdge
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.testing.running import own_host_address

CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00"
CONNACK = b"\x20\x02\x00\x00"
DISCONNECT = b"\xe0\x00"
PINGREQ, PINGRESP = b"\xc0\x00", b"\xd0\x00"
SUBSCRIBE, SUBACK = b"\x82\x06\x00\x01\x00\x01t\x00", b"\x90\x03\x00\x01\x00"
PUBLISH = b"\x30\x04\x00\x01tx"  # topic t, message x
RECEIVED = MqttReceived(b"t", b"x")


@dataclass
class MqttBench(Bench):
    """A module's MQTT with what surrounds it. The broker of the test is the peer "b"."""

    def __post_init__(self) -> None:
        self.edge = MqttEdge(self.network.context)

    async def listen(self) -> int:
        return await self.peers.tcp_listen("l")

    async def begin(self, *, keepalive_s: int = 0, packet: bytes = CONNECT) -> None:
        """Let the module connect, up to its first packet."""
        port = await self.listen()
        self.edge.execute(connect(port, keepalive_s=keepalive_s))
        await self.peers.tcp_accept("b", "l")
        assert await self.peers.received("b", len(packet)) == packet

    async def connect(self, *, keepalive_s: int = 0, packet: bytes = CONNECT) -> None:
        await self.begin(keepalive_s=keepalive_s, packet=packet)
        await self.peers.send("b", CONNACK)
        assert await self.events() == [MqttEnded(1, ok=True)]


def connect(port: int, address: str = VIRTUAL, *, request: int = 1, keepalive_s: int = 0) -> ConnectMqtt:
    return ConnectMqtt(request, address, port, b"", b"", b"", keepalive_s)


@pytest.fixture
async def bench(nursery: trio.Nursery) -> AsyncIterator[MqttBench]:
    async with MqttBench.open(nursery) as made:
        yield made


# --- connecting -------------------------------------------------------------------------------------------------------


async def test_connect(bench: MqttBench) -> None:
    await bench.connect()
    assert bench.peers.raw("b").getpeername()[0] == bench.peers.host
    await bench.nothing_more()


@pytest.mark.slow
async def test_the_protocol_is_imported_when_it_is_needed(bench: MqttBench, monkeypatch: pytest.MonkeyPatch) -> None:
    look = "import sys, wizfi_emu.device.start; sys.exit('paho' in sys.modules)"
    assert (await trio.run_process([sys.executable, "-c", look])).returncode == 0
    monkeypatch.delitem(sys.modules, _mqtt_session.__name__)
    await bench.connect()


async def test_publications_in_one_segment_with_the_answer_come_after_it(bench: MqttBench) -> None:
    await bench.begin()
    await bench.peers.send("b", CONNACK + PUBLISH + PUBLISH[:3])
    assert await bench.events(2) == [MqttEnded(1, ok=True), RECEIVED]
    await bench.peers.send("b", PUBLISH[3:])
    assert await bench.events() == [RECEIVED]


async def test_wrong_port(bench: MqttBench, caplog: pytest.LogCaptureFixture) -> None:
    port = await bench.listen()
    bench.peers.close("l")
    bench.edge.execute(connect(port))
    assert await bench.events() == [MqttEnded(1, ok=False)]
    await bench.nothing_more()
    assert caplog.messages == [f"MQTT broker {VIRTUAL}:{port} cannot be reached: Connection refused"]


@pytest.mark.parametrize("address", ["0.0.0.0", "10.0.0.1", "10.1.0.1"])
async def test_addresses_that_the_world_does_not_reach(nursery: trio.Nursery, address: str) -> None:
    rules = (Rule("10.0.0.0/16", "refuse"), Rule("10.1.0.0/16", "pass"))
    async with MqttBench.open(nursery, AddressMap("127.0.0.1", HostMap(rules=rules, allow=("192.0.2.1",)))) as bench:
        bench.edge.execute(connect(1883, address))
        assert await bench.events() == [MqttEnded(1, ok=False)]
        await bench.nothing_more()


async def test_limit_and_time_scale_of_an_address_that_never_answers(
    nursery: trio.Nursery, mock_clock: MockClock
) -> None:
    addresses = AddressMap("127.0.0.1", HostMap(rules=(Rule("10.0.0.0/8", "silent"),)))
    async with MqttBench.open(nursery, addresses, time_scale=2.0) as bench:
        bench.edge.execute(connect(1883, "10.0.0.1"))
        await settle()
        mock_clock.jump(2.4)
        await bench.nothing_more()
        mock_clock.jump(0.2)
        assert await bench.events() == [MqttEnded(1, ok=False)]


async def test_broker_that_accepts_and_says_nothing(bench: MqttBench, mock_clock: MockClock) -> None:
    await bench.begin()
    await settle()
    mock_clock.jump(4.9)
    await bench.nothing_more()
    mock_clock.jump(0.2)
    assert await bench.events() == [MqttEnded(1, ok=False)]
    await bench.peers.expect_closed("b")
    await bench.nothing_more()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"\x20\x02\x00\x05", "Not authorized"),
        (b"\x20\x02\x00\x02", "it gives no reason"),
        (b"\xf0\x00", "it gives no reason"),
        (b"", "it gives no reason"),
    ],
)
async def test_broker_that_refuses(
    bench: MqttBench, caplog: pytest.LogCaptureFixture, answer: bytes, reason: str
) -> None:
    await bench.begin()
    await bench.peers.send("b", answer)
    if not answer:
        bench.peers.close("b")
    assert await bench.events() == [MqttEnded(1, ok=False)]
    if answer:
        await bench.peers.expect_closed("b")
    await bench.nothing_more()
    [message] = caplog.messages
    assert message.endswith(f" refuses the connection: {reason}")


async def test_secrets_are_not_logged(bench: MqttBench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    port = await bench.listen()
    bench.edge.execute(ConnectMqtt(1, VIRTUAL, port, b"user", b"secret\xff", b"", 0))
    assert await bench.events() == [MqttEnded(1, ok=False)]
    bench.edge.execute(ConnectMqtt(2, VIRTUAL, port, b"user", b"secret", b"", 0))
    await bench.peers.tcp_accept("b", "l")
    await bench.peers.send("b", b"\x20\x02\x00\x04")
    assert await bench.events() == [MqttEnded(2, ok=False)]
    assert len(caplog.messages) == 2
    assert "secret" not in caplog.text
    assert "xff" not in caplog.text


# --- requests ---------------------------------------------------------------------------------------------------------


async def test_requests_without_a_connection(bench: MqttBench) -> None:
    bench.edge.execute(SubscribeMqtt(2, b"t", 0, 5_000_000))
    bench.edge.execute(DisconnectMqtt())
    assert await bench.events() == [MqttEnded(2, ok=False)]
    await bench.begin()
    bench.edge.execute(PublishMqtt(3, b"t", b"x"))
    assert await bench.events() == [MqttEnded(3, ok=False)]


async def test_subscribe_and_unsubscribe(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(SubscribeMqtt(2, b"t", 0, 5_000_000))
    assert await bench.peers.received("b", len(SUBSCRIBE)) == SUBSCRIBE
    await bench.nothing_more()
    await bench.peers.send("b", SUBACK)
    assert await bench.events() == [MqttEnded(2, ok=True)]
    bench.edge.execute(SubscribeMqtt(3, b"t", None, 10_000_000))
    assert await bench.peers.received("b", 7) == b"\xa2\x05\x00\x02\x00\x01t"
    await bench.nothing_more()
    await bench.peers.send("b", b"\xb0\x02\x00\x02")
    assert await bench.events() == [MqttEnded(3, ok=True)]
    await bench.nothing_more()


async def test_refused_subscription(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(SubscribeMqtt(2, b"t", 0, 5_000_000))
    await bench.peers.send("b", b"\x90\x03\x00\x01\x80")
    assert await bench.events() == [MqttEnded(2, ok=False)]
    await bench.nothing_more()


async def test_what_no_broker_accepts(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(SubscribeMqtt(2, b"t", 7, 5_000_000))
    bench.edge.execute(SubscribeMqtt(3, b"\xff", 0, 5_000_000))
    bench.edge.execute(PublishMqtt(4, b"#", b"x"))
    assert await bench.events(3) == [MqttEnded(request, ok=False) for request in (2, 3, 4)]
    bench.edge.execute(DisconnectMqtt())
    assert await bench.peers.received("b", 100) == DISCONNECT


@pytest.mark.parametrize(("qos", "limit_s"), [(0, 5), (None, 10)])
async def test_limit_of_an_answer(bench: MqttBench, mock_clock: MockClock, qos: int | None, limit_s: int) -> None:
    await bench.connect()
    bench.edge.execute(SubscribeMqtt(2, b"t", qos, limit_s * 1_000_000))
    await settle()
    mock_clock.jump(limit_s - 0.1)
    await bench.nothing_more()
    mock_clock.jump(0.2)
    assert await bench.events() == [MqttEnded(2, ok=False)]
    await bench.peers.send("b", SUBACK + b"\xb0\x02\x00\x01")
    await bench.nothing_more()


async def test_publishing_is_answered_before_execute_returns(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(PublishMqtt(2, b"t", b"x"))
    assert bench.log.take_all() == [MqttEnded(2, ok=True)]
    assert await bench.peers.received("b", len(PUBLISH)) == PUBLISH


@pytest.mark.slow
async def test_publishing_to_a_slow_broker(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(PublishMqtt(2, b"t", TOO_MUCH))
    bench.edge.execute(PublishMqtt(3, b"t", b"x"))
    await bench.peers.send("b", PUBLISH)
    assert await bench.events() == [RECEIVED]
    # What the broker does not take holds back what it says: the answers that it does not take stay few.
    await bench.peers.send("b", PUBLISH)
    await bench.nothing_more()
    sent = await bench.peers.received("b", len(TOO_MUCH) + 8 + len(PUBLISH))
    assert sent.endswith(b"\0" + PUBLISH)
    assert await bench.events(3) == [MqttEnded(2, ok=True), MqttEnded(3, ok=True), RECEIVED]


async def test_limit_of_publishing(bench: MqttBench, mock_clock: MockClock) -> None:
    await bench.connect()
    before = open_descriptors()
    bench.edge.execute(PublishMqtt(2, b"t", TOO_MUCH))
    await settle()
    mock_clock.jump(19.9)
    await bench.nothing_more()
    mock_clock.jump(0.2)
    assert await bench.events() == [MqttEnded(2, ok=False)]
    bench.edge.execute(DisconnectMqtt())
    await settle()
    assert open_descriptors() == before
    mock_clock.jump(3.1)
    await settle()
    assert open_descriptors() == before - 1
    await bench.nothing_more()


async def test_publications_wait_for_the_serial_line(bench: MqttBench) -> None:
    await bench.connect()
    bench.line.fill()
    await bench.peers.send("b", PUBLISH)
    await bench.nothing_more()
    bench.line.drain()
    assert await bench.events() == [RECEIVED]


# --- the end ----------------------------------------------------------------------------------------------------------


async def test_broker_that_closes(bench: MqttBench) -> None:
    await bench.connect()
    await bench.peers.send("b", PUBLISH)
    bench.peers.close("b")
    assert await bench.events(2) == [RECEIVED, MqttLost()]
    bench.edge.execute(PublishMqtt(2, b"t", b"x"))
    bench.edge.execute(DisconnectMqtt())
    assert await bench.events() == [MqttEnded(2, ok=False)]
    await bench.nothing_more()


async def test_broker_that_breaks_the_connection(bench: MqttBench) -> None:
    await bench.connect()
    bench.peers.break_off("b")
    assert await bench.events() == [MqttLost()]


async def test_broker_that_breaks_the_protocol(bench: MqttBench) -> None:
    await bench.connect()
    await bench.peers.send("b", b"\xf0\x00")
    assert await bench.events() == [MqttLost()]
    await bench.peers.expect_closed("b")


async def test_broker_that_leaves_a_request_unanswered(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(SubscribeMqtt(2, b"t", 0, 5_000_000))
    bench.peers.close("b")
    assert await bench.events() == [MqttEnded(2, ok=False)]
    await bench.nothing_more()


async def test_publishing_to_a_broker_that_is_gone(bench: MqttBench) -> None:
    await bench.connect()
    # The serial line is full, so that the module has not read yet when it learns of the reset by sending.
    bench.line.fill()
    await bench.peers.send("b", PUBLISH)
    bench.peers.break_off("b")
    bench.edge.execute(PublishMqtt(2, b"t", b"x"))
    await bench.nothing_more()
    bench.line.drain()
    assert await bench.events(2) == [RECEIVED, MqttEnded(2, ok=False)]
    await bench.nothing_more()


async def test_leaving(bench: MqttBench) -> None:
    await bench.connect()
    before = open_descriptors()
    bench.edge.execute(SubscribeMqtt(2, b"t", 0, 5_000_000))
    await bench.peers.send("b", PUBLISH)
    bench.edge.execute(DisconnectMqtt())
    assert bench.log.take_all() == [MqttEnded(2, ok=False)]
    assert await bench.peers.received("b", 100) == SUBSCRIBE + DISCONNECT
    await settle()
    assert open_descriptors() == before
    bench.peers.close("b")
    await bench.nothing_more()
    assert open_descriptors() == before - 2


async def test_leaving_does_not_wait_for_ever(bench: MqttBench, mock_clock: MockClock) -> None:
    await bench.connect()
    before = open_descriptors()
    bench.edge.execute(DisconnectMqtt())
    await settle()
    assert open_descriptors() == before
    mock_clock.jump(3.1)
    await settle()
    assert open_descriptors() == before - 1


async def test_leaving_while_connecting(bench: MqttBench) -> None:
    port = await bench.listen()
    bench.edge.execute(connect(port))
    bench.edge.execute(DisconnectMqtt())
    assert bench.log.take_all() == [MqttEnded(1, ok=False)]
    bench.edge.execute(connect(port, request=2))
    await bench.peers.tcp_accept("b", "l")
    assert await bench.peers.received("b", len(CONNECT)) == CONNECT
    bench.edge.execute(DisconnectMqtt())
    assert bench.log.take_all() == [MqttEnded(2, ok=False)]
    assert await bench.peers.received("b", 100) == DISCONNECT
    await bench.nothing_more()


async def test_connecting_again_leaves_the_first_broker(bench: MqttBench) -> None:
    await bench.connect()
    bench.edge.execute(connect(bench.peers.port("l"), request=2))
    assert await bench.peers.received("b", 100) == DISCONNECT
    await bench.peers.tcp_accept("c", "l")
    await bench.peers.send("c", CONNACK)
    assert await bench.events() == [MqttEnded(2, ok=True)]


@pytest.mark.parametrize("phase", ["begun", "connecting", "connected", "asking", "writing", "leaving"])
async def test_reset_drops_everything_silently(bench: MqttBench, phase: str) -> None:
    before = open_descriptors()
    if phase == "begun":
        bench.edge.execute(connect(await bench.listen()))
        peers = 1
    else:
        await bench.begin()
        peers = 2
        if phase != "connecting":
            await bench.peers.send("b", CONNACK)
            await bench.events()
        if phase == "asking":
            bench.edge.execute(SubscribeMqtt(2, b"t", 0, 5_000_000))
        elif phase == "writing":
            bench.edge.execute(PublishMqtt(2, b"t", TOO_MUCH))
        elif phase == "leaving":
            bench.edge.execute(DisconnectMqtt())
            await settle()
    bench.network.reset()
    await bench.nothing_more()
    assert open_descriptors() == before + peers
    bench.edge.execute(PublishMqtt(3, b"t", b"x"))
    bench.edge.execute(DisconnectMqtt())
    assert all(event == MqttEnded(3, ok=False) for event in bench.log.take_all())


async def test_reset_in_the_middle_of_what_it_causes(nursery: trio.Nursery) -> None:
    """The machine may order anything while it is told something."""
    heard: list[Event] = []

    def feed(event: Event) -> None:
        heard.append(event)
        if event == RECEIVED:
            network.reset()

    addresses = AddressMap(own_host_address())
    async with HostPeers(addresses.host_address) as peers:
        network = HostNetwork(NetContext(nursery, addresses, feed, SerialLine().wait_room))
        edge = MqttEdge(network.context)
        edge.execute(connect(await peers.tcp_listen("l")))
        await peers.tcp_accept("b", "l")
        await peers.send("b", CONNACK + PUBLISH + PUBLISH)
        assert await peers.received("b", 100) == CONNECT
        assert heard == [MqttEnded(1, ok=True), RECEIVED]


async def test_the_end_of_the_program() -> None:
    before = open_descriptors()
    addresses = AddressMap(own_host_address())
    async with HostPeers(addresses.host_address) as peers, trio.open_nursery() as nursery:
        log = EventLog()
        edge = MqttEdge(HostNetwork(NetContext(nursery, addresses, log, SerialLine().wait_room)).context)
        edge.execute(connect(await peers.tcp_listen("l"), keepalive_s=30))
        await peers.tcp_accept("b", "l")
        await peers.send("b", CONNACK)
        assert await log.take() == [MqttEnded(1, ok=True)]
        nursery.cancel_scope.cancel()
    assert open_descriptors() == before


async def test_a_serial_line_that_is_closed(bench: MqttBench) -> None:
    await bench.connect()
    bench.line.closed = True
    await bench.peers.send("b", PUBLISH)
    await bench.peers.expect_closed("b")
    await bench.nothing_more()


# --- keepalive --------------------------------------------------------------------------------------------------------


def connect_packet(keepalive_s: int) -> bytes:
    return CONNECT[:10] + keepalive_s.to_bytes(2, "big") + CONNECT[12:]


async def test_keepalive(bench: MqttBench, mock_clock: MockClock) -> None:
    await bench.connect(keepalive_s=30, packet=connect_packet(30))
    for _ in range(3):
        await settle()
        mock_clock.jump(29.9)
        await settle()
        bench.edge.execute(PublishMqtt(2, b"t", b"x"))
        assert await bench.peers.received("b", len(PUBLISH)) == PUBLISH
        mock_clock.jump(0.2)
        assert await bench.peers.received("b", 2) == PINGREQ
        await bench.peers.send("b", PINGRESP)
    assert bench.log.take_all() == [MqttEnded(2, ok=True)] * 3
    await settle()
    mock_clock.jump(30)
    assert await bench.peers.received("b", 2) == PINGREQ
    await settle()
    mock_clock.jump(29.9)
    await bench.nothing_more()
    mock_clock.jump(0.2)
    assert await bench.events() == [MqttLost()]
    await bench.peers.expect_closed("b")


async def test_without_keepalive_nothing_is_sent(bench: MqttBench, mock_clock: MockClock) -> None:
    await bench.connect()
    await settle()
    mock_clock.jump(1_000_000)
    await bench.nothing_more()
    bench.edge.execute(DisconnectMqtt())
    assert await bench.peers.received("b", 100) == DISCONNECT


@pytest.mark.parametrize(("time_scale", "told_s", "ping_s"), [(0.5, 60, 60), (40, 1, 0.75), (0.0001, 65535, 300_000)])
async def test_the_broker_is_told_the_keepalive_in_its_own_time(
    nursery: trio.Nursery, mock_clock: MockClock, time_scale: float, told_s: int, ping_s: float
) -> None:
    async with MqttBench.open(nursery, time_scale=time_scale) as bench:
        await bench.connect(keepalive_s=30, packet=connect_packet(told_s))
        await settle()
        mock_clock.jump(ping_s * 0.99)
        await settle()
        mock_clock.jump(ping_s * 0.02)
        assert await bench.peers.received("b", 2) == PINGREQ


# --- a real broker ----------------------------------------------------------------------------------------------------


async def said(broker: Broker, text: str) -> str:
    return (await trio.to_thread.run_sync(broker.said, text)).decode()


@pytest.mark.usefixtures("mosquitto_program")
async def test_mosquitto(bench: MqttBench, tmp_path: Path) -> None:
    with mosquitto(tmp_path, bench.peers.host) as broker:
        bench.edge.execute(ConnectMqtt(1, VIRTUAL, broker.port, b"", b"", b"wizfi", 30))
        assert await bench.events() == [MqttEnded(1, ok=True)]
        line = await said(broker, "New client connected")
        assert f"from {bench.peers.host}:" in line
        assert line.endswith("as wizfi (p2, c1, k30).")

        bench.edge.execute(SubscribeMqtt(2, b"in/+", 2, 5_000_000))
        assert await bench.events() == [MqttEnded(2, ok=True)]
        for qos in range(3):
            await trio.to_thread.run_sync(broker.publish, "in/x", b"\x00message %d" % qos, qos)
            assert await bench.events() == [MqttReceived(b"in/x", b"\x00message %d" % qos)]
        await said(broker, "Received PUBACK from wizfi")
        await said(broker, "Received PUBCOMP from wizfi")

        with broker.subscriber("out/#", 2) as subscriber:
            bench.edge.execute(PublishMqtt(3, b"out/a", bytes(range(256)) * 5))
            bench.edge.execute(PublishMqtt(4, b"out/b", b""))
            assert await bench.events(2) == [MqttEnded(3, ok=True), MqttEnded(4, ok=True)]
            seen = await trio.to_thread.run_sync(received, subscriber)
            assert seen == [("out/a", bytes(range(256)) * 5), ("out/b", b"")]

        bench.edge.execute(SubscribeMqtt(5, b"in/+", None, 10_000_000))
        assert await bench.events() == [MqttEnded(5, ok=True)]
        await trio.to_thread.run_sync(broker.publish, "in/x", b"too late")
        bench.edge.execute(DisconnectMqtt())
        await said(broker, "Received DISCONNECT from wizfi")
        await bench.nothing_more()


@pytest.mark.usefixtures("mosquitto_program")
async def test_mosquitto_with_users(bench: MqttBench, tmp_path: Path) -> None:
    with mosquitto(tmp_path, bench.peers.host, {"board": "right"}) as broker:
        attempt = partial(ConnectMqtt, address=VIRTUAL, port=broker.port, client_id=b"", keepalive_s=0)
        bench.edge.execute(attempt(1, user=b"board", password=b"right"))
        assert await bench.events() == [MqttEnded(1, ok=True)]
        assert (await said(broker, "New client connected")).endswith("(p2, c1, k0, u'board').")
        for user, password in ((b"board", b"wrong"), (b"nobody", b"right"), (b"", b"")):
            bench.edge.execute(attempt(2, user=user, password=password))
            assert await bench.events() == [MqttEnded(2, ok=False)]
        await bench.nothing_more()


@pytest.mark.usefixtures("mosquitto_program")
async def test_mosquitto_that_is_killed(bench: MqttBench, tmp_path: Path) -> None:
    with mosquitto(tmp_path, bench.peers.host) as broker:
        bench.edge.execute(connect(broker.port))
        assert await bench.events() == [MqttEnded(1, ok=True)]
        broker.kill()
        assert await bench.events() == [MqttLost()]
        bench.edge.execute(connect(broker.port, request=2))
        assert await bench.events() == [MqttEnded(2, ok=False)]
