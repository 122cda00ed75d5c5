"""An MQTT broker in memory, for the one module of its network: it delivers what the module publishes to itself."""

from typing import assert_never

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

WILDCARDS = (b"+", b"#")
TOPICS_MAX = 1000
LOG_BYTES = 64 * 1024
"""What is kept of the log until somebody takes it."""


class MemoryBroker:
    """MQTT 3.1.1 with QoS 0 as far as the module can use it.

    Its log has the lines of Mosquitto's, as far as scenarios may look for them.
    """

    def __init__(self) -> None:
        self._log = bytearray()
        self._client = b""
        self._topics: set[bytes] = set()

    def execute(self, effect: fx.MqttEffect) -> list[ev.Event]:
        """Carry out an effect of a client that is connected, or that connects."""
        match effect:
            case fx.ConnectMqtt():
                self._topics.clear()
                self._client = effect.client_id
                self._note(b"New client connected as %s (p2, c1, k%d)." % (effect.client_id, effect.keepalive_s))
                return [ev.MqttEnded(effect.request, ok=True)]
            case fx.SubscribeMqtt():
                return [ev.MqttEnded(effect.request, self._subscribe(effect))]
            case fx.PublishMqtt():
                return self._publish(effect)
            case fx.DisconnectMqtt():
                self._note(b"Received DISCONNECT from %s" % self._client)
                self._note(b"Client %s disconnected." % self._client)
                return []
            case _:
                assert_never(effect)

    def lose_client(self) -> None:
        self._note(b"Client %s closed its connection." % self._client)

    def publish(self, topic: bytes, payload: bytes) -> list[ev.Event]:
        """Deliver what another client publishes."""
        wanted = any(_matches(pattern, topic) for pattern in self._topics)
        return [ev.MqttReceived(topic, payload)] if wanted else []

    def _subscribe(self, effect: fx.SubscribeMqtt) -> bool:
        if effect.qos is None:
            self._note(b"Received UNSUBSCRIBE from %s" % self._client)
            self._note(b"\t%s" % effect.topic)
            self._topics.discard(effect.topic)
            return True
        if effect.qos > 2 or not _is_text(effect.topic) or len(self._topics) >= TOPICS_MAX:
            return False
        self._note(b"Received SUBSCRIBE from %s" % self._client)
        self._note(b"\t%s (QoS %d)" % (effect.topic, effect.qos))
        self._topics.add(effect.topic)
        return True

    def _publish(self, effect: fx.PublishMqtt) -> list[ev.Event]:
        if not _is_text(effect.topic) or any(wildcard in effect.topic for wildcard in WILDCARDS):
            return [ev.MqttEnded(effect.request, ok=False)]
        what = (self._client, effect.topic, len(effect.payload))
        self._note(b"Received PUBLISH from %s (d0, q0, r0, m0, '%s', ... (%d bytes))" % what)
        return [ev.MqttEnded(effect.request, ok=True), *self.publish(effect.topic, effect.payload)]

    def take_log(self) -> bytes:
        """What was received since the last time."""
        log = bytes(self._log)
        self._log.clear()
        return log

    def _note(self, line: bytes) -> None:
        self._log += line + b"\n"
        del self._log[:-LOG_BYTES]


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
