"""An MQTT broker in memory, for the one module of its network: it delivers what the module publishes to itself."""

from __future__ import annotations

from typing import assert_never

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

WILDCARDS = (b"+", b"#")
TOPICS_MAX = 1000
LOG_BYTES = 64 * 1024
"""What is kept of the log until somebody takes it."""


class MemoryBroker:
    """MQTT 3.1.1 with QoS 0 as far as the module can use it. ``log`` says what was received, a line each."""

    def __init__(self) -> None:
        self.log = bytearray()
        self._topics: set[bytes] = set()

    def execute(self, effect: fx.MqttEffect) -> list[ev.Event]:
        """Carry out an effect of a client that is connected, or that connects."""
        match effect:
            case fx.ConnectMqtt():
                self._topics.clear()
                self._note(b"CONNECT %s" % effect.client_id)
                return [ev.MqttEnded(effect.request, ok=True)]
            case fx.SubscribeMqtt():
                return [ev.MqttEnded(effect.request, self._subscribe(effect))]
            case fx.PublishMqtt():
                return self._publish(effect)
            case fx.DisconnectMqtt():
                self._note(b"DISCONNECT")
                return []
            case _:
                assert_never(effect)

    def publish(self, topic: bytes, payload: bytes) -> list[ev.Event]:
        """Deliver what another client publishes."""
        wanted = any(_matches(pattern, topic) for pattern in self._topics)
        return [ev.MqttReceived(topic, payload)] if wanted else []

    def _subscribe(self, effect: fx.SubscribeMqtt) -> bool:
        if effect.qos is None:
            self._note(b"UNSUBSCRIBE %s" % effect.topic)
            self._topics.discard(effect.topic)
            return True
        if effect.qos > 2 or not _is_text(effect.topic) or len(self._topics) >= TOPICS_MAX:
            return False
        self._note(b"SUBSCRIBE %s (QoS %d)" % (effect.topic, effect.qos))
        self._topics.add(effect.topic)
        return True

    def _publish(self, effect: fx.PublishMqtt) -> list[ev.Event]:
        if not _is_text(effect.topic) or any(wildcard in effect.topic for wildcard in WILDCARDS):
            return [ev.MqttEnded(effect.request, ok=False)]
        self._note(b"PUBLISH %s (%d bytes)" % (effect.topic, len(effect.payload)))
        return [ev.MqttEnded(effect.request, ok=True), *self.publish(effect.topic, effect.payload)]

    def _note(self, line: bytes) -> None:
        self.log += b"Received %s\n" % line
        del self.log[:-LOG_BYTES]


def _is_text(topic: bytes) -> bool:
    try:
        topic.decode()
    except UnicodeDecodeError:
        return False
    return bool(topic)


def _matches(pattern: bytes, topic: bytes) -> bool:
    """Whether a topic falls under a subscription: ``+`` is any one level, ``#`` at the end all the rest."""
    wanted, levels = pattern.split(b"/"), topic.split(b"/")
    if wanted[-1] == b"#":
        wanted.pop()
        levels = levels[: len(wanted)]
    return len(wanted) == len(levels) and all(one in (b"+", level) for one, level in zip(wanted, levels, strict=True))
