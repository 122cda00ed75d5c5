"""Faults of the connection to an MQTT broker."""

from __future__ import annotations

import random

import pytest

from wizfi_emu.faults.flows import UNKNOWN_PORT, Flow
from wizfi_emu.faults.model import TcpBlackHole, TcpRefuse, TcpReset
from wizfi_emu.faults.plan import FaultPlan
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.orders import ResetMqtt
from wizfi_emu.stages.stage import Item

CONNECT = fx.ConnectMqtt(1, "192.168.12.50", 1883, b"", b"", b"", 60, limit_us=5_000_000)
SUBSCRIBE = fx.SubscribeMqtt(2, b"topic", 0, 3_000_000)
PUBLISH = fx.PublishMqtt(3, b"topic", b"text")
RECEIVED = ev.MqttReceived(b"topic", b"text")


@pytest.fixture
def plan() -> FaultPlan:
    return FaultPlan(0, random.Random, room=lambda: 2048, powered=True)


def orders(items: list[Item]) -> list[Item]:
    return [item for item in items if not isinstance(item, fx.Log)]


def test_refused(plan: FaultPlan) -> None:
    plan.add(TcpRefuse(port=1883), 0)
    assert plan.execute(CONNECT, 0) == [ev.MqttEnded(1, ok=False)]


def test_a_connection_that_was_there_before() -> None:
    broker = Flow(0, True, "192.168.12.50", UNKNOWN_PORT)
    plan = FaultPlan(0, random.Random, room=lambda: 2048, powered=True, broker=broker)
    assert orders(plan.add(TcpReset(address="192.168.12.51", port=1883), 0)[1]) == []
    assert orders(plan.add(TcpReset(address="192.168.12.50", port=1883), 0)[1]) == [ResetMqtt()]


def test_another_port(plan: FaultPlan) -> None:
    plan.add(TcpRefuse(port=1884), 0)
    assert plan.execute(CONNECT, 0) == [CONNECT]


def test_black_hole(plan: FaultPlan) -> None:
    plan.add(TcpBlackHole(), 0)
    assert plan.execute(CONNECT, 0) == []
    assert plan.wakeup_us == 5_000_000
    assert plan.time_reached(5_000_000) == [ev.MqttEnded(1, ok=False)]


def test_black_hole_of_a_connection(plan: FaultPlan) -> None:
    plan.execute(CONNECT, 0)
    plan.add(TcpBlackHole(), 0)
    assert plan.execute(PUBLISH, 0) == [ev.MqttEnded(3, ok=True)], "the stack takes it"
    assert plan.receive(RECEIVED, 0) == []
    assert plan.execute(SUBSCRIBE, 0) == []
    assert plan.time_reached(3_000_000) == [ev.MqttEnded(2, ok=False)]
    assert plan.execute(fx.DisconnectMqtt(), 0) == [fx.DisconnectMqtt()]
    plan.heal("tcp-black-hole", 4_000_000)
    assert plan.receive(RECEIVED, 4_000_000) == [RECEIVED]


def test_reset(plan: FaultPlan) -> None:
    assert orders(plan.add(TcpReset(), 0)[1]) == [], "there is no connection"
    plan.execute(CONNECT, 0)
    assert orders(plan.add(TcpReset(), 0)[1]) == [ResetMqtt()]
    plan.restarted()
    assert orders(plan.add(TcpReset(), 0)[1]) == []
