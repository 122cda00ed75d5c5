"""The MQTT commands through a real pseudo-terminal, with a real broker, Mosquitto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import trio

from tests.mosquitto import Broker, mosquitto, received
from tests.serial_port import open_fake_serial
from tests.wire.emulator import PATIENCE_S, Terminal, running
from wizfi_emu.air.load import load_world
from wizfi_emu.commands import command_words
from wizfi_emu.device.start import host_device
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module.events import LinkLost
from wizfi_emu.module.machine import Module
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.profile.flashfile import MemoryFlash
from wizfi_emu.testing.running import own_host_address
from wizfi_emu.timing import load_timing
from wizfi_emu.worlds.radio import RadioLink

# Starting the program takes most of a quarter of a second.
pytestmark = pytest.mark.slow

ADDRESS = "192.168.12.60"  # where the module finds the broker: every remote address is the host's
JOIN = (b"AT+MECHO=0", b"AT+WSET=0,WizFiDemoAP", b"AT+WSEC=0,WPA2,12345678", b"AT+WJOIN")
OK = b"[OK]\r\n"
ERROR = b"[ERROR]\r\n"
CONNECTED = b"[MQTT CONNECT]\r\n"
DISCONNECTED = b"[MQTT DISCONNECT]\r\n"


def connect(port: int) -> bytes:
    return f"AT+MQTTCON=1,{ADDRESS},{port},0\r".encode()


@contextmanager
def joined(host: str, *options: object) -> Iterator[Terminal]:
    """A module in the demo world's network, without echo; its host address is ``host``."""
    options = ("--firmware", "1.0.5.2", "--timing", "fast", "--host-address", host, *options)
    with running(*options) as emulator, closing(Terminal(emulator.device)) as terminal:
        terminal.synchronize()
        for line in JOIN:
            terminal.send(line + b"\r")
            terminal.read_until(OK)
        yield terminal


@pytest.fixture
def host() -> str:
    """The address of module and broker."""
    return own_host_address()


@pytest.fixture
def broker(tmp_path: Path, host: str) -> Iterator[Broker]:
    """A broker that lets everybody in."""
    with mosquitto(tmp_path, host) as found:
        yield found


@pytest.fixture
def module(host: str) -> Iterator[Terminal]:
    """The serial line of a module in its network."""
    with joined(host) as terminal:
        yield terminal


@pytest.fixture
def connected(module: Terminal, broker: Broker) -> Terminal:
    """The serial line of a module that is connected to the broker."""
    module.exchange(b"AT+MQTTSET=,,wizfi,30\r", OK)
    module.exchange(connect(broker.port), CONNECTED + OK)
    assert broker.said("New client connected").endswith(b"as wizfi (p2, c1, k30).")
    return module


def test_subscribe_and_publish(connected: Terminal, broker: Broker) -> None:
    connected.exchange(b"AT+MQTTCON=?\r", b"Connected(%s)\r\n" % ADDRESS.encode() + OK)
    connected.exchange(b"AT+MQTTSUB=1,in/#,1\r", OK)
    broker.publish("in/a", b"hello", qos=1)
    connected.expect(b"{Q,in/a,,5}hello\r\n")
    broker.publish("in/b", b"x" * 1000)
    connected.expect(b"{Q,in/b,,1000}" + b"x" * (255 - len("{Q,in/b,,1000}")))
    with broker.subscriber("out/#", 3) as subscriber:
        connected.exchange(b"AT+MQTTPUB=out/a,5\r", b"[5]\r\n")
        connected.exchange(b"\nhi\r\0", OK)
        connected.exchange(b"AT+MQTTPUB=out/b,1500\r" + b"y" * 1500, b"[1500]\r\n" + OK)
        connected.exchange(b"AT+MQTTPUB=out/c,1\r\0", b"[1]\r\n" + OK)
        assert received(subscriber) == [("out/a", b"\nhi\r"), ("out/b", b"y" * 1500), ("out/c", b"")]
    connected.exchange(b"AT+MQTTSUB=0,in/#\r", OK)
    broker.publish("in/a", b"too late")
    connected.expect_silence()
    connected.exchange(b"AT+MQTTCON=0\r", DISCONNECTED + OK)
    broker.said("Received DISCONNECT from wizfi")
    connected.exchange(b"AT+MQTTCON=?\r", b"Disconnected\r\n" + OK)


def test_its_own_publications_come_back(connected: Terminal) -> None:
    connected.exchange(b"AT+MQTTSUB=1,echo,2\r", OK)
    connected.send(b"AT+MQTTPUB=echo,4\rping")
    connected.expect(b"[4]\r\n")
    # Which of the two is first is the broker's choice.
    assert {connected.read_line(), connected.read_line()} == {b"[OK]", b"{Q,echo,,4}ping"}


def test_user_and_password(tmp_path: Path, host: str, module: Terminal) -> None:
    with mosquitto(tmp_path, host, {"board": "right"}) as broker:
        module.exchange(connect(broker.port), ERROR)
        module.exchange(b"AT+MQTTSET=board,wrong,,30\r", OK)
        module.exchange(connect(broker.port), ERROR)
        module.exchange(b"AT+MQTTSET=,right\r", OK)
        module.exchange(connect(broker.port), CONNECTED + OK)
        assert broker.said("u'board'").endswith(b"(p2, c1, k30, u'board').")


def test_a_broker_that_is_killed(connected: Terminal, broker: Broker) -> None:
    broker.kill()
    connected.expect(DISCONNECTED)
    connected.exchange(b"AT+MQTTCON=?\r", b"Disconnected\r\n" + OK)
    connected.exchange(b"AT+MQTTPUB=t,1\r", ERROR)
    connected.exchange(connect(broker.port), ERROR)


def test_wrong_port(module: Terminal, broker: Broker) -> None:
    module.exchange(connect(broker.port ^ 1), ERROR)
    module.exchange(connect(broker.port), CONNECTED + OK)


@pytest.mark.parametrize("command", [b"AT+MQTTSUB=1,a/#/b\r", b"AT+MQTTSUB=1,t,3\r", b"AT+MQTTPUB=#,1\rx"])
def test_what_the_broker_does_not_accept_ends_the_connection(
    connected: Terminal, broker: Broker, command: bytes
) -> None:
    connected.send(command)
    assert connected.read_until(ERROR) in (ERROR, b"[1]\r\n" + ERROR)
    broker.said("wizfi disconnected")
    connected.exchange(b"AT+MQTTCON=?\r", b"Disconnected\r\n" + OK)


def test_reset(connected: Terminal, broker: Broker) -> None:
    connected.send(b"AT+MRESET\r")
    shown = connected.read_until(b"WizFi250 Version 1.0.5.2 (WIZnet Co.Ltd)\r\n")
    assert shown.startswith(OK + b"\r\n[Link-Down Event]\r\n")
    assert b"MQTT" not in shown
    broker.said("Received DISCONNECT from wizfi")


def test_leaving_the_network(connected: Terminal, broker: Broker) -> None:
    connected.exchange(b"AT+WLEAVE\r", DISCONNECTED + b"\r\n[Link-Down Event]\r\n" + OK)
    broker.said("Received DISCONNECT from wizfi")


def test_two_modules(tmp_path: Path, host: str) -> None:
    with mosquitto(tmp_path, host) as broker, ExitStack() as stack:
        first, second = (stack.enter_context(joined(host)) for _ in range(2))
        for name, terminal in ((b"first", first), (b"second", second)):
            terminal.exchange(b"AT+MQTTSET=,,%s,30\r" % name, OK)
            terminal.exchange(connect(broker.port), CONNECTED + OK)
            terminal.exchange(b"AT+MQTTSUB=1,to/%s,1\r" % name, OK)
        first.exchange(b"AT+MQTTPUB=to/second,5\rhello", b"[5]\r\n" + OK)
        second.expect(b"{Q,to/second,,5}hello\r\n")
        second.exchange(b"AT+MQTTPUB=to/first,6\ranswer", b"[6]\r\n" + OK)
        first.expect(b"{Q,to/first,,6}answer\r\n")
        # A second client of the same name takes the place of the first one.
        second.exchange(b"AT+MQTTCON=0\r", DISCONNECTED + OK)
        second.exchange(b"AT+MQTTSET=,,first\r", OK)
        second.exchange(connect(broker.port), CONNECTED + OK)
        first.expect(DISCONNECTED)


def test_the_keepalive_holds_the_connection(host: str, broker: Broker) -> None:
    # The time scale makes a keepalive of 30 s one of 0.3 s, of which the broker is told 1 s.
    with joined(host, "--time-scale", 100) as module:
        module.exchange(b"AT+MQTTSET=,,wizfi,30\r", OK)
        module.exchange(connect(broker.port), CONNECTED + OK)
        assert broker.said("New client connected").endswith(b"k1).")
        for _ in range(3):
            broker.said("Received PINGREQ from wizfi")
        module.expect_silence()
        module.exchange(b"AT+MQTTCON=0\r", DISCONNECTED + OK)


async def test_losing_the_network_is_silent(host: str, broker: Broker) -> None:
    firmware = load_firmware("1.0.5.2")
    async with trio.open_nursery() as nursery, open_fake_serial(nursery=nursery) as serial:
        device = host_device(
            Module(firmware, command_words(firmware)),
            serial,
            radio=RadioLink(load_world()),
            addresses=AddressMap(host),
            flash=MemoryFlash(),
            timing=load_timing("fast"),
            nursery=nursery,
        )

        async def shown_up_to(end: bytes) -> bytes:
            got = b""
            with trio.fail_after(PATIENCE_S):
                while not got.endswith(end):
                    got += await serial.host_read(1)
            return got

        async def ask(line: bytes) -> bytes:
            serial.host_write(line + b"\r")
            return await shown_up_to(OK)

        device.power_on()
        nursery.start_soon(device.run)
        for line in (*JOIN, b"AT+MQTTSET=,,wizfi,30"):
            await ask(line)
        assert await ask(connect(broker.port).strip()) == CONNECTED + OK
        device.feed(LinkLost())
        assert await shown_up_to(b"Event]\r\n") == b"\r\n[Link-Down Event]\r\n"
        await trio.to_thread.run_sync(broker.said, "Received DISCONNECT from wizfi")
        assert await ask(b"AT+MQTTCON=?") == b"Disconnected\r\n" + OK
        nursery.cancel_scope.cancel()
