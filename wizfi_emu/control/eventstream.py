"""The live stream: what passes in and out of the module, and its state when that changes, as server-sent events.

===========  ==================================================================================================
event        data, JSON
===========  ==================================================================================================
``serial``   ``time_us``, ``port`` (``uart``, ``spi``), ``direction`` (``to_module``, ``to_host``), ``data``: a
             character for each byte (Latin-1); of SPI without the F0 that say nothing. What the line has carried, when
             it has: before faults changed it on its way to the module, after they did on its way to the host
``note``     ``time_us``, ``name``, ``fields``, ``about`` (``fault``, ``power``, ``world``), ``text``: what happened
             around the module (`stages.notes`): faults begin, strike and end, the line and the module differ, the plug
``event``    ``time_us``, ``name``, ``fields``: what happened to the module (`module.events`)
``effect``   ``time_us``, ``name``, ``fields``: what the module ordered (`module.effects`)
``state``    the state, as ``GET /api/state`` gives it; at the beginning and after changes, ten times a second at most
``lost``     ``items``: how many of the above this client was too slow for
===========  ==================================================================================================
"""

from collections.abc import Iterator

import msgspec
import trio
from starlette.types import Receive, Scope, Send

from wizfi_emu.control.handle import ModuleHandle
from wizfi_emu.control.summary import summarize
from wizfi_emu.control.traffic import Passed, Subscriber
from wizfi_emu.module.effects import Effect, HostEffect, UartSend
from wizfi_emu.module.events import Event, HostBytes, UartReceived
from wizfi_emu.module.ports import said
from wizfi_emu.recording.words import lane_of, words_of
from wizfi_emu.stages.notes import Note

KINDS = ("serial", "event", "effect", "note", "state")
STATE_PAUSE_S = 0.1
"""Between two states: as often as a person can see."""

JOINED_US = 5_000
"""Serial bytes that follow each other within this time come in one message, which has the time of the first one."""

_ENCODER = msgspec.json.Encoder()


class EventStream:
    """An ASGI response that ends when the client leaves. Raises `FullError` before anything is sent."""

    def __init__(self, handle: ModuleHandle, kinds: frozenset[str], *, past: bool = True) -> None:
        """``past``: first what is kept of the serial line."""
        self._handle = handle
        self._kinds = kinds
        self._past = past
        self._state_due_s = trio.current_time()
        self._last_state = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        subscriber = self._handle.traffic.join(past=self._past)
        try:
            headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_until_the_client_leaves, receive, nursery.cancel_scope)
                await self._send_for_ever(subscriber, send)
        finally:
            self._handle.traffic.leave(subscriber)

    async def _send_for_ever(self, subscriber: Subscriber, send: Send) -> None:
        wants_state = stale = "state" in self._kinds
        while True:
            passed, lost = subscriber.take()
            stale = stale or (wants_state and bool(passed or lost))
            body = b"".join(self._messages(passed, lost))
            if stale and trio.current_time() >= self._state_due_s:
                body += self._state()
                stale = False
            if body:
                await send({"type": "http.response.body", "body": body, "more_body": True})
            # What has come meanwhile waits at most until the state may be sent again.
            with trio.move_on_at(self._state_due_s if stale else float("inf")):
                await subscriber.wait()

    def _state(self) -> bytes:
        state = self._handle.state()
        self._state_due_s = trio.current_time() + STATE_PAUSE_S
        # The clock goes on, and so do the timers: that alone is no change.
        lasting = _ENCODER.encode(msgspec.structs.replace(state, time_us=0, timers=[]))
        if lasting == self._last_state:
            return b""
        self._last_state = lasting
        return _message("state", state)

    def _messages(self, passed: list[Passed], lost: int) -> Iterator[bytes]:
        serial: list[tuple[str, str, int, bytearray]] = []
        last_us = 0
        for item, now_us in passed:
            if isinstance(item, HostBytes | HostEffect):
                port = "uart" if isinstance(item, UartReceived | UartSend) else "spi"
                direction = "to_module" if isinstance(item, HostBytes) else "to_host"
                if serial and serial[-1][:2] == (port, direction) and now_us - last_us <= JOINED_US:
                    serial[-1][3].extend(said(item))
                else:
                    serial.append((port, direction, now_us, bytearray(said(item))))
                last_us = now_us
                continue
            kind = "event" if isinstance(item, Event) else "effect" if isinstance(item, Effect) else "note"
            if kind in self._kinds:
                yield from self._serial(serial)
                serial = []
                content = {"time_us": now_us, "name": type(item).__name__, "fields": summarize(item)}
                if isinstance(item, Note):
                    content |= {"about": lane_of(item), "text": words_of(item)}
                yield _message(kind, content)
        yield from self._serial(serial)
        if lost:
            yield _message("lost", {"items": lost})

    def _serial(self, pieces: list[tuple[str, str, int, bytearray]]) -> Iterator[bytes]:
        if "serial" in self._kinds:
            for port, direction, now_us, data in pieces:
                content = {"time_us": now_us, "port": port, "direction": direction, "data": data.decode("latin-1")}
                yield _message("serial", content)


async def _until_the_client_leaves(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _message(kind: str, data: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), _ENCODER.encode(data))
