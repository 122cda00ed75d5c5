"""Events and effects in a few words: everything can be told, nothing secret is."""

from __future__ import annotations

import typing
from enum import Enum

import msgspec
import pytest

from wizfi_emu.control.summary import NAMES, summarize
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.secret import marks

SECRET = b"geheim-123"
KINDS = [*typing.get_args(ev.Event), *typing.get_args(fx.Effect)]


def filled(kind: type) -> object:
    """One of its kind with the secret in every field that can hold one."""
    values: dict[str, object] = {}
    annotations = typing.get_type_hints(kind)
    for name in marks(kind):
        annotation = annotations[name]
        options = typing.get_args(annotation) or (annotation,)
        first = next(option for option in options if option is not type(None))
        if annotation is bytes or bytes in options:
            values[name] = SECRET
        elif first is fx.TlsIdentity:
            values[name] = fx.TlsIdentity(SECRET, SECRET, SECRET)
        elif isinstance(first, type) and issubclass(first, Enum):
            values[name] = next(iter(first))
        elif typing.get_origin(annotation) is tuple:
            values[name] = (ev.Network(b"Net", "00", 1, -40),) if first is ev.Network else ("8.8.8.8",)
        else:
            values[name] = {int: 1, bool: True, float: 1.5}.get(first, "text")
    return kind(**values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_everything_can_be_told_as_json(kind: type) -> None:
    told = summarize(filled(kind))
    assert msgspec.json.decode(msgspec.json.encode(told)) == told


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_secret_and_no_payload_is_told(kind: type[msgspec.Struct]) -> None:
    told = summarize(filled(kind))
    assert {name for name, value in told.items() if SECRET.decode() in str(value)} <= NAMES
    hidden = set(kind.__struct_fields__) - {name.removesuffix("_bytes") for name in told}
    assert hidden == {name for name, mark in marks(kind).items() if mark and mark.is_concealed}


def test_what_is_told() -> None:
    join = fx.Join(3, ssid=b"Caf\xc3\xa9", security="WPA2", key=SECRET, mac="00:08:DC:00:00:00")
    assert summarize(join) == {
        "request": 3,
        "ssid": "Café",
        "security": "WPA2",
        "mac": "00:08:DC:00:00:00",
        "bssid": "",
        "channel": 0,
        "shared_key": False,
        "limit_us": 7_000_000,
    }
    assert summarize(ev.SocketReceived(1, b"12345", "10.0.0.1", 80)) == {
        "sock": 1,
        "data_bytes": 5,
        "peer_address": "10.0.0.1",
        "peer_port": 80,
    }
    assert summarize(ev.SocketFailed(1, ev.Failure.REFUSED)) == {"sock": 1, "failure": "refused"}
    assert summarize(ev.ScanEnded(1, (ev.Network(b"Net", "00:08", 6, -40),)))["networks"] == [
        {
            "ssid": "Net",
            "bssid": "00:08",
            "channel": 6,
            "rssi_dbm": -40,
            "rate_mbps": 54.0,
            "security": "OPEN",
            "kind": "Infra",
            "band": "2.4",
        }
    ]
