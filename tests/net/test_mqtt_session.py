"""The MQTT protocol without a connection: packets as bytes, after the standard (MQTT 3.1.1)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizfi_emu.module.events import MqttReceived
from wizfi_emu.net._mqtt_session import CONNECT, PACKET_LIMIT_BYTES, Answered, MqttSession

CONNACK = b"\x20\x02\x00\x00"
DISCONNECT = b"\xe0\x00"


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def publication(topic: bytes, payload: bytes, qos: int = 0, number: int = 0) -> bytes:
    body = text(topic) + (number.to_bytes(2, "big") if qos else b"") + payload
    length = len(body)
    remaining = bytes((length,)) if length < 128 else bytes((length % 128 | 128, length // 128))
    return bytes((0x30 | qos << 1,)) + remaining + body


def connected() -> MqttSession:
    session = MqttSession(b"", b"", b"", 0)
    session.take_outgoing()
    assert session.receive(CONNACK) == [Answered(CONNECT, ok=True)]
    return session


# --- connecting -------------------------------------------------------------------------------------------------------


def test_connect_asks_for_a_clean_session_of_version_3_1_1() -> None:
    session = MqttSession(b"", b"", b"", 60)
    assert session.take_outgoing() == b"\x10\x0c" + text(b"MQTT") + b"\x04\x02\x00\x3c" + text(b"")
    assert session.take_outgoing() == b""
    assert not session.ended


def test_connect_with_everything() -> None:
    session = MqttSession("us\xe9r".encode(), b"pass", b"id", 300)
    fields = text(b"id") + text("us\xe9r".encode()) + text(b"pass")
    assert session.take_outgoing() == b"\x10\x1b" + text(b"MQTT") + b"\x04\xc2\x01\x2c" + fields


def test_a_password_without_a_user_is_not_sent() -> None:
    session = MqttSession(b"", b"pass", b"id", 0)
    assert session.take_outgoing() == b"\x10\x0e" + text(b"MQTT") + b"\x04\x02\x00\x00" + text(b"id")


def test_a_user_without_a_password() -> None:
    session = MqttSession(b"user", b"", b"id", 0)
    assert session.take_outgoing() == b"\x10\x14" + text(b"MQTT") + b"\x04\x82\x00\x00" + text(b"id") + text(b"user")


@pytest.mark.parametrize("fields", [(b"\xff", b"", b""), (b"u", b"\xff", b""), (b"", b"", b"\xff")])
def test_what_is_not_utf_8_cannot_be_sent(fields: tuple[bytes, bytes, bytes]) -> None:
    with pytest.raises(ValueError, match="utf-8"):
        MqttSession(*fields, 0)


@pytest.mark.parametrize(
    ("code", "refusal"),
    [(1, ""), (2, ""), (3, "Server unavailable"), (4, "Bad user name or password"), (5, "Not auth")],
)
def test_a_refused_connection_ends_the_session(code: int, refusal: str) -> None:
    session = MqttSession(b"", b"", b"", 0)
    session.take_outgoing()
    assert session.receive(bytes((0x20, 2, 0, code))) == []
    assert session.ended
    assert session.refusal.startswith(refusal)
    # Neither an older version nor another client id is tried.
    assert session.take_outgoing() == b""


# --- requests ---------------------------------------------------------------------------------------------------------


def test_subscribe_and_its_answers() -> None:
    session = connected()
    first, second = session.subscribe(b"a/#", 2), session.subscribe(b"b", 0)
    assert session.take_outgoing() == (
        b"\x82\x08\x00\x01" + text(b"a/#") + b"\x02" + b"\x82\x06\x00\x02" + text(b"b") + b"\x00"
    )
    assert session.receive(b"\x90\x03\x00\x02\x80\x90\x03\x00\x01\x01") == [
        Answered(second, ok=False),
        Answered(first, ok=True),
    ]


def test_unsubscribe() -> None:
    session = connected()
    number = session.unsubscribe(b"a/b")
    assert session.take_outgoing() == b"\xa2\x07\x00\x01" + text(b"a/b")
    assert session.receive(b"\xb0\x02\x00\x01") == [Answered(number, ok=True)]


def test_publish() -> None:
    session = connected()
    assert session.publish(b"t", b"\x00\xff") == 1
    assert session.publish(b"t", b"") == 2
    assert session.take_outgoing() == b"\x30\x05" + text(b"t") + b"\x00\xff" + b"\x30\x03" + text(b"t")


def test_what_no_broker_accepts_is_not_sent() -> None:
    session = connected()
    with pytest.raises(ValueError, match="QoS"):
        session.subscribe(b"t", 3)
    with pytest.raises(ValueError, match="filter"):
        session.subscribe(b"a/#/b", 0)
    with pytest.raises(ValueError, match="utf-8"):
        session.subscribe(b"\xff", 0)
    with pytest.raises(ValueError, match="utf-8"):
        session.unsubscribe(b"\xff")
    with pytest.raises(ValueError, match="wildcards"):
        session.publish(b"a/+", b"x")
    with pytest.raises(ValueError, match="topic"):
        session.publish(b"", b"x")
    assert session.take_outgoing() == b""
    assert not session.ended


def test_ping_and_its_answer() -> None:
    session = connected()
    session.ping()
    assert session.take_outgoing() == b"\xc0\x00"
    assert session.receive(b"\xd0\x00") == []
    assert not session.ended


def test_disconnect_ends_the_session() -> None:
    session = connected()
    session.publish(b"t", b"last")
    session.disconnect()
    assert session.ended
    assert session.take_outgoing().endswith(b"last" + DISCONNECT)
    assert session.receive(publication(b"t", b"late")) == []
    with pytest.raises(ValueError, match="ended"):
        session.subscribe(b"t", 0)
    with pytest.raises(ValueError, match="ended"):
        session.unsubscribe(b"t")
    with pytest.raises(ValueError, match="ended"):
        session.publish(b"t", b"")


# --- publications -----------------------------------------------------------------------------------------------------


def test_publications_of_every_qos() -> None:
    session = connected()
    assert session.receive(publication(b"a", b"zero")) == [MqttReceived(b"a", b"zero")]
    assert session.take_outgoing() == b""
    assert session.receive(publication(b"a", b"one", 1, 7)) == [MqttReceived(b"a", b"one")]
    assert session.take_outgoing() == b"\x40\x02\x00\x07"
    # Exactly once: handed over when the broker releases it, also when it was sent twice.
    assert session.receive(publication(b"a", b"two", 2, 8)) == []
    assert session.receive(publication(b"a", b"two", 2, 8)) == []
    assert session.take_outgoing() == b"\x50\x02\x00\x08" * 2
    assert session.receive(b"\x62\x02\x00\x08" * 2) == [MqttReceived(b"a", b"two")]
    assert session.take_outgoing() == b"\x70\x02\x00\x08" * 2


def test_topics_and_payloads_are_bytes() -> None:
    session = connected()
    every = bytes(range(256))
    topic = "t\xfcr/\u20ac".encode()
    assert session.receive(publication(topic, every)) == [MqttReceived(topic, every)]
    assert session.receive(publication(b"\xff", b"no topic") + publication(b"t", b"next")) == [
        MqttReceived(b"t", b"next")
    ]


def test_a_packet_beyond_the_limit_ends_the_session() -> None:
    assert PACKET_LIMIT_BYTES == 1 << 20
    session = connected()
    assert session.receive(b"\x30\x80\x80\x40" + text(b"t")) == []
    assert not session.ended
    session = connected()
    assert session.receive(b"\x30\x81\x80\x40" + text(b"t")) == []
    assert session.ended


# --- any input --------------------------------------------------------------------------------------------------------

STREAM = (
    CONNACK
    + publication(b"a/b", bytes(200))
    + b"\x90\x03\x00\x01\x00"
    + publication(b"c", b"one", 1, 7)
    + publication(b"c", b"two", 2, 8)
    + b"\xd0\x00\xb0\x02\x00\x02\x62\x02\x00\x08"
)
HEARD = [
    Answered(CONNECT, ok=True),
    MqttReceived(b"a/b", bytes(200)),
    Answered(1, ok=True),
    MqttReceived(b"c", b"one"),
    Answered(2, ok=True),
    MqttReceived(b"c", b"two"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    session = MqttSession(b"", b"", b"", 0)
    edges = [0, *sorted(cuts), len(STREAM)]
    heard = [event for start, end in itertools.pairwise(edges) for event in session.receive(STREAM[start:end])]
    assert heard == HEARD
    assert not session.ended


@given(st.lists(st.binary(max_size=40) | st.sampled_from([STREAM, CONNACK]), max_size=6))
def test_nothing_that_a_broker_sends_raises(pieces: list[bytes]) -> None:
    session = MqttSession(b"", b"", b"", 0)
    for piece in pieces:
        for event in session.receive(piece):
            assert isinstance(event, Answered | MqttReceived)


@given(st.integers(0, len(STREAM) - 1), st.integers(0, 255))
def test_a_wrong_byte_does_not_raise(position: int, value: int) -> None:
    session = MqttSession(b"", b"", b"", 0)
    session.receive(STREAM[:position] + bytes((value,)) + STREAM[position + 1 :])
    session.disconnect()
    assert session.ended
