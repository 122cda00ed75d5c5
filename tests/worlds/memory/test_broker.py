"""What the broker in memory keeps; what it says and delivers is held by scenarios that have one."""

from __future__ import annotations

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.worlds.memory.broker import LOG_BYTES, TOPICS_MAX, MemoryBroker


def subscribe(broker: MemoryBroker, number: int, topic: bytes, qos: int | None = 0) -> bool:
    [answer] = broker.execute(fx.SubscribeMqtt(number, topic, qos, limit_us=1_000_000))
    assert isinstance(answer, ev.MqttEnded)
    assert answer.request == number
    return answer.ok


def test_topics_are_bounded() -> None:
    broker = MemoryBroker()
    assert all(subscribe(broker, number, b"t%d" % number) for number in range(TOPICS_MAX))
    assert not subscribe(broker, 7, b"one more")
    assert subscribe(broker, 8, b"t3", None)
    assert subscribe(broker, 9, b"one more")


def test_the_log_is_bounded() -> None:
    broker = MemoryBroker()
    for number in range(LOG_BYTES // 20):
        broker.execute(fx.PublishMqtt(number, b"topic", b"x"))
    log = broker.take_log()
    assert len(log) == LOG_BYTES
    assert log.endswith(b"'topic', ... (1 bytes))\n")
    assert broker.take_log() == b""
