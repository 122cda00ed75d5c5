"""Every order of the module fails once, and once it is never answered: the module says so in its own words and goes on.

A recorded session of each group is played again and again, each time with another of its orders disturbed. What the
module then prints is its business; afterwards it answers AT. ``python -m tests.faults.test_every_effect_fails`` plays
all sessions instead of one of each group, and prints how often that was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Literal, NamedTuple

import pytest

from tests.vectors.player import Player, Vector, read_vectors
from wizfi_emu.air.load import load_world
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.stage import Item, Place, Stage
from wizfi_emu.testing.virtual import VirtualModule
from wizfi_emu.worlds.memory.network import PeerError

How = Literal["fails", "is never answered"]
SECOND_US = 1_000_000
LONGEST_WAIT_US = 200 * SECOND_US
"""WPS may take two minutes, and the module's patience is half a minute more."""
NO_ORDERS_TO_A_WORLD = (fx.UartSend, fx.ConfigureUart, fx.SetPin, fx.Log, fx.Reset)
SESSIONS = [vector for name in ("public", "random", "corrections") for vector in read_vectors(f"{name}.jsonl")]
ONE_OF_EACH_GROUP = list({vector["group"]: vector for vector in reversed(SESSIONS)}.values())
CHUNKS = 5


def failure(effect: fx.Effect) -> ev.Event | None:
    """The event that says that it did not work; None where there is none."""
    match effect:
        case fx.Request():
            return effect.failed()
        case fx.ConnectTcp() | fx.ListenTcp() | fx.OpenUdp():
            return ev.SocketFailed(effect.sock, ev.Failure.UNREACHABLE)
        case fx.SendData():
            return ev.SocketSent(effect.sock, ev.Failure.RESET)
        case fx.StartWebServer():
            return ev.WebServerOpened("", 0)
        case fx.OpenAirPort():
            return ev.AirPortOpened(ok=False)
        case _:
            return None


class Disturbance(Stage):
    """Lets the n-th order to the world fail, or swallows it."""

    place = Place.FAULTS

    def __init__(self, nth: int, how: How) -> None:
        self.hit: fx.Effect | None = None
        self._nth = nth
        self._how = how
        self._count = 0

    def execute(self, effect: fx.Effect, now_us: int) -> Sequence[Item]:
        answer = None if self._how == "is never answered" else failure(effect)
        if isinstance(effect, NO_ORDERS_TO_A_WORLD) or (self._how == "fails" and answer is None):
            return (effect,)
        self._count += 1
        if self._count != self._nth:
            return (effect,)
        self.hit = effect
        return () if answer is None else (answer,)


class Outcome(NamedTuple):
    what: str
    answers: bool


def disturbed(session: Vector, nth: int, how: How) -> Outcome | None:
    """Play a session with one order disturbed, and ask the module afterwards; None when there are fewer orders."""
    module = VirtualModule(load_firmware("1.0.5.2"), load_world("demo"))
    disturbance = Disturbance(nth, how)
    module.add(disturbance)
    try:
        Player(bench=module).play(session["steps"])
    except (PeerError, KeyError):
        pass  # a peer that the disturbed module has never met, or has left
    if disturbance.hit is None:
        return None
    module.run(LONGEST_WAIT_US)
    module.exchange(b"+++", 3 * SECOND_US)
    module.exchange(b"\r", 30 * SECOND_US)
    module.exchange(b"AT+MMSG=2\r", SECOND_US)  # or it would say nothing
    answer = module.exchange(b"AT\r", 60 * SECOND_US)
    what = f"{session['id']}: order {nth}, {type(disturbance.hit).__name__}, {how}"
    return Outcome(what, answer.endswith(b"[OK]\r\n"))


def outcomes(sessions: Sequence[Vector], how: How) -> Iterator[Outcome]:
    for session in sessions:
        for nth in count(1):
            outcome = disturbed(session, nth, how)
            if outcome is None:
                break
            yield outcome


@pytest.mark.slow
@pytest.mark.parametrize("how", ["fails", "is never answered"])
@pytest.mark.parametrize("part", range(CHUNKS))
def test_module_goes_on(part: int, how: How) -> None:
    found = list(outcomes(ONE_OF_EACH_GROUP[part::CHUNKS], how))
    assert len(found) > 10
    assert [outcome.what for outcome in found if not outcome.answers] == []


def test_flash_that_never_answers_is_an_error() -> None:
    module = VirtualModule(load_firmware("1.0.5.2"), load_world("demo"))
    module.run(SECOND_US)
    module.add(Disturbance(1, "is never answered"))
    module.read()
    assert module.exchange(b"AT+MPROF=S\r", fx.PATIENCE_US - 1) == b"AT+MPROF=S\r\n"
    assert module.exchange(b"", 1) == b"[ERROR]\r\n"


def test_socket_that_never_opens_is_closed() -> None:
    module = VirtualModule(load_firmware("1.0.5.2"), load_world("demo"))
    module.exchange(b"AT+WSET=0,WizFiDemoAP\rAT+WSEC=0,,12345678\rAT+WJOIN\r", 60 * SECOND_US)
    module.network.tcp_listen("peer", 5000)
    module.add(Disturbance(1, "is never answered"))
    module.exchange(b"AT+SCON=O,TCN,192.168.12.1,5000,,0\r", 0)
    module.run(100 * SECOND_US)
    assert module.read().endswith(b"[DISCONNECT 0]\r\n")
    assert fx.CloseSocket in [type(effect) for effect in module.effects]


if __name__ == "__main__":
    for way in ("fails", "is never answered"):
        found = list(outcomes(SESSIONS, way))
        silent = [outcome.what for outcome in found if not outcome.answers]
        print(f"{way}: {len(found)} orders, {len(silent)} times no answer to AT", *silent, sep="\n  ")
    sys.exit()
