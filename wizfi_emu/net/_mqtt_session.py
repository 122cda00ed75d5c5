"""MQTT 3.1.1 without sockets, clocks or tasks: bytes from the broker in, what they say out, and bytes for the broker.

The protocol is that of paho-mqtt. It is given a socket in memory instead of one of the host, so that it never waits
and never connects; who owns the real connection moves the bytes. Its own timekeeping (``loop_misc``) is not used: it
knows no clock but the host's.

What no broker accepts is refused here and not sent: text that is not UTF-8, a wildcard in the topic of a publication,
a QoS above 2. A broker would close the connection for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from wizfi_emu.module.events import MqttReceived

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

CONNECT = 0
"""The number of the CONNECT request; the others are numbered from 1."""

PACKET_LIMIT_BYTES = 1 << 20
"""What a broker may send in one piece. The module prints 255 bytes of it; the protocol would allow 256 MB."""

_PINGREQ = b"\xc0\x00"  # paho sends its own only by its own clock


class Answered(NamedTuple):
    """The broker has answered the request with this number. A CONNECT that it refuses ends the session instead."""

    number: int
    ok: bool


class MqttSession:
    """One session, from CONNECT to the end of the connection. It is not used again.

    Raises ValueError for a user, password or client id that cannot be sent. ``keepalive_s`` 0 is none. Without a user
    the password is not sent, as the protocol demands.
    """

    def __init__(self, user: bytes, password: bytes, client_id: bytes, keepalive_s: int) -> None:
        self.refusal = ""
        """Why the broker refused the connection, as far as it says."""
        self._heard: list[Answered | MqttReceived] = []
        self._memory = _Memory()
        self._client = _Client(self._memory, client_id.decode())
        if user:
            self._client.username_pw_set(user.decode(), password.decode() or None)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_unsubscribe = self._on_unsubscribe
        self._client.on_message = self._on_message
        # The name is for connecting, which is done already.
        self._client.connect("broker", keepalive=keepalive_s)

    @property
    def ended(self) -> bool:
        """The connection is of no more use: the broker refused or broke the protocol, or `disconnect` was called."""
        return self._memory.closed

    def receive(self, data: bytes) -> list[Answered | MqttReceived]:
        """Take bytes from the broker in any pieces, and give what they say, in order. Never raises."""
        memory = self._memory
        memory.incoming += data
        while memory.incoming and not memory.closed:
            self._client.loop_read()
        heard, self._heard = self._heard, []
        return heard

    def take_outgoing(self) -> bytes:
        """Take what is to be sent to the broker now: whole packets."""
        data = bytes(self._memory.outgoing)
        self._memory.outgoing.clear()
        return data

    def subscribe(self, topic: bytes, qos: int) -> int:
        """Subscribe, and give the number of the request. Raises ValueError for what cannot be sent."""
        return _sent(self._client.subscribe(topic.decode(), qos)[1])

    def unsubscribe(self, topic: bytes) -> int:
        """Unsubscribe, and give the number of the request. Raises ValueError for what cannot be sent."""
        return _sent(self._client.unsubscribe(topic.decode())[1])

    def publish(self, topic: bytes, payload: bytes) -> int:
        """Publish with QoS 0, and give the number of the request. Raises ValueError for what cannot be sent."""
        published = self._client.publish(topic.decode(), payload)
        return _sent(None if published.rc else published.mid)

    def ping(self) -> None:
        self._memory.outgoing += _PINGREQ

    def disconnect(self) -> None:
        self._client.disconnect()

    # --- called by paho, which must not be called back from here ----------------------------------------------------

    def _on_connect(
        self, client: Client, userdata: object, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self.refusal = str(reason)
        else:
            self._heard.append(Answered(CONNECT, ok=True))

    def _on_subscribe(
        self, client: Client, userdata: object, number: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        self._heard.append(Answered(number, ok=not any(reason.is_failure for reason in reasons)))

    def _on_unsubscribe(
        self, client: Client, userdata: object, number: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        self._heard.append(Answered(number, ok=True))

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic.encode()
        except UnicodeDecodeError:
            return  # Brokers do not let such a topic through, and paho keeps it to itself.
        self._heard.append(MqttReceived(topic, bytes(message.payload)))


class _Client(Client):
    """A paho client on a connection that exists already."""

    def __init__(self, memory: _Memory, client_id: str) -> None:
        # Reconnecting is what it would do by itself when a broker wants an older protocol or a client id.
        super().__init__(CallbackAPIVersion.VERSION2, client_id, clean_session=True, reconnect_on_failure=False)
        self._memory = memory

    def _create_socket(self) -> SocketLike:
        return self._memory


class _Memory:
    """What paho takes for its socket."""

    def __init__(self) -> None:
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.closed = False

    def recv(self, size: int) -> bytes:
        if size > PACKET_LIMIT_BYTES:
            raise OSError("a packet from the broker is too large")  # paho then ends the connection
        if not self.incoming:
            raise BlockingIOError
        data = bytes(self.incoming[:size])
        del self.incoming[:size]
        return data

    def send(self, data: bytes | bytearray) -> int:
        self.outgoing += data
        return len(data)

    def close(self) -> None:
        self.closed = True

    def fileno(self) -> int:
        return -1

    def setblocking(self, flag: bool) -> None:
        pass


def _sent(number: int | None) -> int:
    if number is None:
        raise ValueError("the session has ended")
    return number
