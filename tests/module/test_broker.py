"""The connection to a broker alone."""

from __future__ import annotations

import pytest

from tests.desk import MEASURED, firmware_named
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.broker import Broker
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.output import Output
from wizfi_emu.module.part import Core
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.storage import Storage

GONE = fx.UartSend(b"[MQTT DISCONNECT]\r\n")


def new_broker(address: str) -> tuple[Broker, Kernel]:
    kernel = Kernel()
    settings = Settings(firmware_named(MEASURED))
    output = Output(settings, lambda data: kernel.emit(fx.UartSend(data)), lambda _us: None)
    broker = Broker(Core(kernel, settings, Storage(kernel, settings), output))
    broker.address = address
    return broker, kernel


def test_publications_are_printed_up_to_the_limit() -> None:
    broker, kernel = new_broker("10.0.0.1")
    broker.receive(ev.MqttReceived(b"t", b"hello"))
    broker.receive(ev.MqttReceived(b"t", b"x" * 300))
    short, long = kernel.take_effects()
    assert short == fx.UartSend(b"{Q,t,,5}hello\r\n")
    assert long == fx.UartSend((b"{Q,t,,300}" + b"x" * 300)[:255])


def test_each_way_to_end() -> None:
    broker, kernel = new_broker("10.0.0.1")
    broker.receive(ev.MqttLost())
    assert (broker.address, kernel.take_effects()) == ("", [GONE])
    broker.address = "10.0.0.1"
    assert broker.leave()
    assert (broker.address, kernel.take_effects()) == ("", [fx.DisconnectMqtt(), GONE])
    broker.address = "10.0.0.1"
    broker.drop()
    assert (broker.address, kernel.take_effects()) == ("", [fx.DisconnectMqtt()])


@pytest.mark.parametrize("event", [ev.MqttReceived(b"t", b"late"), ev.MqttLost()])
def test_nothing_counts_without_a_connection(event: ev.MqttEvent) -> None:
    broker, kernel = new_broker("")
    broker.receive(event)
    assert not broker.leave()
    broker.drop()
    assert kernel.take_effects() == []
