"""What is secret is marked in the type of its field, and no printer shows it."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterator

import msgspec
import pytest

from tests.desk import Desk, S
from wizfi_emu.air.accesspoint import LiveAccessPoint
from wizfi_emu.air.segment import soft_ap_server
from wizfi_emu.air.world import AccessPoint, Change, Station, Step, World, Wps
from wizfi_emu.boot.dct import Dct
from wizfi_emu.control.client import Target
from wizfi_emu.control.registry import Entry
from wizfi_emu.control.summary import summarize
from wizfi_emu.faults.model import Fault, KeyChanged
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.profile.fields import MqttSetting, Profile, SecuritySetting
from wizfi_emu.profile.image import FlashImage, SecuritySection
from wizfi_emu.readable import as_text, readable
from wizfi_emu.recording.format import FORMAT, Batch, Header, Item, Recording
from wizfi_emu.recording.labels import label
from wizfi_emu.recording.pcap.export import export_pcapng
from wizfi_emu.recording.report.page import make_report
from wizfi_emu.recording.show import show_item
from wizfi_emu.secret import CONCEALED, Secret, discreet, marks, secret_in, values_of
from wizfi_emu.stages import orders

TEXT = "73519482"  # also a PIN and a Wi-Fi key
SECRET = TEXT.encode()
ROOTS: list[type] = [
    *typing.get_args(Item),
    *typing.get_args(orders.Order),
    *typing.get_args(Fault),
    FlashImage,
    World,
    Change,
    LiveAccessPoint,
    Dct,
    Target,
    Entry,
]

MAC = "00:08:DC:00:00:01"
IDENTITY = fx.TlsIdentity(b"certificate", SECRET)

EVENTS: list[ev.Event] = [
    ev.PoweredOn(SECRET),
    ev.WpsEnded(1, key=SECRET),
    ev.IdentityMade(1, b"certificate", SECRET),
]
EFFECTS: list[fx.Effect] = [
    fx.WriteFlash(1, SECRET),
    fx.Join(1, b"net", "WPA2", SECRET, MAC),
    fx.StartAccessPoint(1, b"net", 1, "WPA2", SECRET, MAC, "", "", ""),
    fx.RunWps(1, SECRET),
    fx.ConnectMqtt(1, "10.0.0.1", 1883, b"user", SECRET, b"id", 60),
]
EXAMPLES: list[object] = [
    *EVENTS,
    *EFFECTS,
    IDENTITY,
    orders.ChangeKey("net", TEXT),
    KeyChanged(access_point="net", key=TEXT),
    SecuritySetting(key=SECRET),
    MqttSetting(password=SECRET),
    Profile(web_password=SECRET),
    SecuritySection(b"certificate", SECRET),
    AccessPoint(bssid=MAC, ssid="net", security="WPA2", key=TEXT),
    Change(key=TEXT),
    Step(at_s=1, key=TEXT),
    Station(mac=MAC, key=TEXT),
    Wps(pin=TEXT),
    LiveAccessPoint(b"net", MAC, 1, "WPA2", SECRET, soft_ap_server("192.168.1.1", "255.255.255.0")),
    Dct(True, SECRET, b"", SECRET),
    Target("127.0.0.1:80", TEXT),
    Entry(1, "", "", "", TEXT),
]
"""One of each class with secrets."""

ITEMS: list[Item] = [
    *EVENTS,
    *EFFECTS,
    fx.ConnectTcp(1, "10.0.0.1", 443, 0, IDENTITY),
    fx.ListenTcp(1, 443, IDENTITY),
]

SUSPICIOUS = ("key", "password", "pin", "image", "secret", "token", "pem", "psk")
NOT_SECRET = {
    "PinDriven.pin": "a pin of the board",
    "SetPin.pin": "a pin of the board",
    "Join.shared_key": "whether that is the method",
    "World.pings": "echo requests",
    "Station.ping_ms": "echo requests",
}


def records(roots: list[type]) -> Iterator[type]:
    """The classes and those that their fields can hold, each once."""
    seen: set[type] = set()
    waiting: list[object] = [*roots]
    while waiting:
        one = waiting.pop()
        waiting += typing.get_args(one)
        if not isinstance(one, type) or one in seen:
            continue
        if dataclasses.is_dataclass(one) or issubclass(one, msgspec.Struct) or hasattr(one, "_fields"):
            seen.add(one)
            yield one
            waiting += typing.get_type_hints(one, include_extras=True).values()


RECORDS = sorted(records(ROOTS), key=lambda kind: kind.__name__)
WITH_SECRETS = [kind for kind in RECORDS if any(mark and mark.is_concealed for mark in marks(kind).values())]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_what_is_called_like_a_secret_is_marked(kind: type) -> None:
    suspicious = {name for name in marks(kind) if any(word in name for word in SUSPICIOUS)}
    unmarked = {f"{kind.__name__}.{name}" for name in suspicious if marks(kind)[name] is None}
    assert unmarked <= set(NOT_SECRET)


def test_the_exceptions_exist() -> None:
    fields = {f"{kind.__name__}.{name}" for kind in RECORDS for name in marks(kind)}
    assert set(NOT_SECRET) <= fields


def test_the_examples_are_complete() -> None:
    assert {type(one) for one in EXAMPLES} == set(WITH_SECRETS)


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda one: type(one).__name__)
def test_repr_conceals(record: object) -> None:
    assert TEXT in "".join(str(value) for _, value, _ in values_of(record))
    assert TEXT not in f"{record!r} {record} {[record]}"
    assert CONCEALED in repr(record)


@pytest.mark.parametrize("printer", [repr, show_item, summarize, label, readable])
@pytest.mark.parametrize("item", ITEMS, ids=lambda one: type(one).__name__)
def test_no_printer_shows_a_secret_of_an_event_or_effect(item: Item, printer: Callable[[Item], object]) -> None:
    assert TEXT not in str(printer(item))


def test_files_made_of_a_recording_hold_no_field_that_is_secret() -> None:
    header = Header(format=FORMAT, program="1", firmware=load_firmware("guide"), redacted=False)
    recording = Recording(header, tuple(Batch(1, event, tuple(EFFECTS)) for event in EVENTS))
    assert SECRET not in b"".join(export_pcapng(recording))
    assert TEXT not in make_report(recording, "x")


def test_secrets_for_who_asks_for_them() -> None:
    image = FlashImage(Profile(web_password=SECRET), security=SecuritySection(b"certificate", SECRET))
    assert str(readable(image, secrets=True)).count(TEXT) == 2
    assert TEXT not in str(readable(image))


def test_no_log_of_a_session_holds_a_secret() -> None:
    desk = Desk("1.0.5.2", "debug_errors=true")
    desk.ok("AT+MMSG=3", f"AT+WSEC=0,WPA2,{TEXT}", f"AT+MCWUI=admin,admin,admin,{TEXT}", f"AT+MQTTSET=me,{TEXT},id,60")
    desk.at(f"AT+WSEC=0,WEP,{TEXT}")
    desk.at("AT+WJOIN", 60 * S)
    desk.at(f"AT+WWPS=1,{TEXT}", 180 * S)
    desk.ok("AT+MPROF=S")
    logs = [effect.text for effect in desk.effects if isinstance(effect, fx.Log)]
    assert TEXT not in "".join(logs)
    assert TEXT not in repr([effect for effect in desk.effects if not isinstance(effect, fx.UartSend)])
    assert TEXT not in repr((desk.module.ram, desk.module.storage.image))


@discreet
@dataclasses.dataclass(frozen=True)
class Both:
    user: typing.Annotated[str, Secret.USER]
    key: typing.Annotated[str, Secret.KEY] | None = None
    plain: int = 0


def test_a_user_is_shown_and_an_empty_secret_too() -> None:
    assert repr(Both("me", "12345678")) == "Both(user='me', key=***, plain=0)"
    assert repr(Both("me")) == "Both(user='me', key=None, plain=0)"
    assert readable(Both("me", "")) == {"user": "me", "key": "", "plain": 0}
    assert list(marks(Both).items()) == [("user", Secret.USER), ("key", Secret.KEY), ("plain", None)]


def test_the_mark_in_a_type() -> None:
    assert secret_in(typing.Annotated[bytes, Secret.PRIVATE_KEY]) is Secret.PRIVATE_KEY
    assert secret_in(typing.Annotated[str, msgspec.Meta(max_length=3), Secret.KEY] | None) is Secret.KEY
    assert secret_in(str | None) is None


def test_bytes_that_are_no_text() -> None:
    assert as_text(b"a\xffb") == "a\\xffb"
