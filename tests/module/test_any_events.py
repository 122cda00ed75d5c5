"""No list of events makes the machine raise, whatever it holds, and some things are true after each of them."""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from tests.desk import BOTH, S, firmware_named
from tests.vectors.player import read_vectors
from wizfi_emu.commands import command_words
from wizfi_emu.firmware.load import list_firmware, load_application
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import DATA_WINDOW_BYTES, Module
from wizfi_emu.profile import FlashImage, Profile, encode_image

SESSIONS = read_vectors("public.jsonl")
LINES = sorted({step.get("send", "").encode("latin-1") for session in SESSIONS for step in session["steps"]})
IMAGES = [b"", b"broken", encode_image(FlashImage(Profile(firmware_version="1.0.5.2")))]
TEXTS = ["", "0.0.0.0", "192.168.12.1", "OPEN", "WPA2", "function", "boot", "gpio1", "00:08:DC:AA:BB:01", "é€"]
EVENT_TYPES = get_args(ev.Event)


def values(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - whatever an event's field is annotated with
    """Values of a field. Numbers are small, so that they often name something that exists."""
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of(*(values(part) for part in get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if hint is type(None):
        return st.none()
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.one_of(st.integers(0, 12), st.integers(-100, 70000))
    if hint is float:
        return st.floats()
    if hint is str:
        return st.one_of(st.sampled_from(TEXTS), st.text(max_size=6))
    if hint is bytes:
        return st.one_of(st.sampled_from(LINES), st.binary(max_size=20), st.binary(min_size=1400, max_size=3000))
    return events_of(hint)


def events_of(kind: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    arguments = {field.name: values(hints[field.name]) for field in fields(kind)}
    if kind is ev.PoweredOn:
        arguments["image"] = st.sampled_from(IMAGES)
    return st.builds(kind, **arguments)


EVENTS = st.one_of(*(events_of(kind) for kind in EVENT_TYPES))
SERIAL = st.builds(ev.UartReceived, data=st.sampled_from(LINES))
STEPS = st.lists(
    st.tuples(st.one_of(EVENTS, SERIAL), st.one_of(st.just(0), st.integers(0, 200_000), st.integers(0, 20 * S))),
    min_size=15,
    max_size=50,
)
ANSWERS: dict[type, Callable[[int], ev.Event]] = {
    fx.WriteFlash: lambda request: ev.FlashWritten(request, True),
    fx.Join: lambda request: ev.JoinEnded(request, None),
    fx.RequestAddress: lambda request: ev.AddressOffered(request, "192.168.12.10", "255.255.255.0", "192.168.12.1"),
    fx.StartAccessPoint: lambda request: ev.AccessPointStarted(request, True),
}


class Watched:
    """A machine whose state is looked at after every event."""

    def __init__(self, firmware: str) -> None:
        personality = firmware_named(firmware)

        def application(version: str) -> tuple[Any, Any]:
            other = load_application(version)
            return other, command_words(other)

        self.module = Module(personality, command_words(personality), application)
        self.now_us = 0
        self.pins: dict[str, bool | None] = {}
        self.requests: set[int] = set()

    def feed(self, event: ev.Event) -> None:
        module = self.module
        answers: list[ev.Event] = []
        for effect in module.handle(event, self.now_us):
            if isinstance(effect, fx.SetPin):
                self.pins[effect.pin] = effect.level
            request = getattr(effect, "request", None)
            if request is not None:
                assert request not in self.requests
                self.requests.add(request)
                if type(effect) in ANSWERS and request % 5:  # the others stay without an answer
                    answers.append(ANSWERS[type(effect)](request))
        assert 0 <= module.uart_room <= DATA_WINDOW_BYTES
        scids = [slot.scid for slot in module.slots.open_slots]
        assert scids == sorted(set(scids))
        assert all(0 <= scid < 8 for scid in scids)
        socks = [slot.sock for slot in module.slots.open_slots]
        assert len(socks) == len(set(socks))
        for answer in answers:
            self.feed(answer)

    def let_time_pass(self, until_us: int) -> None:
        """Wake the machine whenever it wants to be woken; it must get on."""
        for _ in range(10_000):
            wakeup_us = self.module.wakeup_us
            if wakeup_us is None or wakeup_us > until_us:
                break
            self.now_us = max(self.now_us, wakeup_us)
            self.feed(ev.TimeReached())
        else:
            raise AssertionError(f"woken again and again at {self.now_us}")
        self.now_us = until_us


@settings(max_examples=120)
@given(st.sampled_from([*BOTH, *list_firmware()]), STEPS)
@pytest.mark.slow
def test_any_events(firmware: str, steps: list[tuple[ev.Event, int]]) -> None:
    watched = Watched(firmware)
    watched.feed(ev.PoweredOn(b""))
    watched.feed(ev.FlashWritten(1, True))
    for event, wait_us in steps:
        watched.feed(event)
        watched.let_time_pass(watched.now_us + wait_us)
    watched.let_time_pass(watched.now_us + 100 * S)
    module = watched.module
    if module.powered and module.boot_target is not None and module.ota is None:
        assert (watched.pins.get("led2") is False) is module.data_mode.active


@settings(max_examples=60)
@given(st.sampled_from(BOTH), st.lists(st.binary(max_size=300), max_size=20))
@pytest.mark.slow
def test_any_serial_bytes(firmware: str, chunks: list[bytes]) -> None:
    watched = Watched(firmware)
    watched.feed(ev.PoweredOn(b""))
    watched.feed(ev.FlashWritten(1, True))
    for chunk in chunks:
        watched.feed(ev.UartReceived(chunk))
        watched.let_time_pass(watched.now_us + 50_000)
