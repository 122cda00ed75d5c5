"""What a run has reached, as features: a run is worth to be kept when one of them is new.

=====  ===============================================================================================================
pair   two consecutive events, orders or lines of the serial line
state  mode, link and sockets together
then   what happens in a state
fault  a fault that begins in a state, behind an event, order or line
=====  ===============================================================================================================
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.properties.facts import Happened, Item

_NUMBER = re.compile(rb"\d+")
_KEPT = re.compile(rb"\[[A-Z]|AT\+?|\{|  ?[A-Z]|[A-Z][a-z]+[ :]|\+\+\+")
"""How lines begin that the module or a host has made, and not a peer."""
_TOKEN_BYTES = 24


def features(
    items: Sequence[tuple[int, Item]], modes: Sequence[tuple[int, bool]], faults: Iterable[Happened]
) -> set[str]:
    """What a run has reached. ``modes``: from which item on the module is in data mode, or is not."""
    reached: set[str] = set()
    states = _States()
    before = state = ""
    waiting = sorted(faults, key=lambda fault: fault.began_us, reverse=True)
    changes = dict(modes)
    for number, (time_us, item) in enumerate(items):
        while waiting and waiting[-1].began_us <= time_us:
            reached.add(f"fault {waiting.pop().word} {state} {before}")
        for token in _tokens(item):
            reached.add(f"{before} > {token}")
            before = token
        if number in changes:
            states.data_mode = changes[number]
        if states.see(item) or number in changes:
            state = str(states)
            reached.add(state)
        elif not isinstance(item, fx.UartSend | ev.UartReceived | ev.TimeReached):
            reached.add(f"{state} : {type(item).__name__}")
    reached.update(f"fault {fault.word} {state} {before}" for fault in waiting)
    return reached


def _tokens(item: Item) -> tuple[str, ...]:
    if isinstance(item, fx.UartSend):
        return _lines("<", item.data[:512])
    if isinstance(item, ev.UartReceived):
        return _lines(">", item.data[:512])
    name = type(item).__name__
    if isinstance(item, ev.TimeReached):
        return ()
    failure = getattr(item, "failure", None)
    return (name if failure is None else f"{name} {failure.value}",)


@lru_cache(maxsize=4096)
def _lines(way: str, data: bytes) -> tuple[str, ...]:
    lines = [line for line in data.replace(b"\r", b"\n").split(b"\n") if line]
    return tuple(dict.fromkeys(way + _shape(line) for line in lines))


def _shape(line: bytes) -> str:
    if not _KEPT.match(line):
        return "data"
    return _NUMBER.sub(b"#", line[:_TOKEN_BYTES]).decode("latin-1")


class _States:
    """Mode, link and sockets, as far as events and orders show them."""

    def __init__(self) -> None:
        self.data_mode = False
        self._link = "off"
        self._sockets: dict[int, str] = {}

    def __str__(self) -> str:
        sockets = ",".join(sorted(self._sockets.values()))
        return f"{'data' if self.data_mode else 'command'} {self._link} [{sockets}]"

    def see(self, item: Item) -> bool:
        """Whether something is another one by this."""
        match item:
            case ev.PoweredOn() | ev.PoweredOff():
                self._link, self._sockets = ("on" if isinstance(item, ev.PoweredOn) else "off"), {}
            case ev.JoinEnded():
                self._link = "joined" if item.failure is None else "refused"
            case fx.UseAddress():
                self._link = "up" if item.address else self._link
            case ev.LinkLost():
                self._link = "lost"
            case fx.Leave():
                self._link = "left"
            case fx.ConnectTcp():
                self._sockets[item.sock] = "connecting"
            case fx.ListenTcp():
                self._sockets[item.sock] = "listening"
            case fx.OpenUdp():
                self._sockets[item.sock] = "udp"
            case ev.SocketOpened() if self._sockets.get(item.sock) == "connecting":
                self._sockets[item.sock] = "connected"
            case ev.SocketAccepted():
                self._sockets[item.sock] = "accepted"
            case ev.SocketClosed():
                self._sockets[item.sock] = "ended"
            case ev.SocketFailed() | fx.CloseSocket():
                self._sockets.pop(item.sock, None)
            case _:
                return False
        return True
