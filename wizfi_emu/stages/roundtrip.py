"""The way to a peer and back: what peers do is told to the module after a time, in order.

All of the time is on the way back, so a peer has at once what the module sends. An echo of what AT+SSEND sends comes so
long behind its ``[OK]``, as over any radio, and not inside of it. A UDP socket or a server opens here and now.
"""

from collections import deque

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.stage import Item, Place, Stage

ROOM_BYTES = 2048
"""More than this on its way, and no more is read from the network: the receive window of the module's stack."""
EVENT_BYTES = 64
"""What an event counts beside its data, so that many small ones are bounded too."""

_OfPeers = ev.SocketReceived | ev.SocketAccepted | ev.SocketClosed


class RoundTrip(Stage):
    """Delays what comes from peers."""

    place = Place.COSTS

    def __init__(self, round_trip_us: int) -> None:
        self._round_trip_us = round_trip_us
        self._under_way: deque[tuple[int, ev.SocketEvent]] = deque()
        self._waiting_bytes = 0
        self._connecting: set[int] = set()

    @property
    def wakeup_us(self) -> int | None:
        return self._under_way[0][0] if self._under_way else None

    @property
    def network_room(self) -> bool:
        return self._waiting_bytes < ROOM_BYTES

    def receive(self, event: ev.Event, now_us: int) -> tuple[Item, ...]:
        match event:
            case ev.SocketOpened() | ev.SocketFailed() if event.sock in self._connecting:
                self._connecting.discard(event.sock)
            case _ if isinstance(event, _OfPeers):
                pass
            case _:
                return (event,)
        self._under_way.append((now_us + self._round_trip_us, event))
        self._waiting_bytes += _size(event)
        return ()

    def execute(self, effect: fx.Effect, now_us: int) -> tuple[Item, ...]:
        match effect:
            case fx.ConnectTcp():
                self._connecting.add(effect.sock)
            case fx.CloseSocket():
                self._connecting.discard(effect.sock)
                self._keep([entry for entry in self._under_way if entry[1].sock != effect.sock])
        return (effect,)

    def time_reached(self, now_us: int) -> list[Item]:
        # One at a time: a stage further inside may make several of it, and they come before the next one.
        if not self._under_way or self._under_way[0][0] > now_us:
            return []
        event = self._under_way.popleft()[1]
        self._waiting_bytes -= _size(event)
        return [event]

    def restarted(self) -> None:
        self._keep([])
        self._connecting.clear()

    def _keep(self, entries: list[tuple[int, ev.SocketEvent]]) -> None:
        if len(entries) != len(self._under_way):
            self._under_way = deque(entries)
            self._waiting_bytes = sum(_size(event) for _, event in entries)


def _size(event: ev.SocketEvent) -> int:
    return EVENT_BYTES + (len(event.data) if isinstance(event, ev.SocketReceived) else 0)
