"""The faults as structs: what is accepted, and what is said of what is not."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from wizfi_emu.faults.model import BaseFault, Fault, KeyChanged, TcpReset, When
from wizfi_emu.userfiles.errors import explain_value


def read(text: dict[str, object]) -> BaseFault:
    found: BaseFault = msgspec.convert(text, Fault, strict=False)
    return found


def test_a_fault_is_a_mapping_of_its_keys() -> None:
    when = {"pattern": "[CONNECT 0]", "nth": "2", "every": "true", "after": "0.5"}
    fault = read({"fault": "tcp-reset", "when": when, "port": "1883", "probability": "0.5", "seed": "7"})
    expected = When(pattern="[CONNECT 0]", nth=2, every=True, after=0.5)
    assert fault == TcpReset(when=expected, port=1883, probability=0.5, seed=7)
    assert fault.word == "tcp-reset"


def test_every_fault_can_be_written_with_what_it_needs() -> None:
    needed: dict[str, dict[str, object]] = {
        "ap-off": {"access_point": "A"},
        "key-changed": {"access_point": "A", "key": "12345678"},
        "tcp-slow-read": {"bytes_per_s": 100},
        "tcp-cut": {"after_bytes": 100},
        "bandwidth": {"bytes_per_s": 100},
        "wrong-baud": {"baud": 9600},
    }
    words = [kind.__struct_config__.tag for kind in get_args(Fault)]
    assert len(words) == 29
    assert {word: read({"fault": word, **needed.get(str(word), {})}).word for word in words} == {w: w for w in words}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({"fault": "tcp-rest"}, "fault: expected ap-off, key-changed, dhcp-refuse, "),
        ({"fault": "tcp-reset", "for": 3}, "for: this fault is over at once and has no duration"),
        ({"fault": "tcp-refuse", "for": -1}, "for: expected 0 to 86400, got -1"),
        (
            {"fault": "tcp-refuse", "name": "a/b"},
            "name: expected letters, digits, dots, dashes and underscores, got 'a/b'",
        ),
        ({"fault": "tcp-refuse", "probability": 2}, "probability: expected 0 to 1, got 2"),
        ({"fault": "tcp-refuse", "port": 65536}, "port: expected 0 to 65535, got 65536"),
        ({"fault": "dhcp-late", "delay_ms": -1}, "delay_ms: expected 0 to 86400000, got -1"),
        ({"fault": "latency", "jitter_ms": -1}, "jitter_ms: expected 0 to 86400000, got -1"),
        ({"fault": "bandwidth", "bytes_per_s": 0}, "bytes_per_s: expected 1 to 1000000000000, got 0"),
        ({"fault": "tcp-slow-read", "bytes_per_s": 0}, "bytes_per_s: expected 1 to 1000000000000, got 0"),
        ({"fault": "tcp-cut", "after_bytes": -1}, "after_bytes: expected 0 to"),
        ({"fault": "udp-reorder", "hold_ms": -1}, "hold_ms: expected 0 to"),
        ({"fault": "serial-delay", "delay_ms": -1}, "delay_ms: expected 0 to"),
        ({"fault": "serial-pieces", "bytes": 0}, "bytes: expected 1 to"),
        ({"fault": "wrong-baud", "baud": 0}, "baud: expected 1 to"),
        ({"fault": "brown-out", "off_ms": -1}, "off_ms: expected 0 to"),
    ],
)
def test_mistakes_are_named(text: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        read(text)
    assert explain_value(str(caught.value), text, Fault).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ({}, "expected one of at, pattern, regex or event, got none"),
        ({"at": 1, "event": "LinkLost"}, "expected one of at, pattern, regex or event, got at and event"),
        ({"at": -1}, "at: expected 0 to 86400, got -1"),
        ({"at": 1, "nth": 2}, "at: happens once; nth and every need pattern, regex or event"),
        ({"event": "LinkLost", "nth": 0}, "nth: expected 1 or more, got 0"),
        ({"event": "LinkFound"}, "event: expected an event or effect such as SocketOpened, got 'LinkFound'"),
        ({"pattern": ""}, "pattern: expected a text"),
        ({"pattern": "\u20ac"}, "pattern: '\u20ac' is not a single byte; write its bytes as \\x escapes"),
        ({"regex": "\u20ac"}, "regex: '\u20ac' is not a single byte; write its bytes as \\x escapes"),
        ({"regex": "("}, "regex: "),
        ({"regex": "a(?=b)"}, "regex: invalid perl operator: (?="),
        ({"regex": "a*"}, "regex: must not match the empty text"),
        ({"event": "LinkLost", "after": -1}, "after: expected 0 to 86400, got -1"),
    ],
)
def test_mistakes_of_a_moment_are_named(text: dict[str, object], message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(text, When, strict=False)
    assert explain_value(str(caught.value), text, When).startswith(message)


def test_the_key_stays_out_of_logs() -> None:
    assert "topsecret" not in repr(KeyChanged(access_point="A", key="topsecret"))
