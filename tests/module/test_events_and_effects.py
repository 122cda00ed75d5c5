"""The groups of events and effects: each class in one of them, each request with its answer."""

from __future__ import annotations

from types import ModuleType
from typing import get_args

import pytest

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev

VALUES = {
    fx.BaseEffect,
    ev.BaseEvent,
    fx.Request,
    fx.TlsIdentity,
    ev.Network,
    ev.ResetCause,
    ev.Failure,
    ev.PingResult,
    ev.JoinFailure,
    ev.SerialLoss,
}


def classes_of(module: ModuleType) -> set[type]:
    found = {one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__}
    return found - VALUES


def test_every_class_is_in_a_group() -> None:
    assert set(get_args(ev.Event)) == classes_of(ev)
    assert set(get_args(fx.Effect)) == classes_of(fx)


def test_no_class_is_in_two_groups() -> None:
    events = [
        ev.HostEvent,
        ev.BoardEvent,
        ev.RadioEvent,
        ev.SocketEvent,
        ev.WebEvent,
        ev.AirEvent,
        ev.MqttEvent,
        ev.Answer,
    ]
    members = [kind for group in events for kind in get_args(group)]
    assert len(members) == len(set(members)) == len(get_args(ev.Event)) - 1, "all but TimeReached"
    effects = [fx.SerialEffect, fx.BoardEffect, fx.RadioEffect, fx.NetworkEffect, fx.MqttEffect]
    members = [kind for group in effects for kind in get_args(group)]
    assert len(members) == len(set(members)) == len(get_args(fx.Effect))


def test_requests_and_answers_belong_together() -> None:
    requests = {kind for kind in get_args(fx.Effect) if issubclass(kind, fx.Request)}
    assert requests == set(get_args(fx.AnyRequest))
    assert {kind.answer for kind in requests} == set(get_args(ev.Answer))


@pytest.mark.parametrize(
    ("event", "answers"), [(ev.SignalRead(1, -40), True), (ev.FlashWritten(1, ok=True), False), (None, False)]
)
def test_request_knows_its_answer(event: object, answers: bool) -> None:
    assert fx.ReadSignal(1).is_answered_by(event) is answers
