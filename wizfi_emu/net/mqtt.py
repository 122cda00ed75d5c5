"""The edge of the MQTT commands: one connection to a broker, beside the socket table of the module.

``MqttEdge.execute`` carries out one effect and returns at once; what comes of it is fed back as events. The protocol is
in ``_mqtt_session``; here are the connection, the time limits and the order of events.
"""

from __future__ import annotations

import errno
import importlib
import math
import os
import sys
from typing import TYPE_CHECKING, assert_never

import trio

from wizfi_emu.module.effects import ConnectMqtt, DisconnectMqtt, MqttEffect, PublishMqtt, SubscribeMqtt
from wizfi_emu.module.events import MqttEnded, MqttLost, MqttReceived
from wizfi_emu.net._context import NetContext
from wizfi_emu.net._establish import connect_raw
from wizfi_emu.net._host import logger
from wizfi_emu.net._stream import TcpStream
from wizfi_emu.net.addresses import Blocked, Endpoint

if TYPE_CHECKING:
    from wizfi_emu.net._mqtt_session import MqttSession

# Small: each publication is printed, and the serial line is asked for room between two reads only.
RECEIVE_BYTES = 2048
# How long the module's stack waits for the broker's part of an orderly close.
LINGER_US = 3_000_000
LONGEST_KEEPALIVE_S = 65535  # MQTT 3.1.1: two bytes

_CONNECT = 0
_SESSION = "wizfi_emu.net._mqtt_session"


class MqttEdge:
    """The broker as one module uses it. All methods are called from a trio task.

    ``context`` is that of the module's ``HostNetwork``, whose reset drops the connection too, without a word.
    """

    def __init__(self, context: NetContext) -> None:
        self._context = context
        self._broker: _Broker | None = None

    def execute(self, effect: MqttEffect) -> None:
        match effect:
            case ConnectMqtt():
                self._leave()
                self._broker = _Broker(self._context, effect)
            case SubscribeMqtt() | PublishMqtt():
                if self._broker is None:
                    self._context.feed(MqttEnded(effect.request, ok=False))
                else:
                    self._broker.ask(effect)
            case DisconnectMqtt():
                self._leave()
            case _:
                assert_never(effect)

    def reset(self) -> None:
        """Reset the connection: the broker sees that it broke, and so does the machine."""
        if self._broker is not None:
            self._broker.reset()

    def _leave(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            broker.leave()


class _Request:
    """What the machine waits for, and the wait for its time limit."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.waiting = trio.CancelScope()


class _Broker:
    """One connection to a broker, from the first packet to the last.

    One task connects, reads and, when the machine has left, sees the close through. Its children keep the connection
    alive, watch time limits, and write what the host's stack did not take at once.

    A request that waits for the broker when the connection ends is answered with a failure, and that tells of the end;
    when there is none, ``MqttLost`` does.
    """

    def __init__(self, context: NetContext, effect: ConnectMqtt) -> None:
        self._context = context
        self._live = True
        self._requests = {_CONNECT: _Request(effect.request)}
        self._publishing: list[int] = []
        self._session: MqttSession | None = None
        self._tcp: TcpStream | None = None
        self._unsent = bytearray()
        self._drained = trio.Event()
        self._drained.set()
        self._heard = True
        self._reading = trio.CancelScope()
        context.held.add(self)
        self._scope = context.start(self._run, effect)

    def ask(self, effect: SubscribeMqtt | PublishMqtt) -> None:
        """Send a request. It is answered once, now or later."""
        if self._session is None or not self._live or _CONNECT in self._requests:
            self._context.feed(MqttEnded(effect.request, ok=False))
            return
        try:
            number = self._send(self._session, effect)
        except ValueError as error:
            logger.warning("MQTT: a request that no broker accepts is not sent: %s", error)
            self._context.feed(MqttEnded(effect.request, ok=False))
            return
        request = self._requests[number] = _Request(effect.request)
        self._flush()
        if number in self._requests:
            self._tasks.start_soon(self._limit, number, request, self._context.seconds(effect.limit_us))

    def leave(self) -> None:
        """Leave in order: requests are answered with a failure, the broker gets a DISCONNECT."""
        if not self._live:
            return
        self._live = False
        self._fail_requests()
        if self._session is None or self._tcp is None:
            self._scope.cancel()
        else:
            self._session.disconnect()
            self._flush()
            self._reading.cancel()

    def reset(self) -> None:
        """Reset the connection, and tell the machine as if the broker had done it."""
        if not self._live:
            return
        if self._tcp is not None:
            self._tcp.reset_at_close()
        self.abort()
        if not self._fail_requests():
            self._context.feed(MqttLost())

    def abort(self) -> None:
        """Drop the connection now. No event follows."""
        self._live = False
        self._scope.cancel()
        if self._tcp is not None:
            self._tcp.abort()

    def _send(self, session: MqttSession, effect: SubscribeMqtt | PublishMqtt) -> int:
        if isinstance(effect, PublishMqtt):
            number = session.publish(effect.topic, effect.payload)
            self._publishing.append(number)
            return number
        if effect.qos is None:
            return session.unsubscribe(effect.topic)
        return session.subscribe(effect.topic, effect.qos)

    async def _run(self, effect: ConnectMqtt) -> None:
        try:
            await trio.lowlevel.checkpoint_if_cancelled()  # The machine may have left before this began.
            if _SESSION not in sys.modules:  # takes long, and is no part of the broker's time
                await trio.to_thread.run_sync(importlib.import_module, _SESSION, abandon_on_cancel=True)
            async with trio.open_nursery() as self._tasks:
                await self._serve(effect)
                self._tasks.cancel_scope.cancel()
        finally:
            if self._tcp is not None:
                self._tcp.abort()
            self._context.held.discard(self)

    async def _serve(self, effect: ConnectMqtt) -> None:
        period_s = self._context.seconds(effect.keepalive_s * 1_000_000)
        with self._reading:
            if await self._connect(effect, period_s):
                if period_s != math.inf:
                    self._tasks.start_soon(self._keep_alive, period_s)
                while await self._receive():
                    pass
            if self._live:
                self._live = False
                if not self._fail_requests():
                    self._context.feed(MqttLost())
            return
        with trio.move_on_after(self._context.seconds(LINGER_US)):
            await self._linger()

    async def _connect(self, effect: ConnectMqtt, period_s: float) -> bool:
        from wizfi_emu.net._mqtt_session import MqttSession

        broker = f"MQTT broker {effect.address}:{effect.port}"
        # The broker counts in the host's time, whatever the module's time scale is.
        keepalive_s = 0 if period_s == math.inf else min(math.ceil(period_s), LONGEST_KEEPALIVE_S)
        try:
            session = MqttSession(effect.user, effect.password, effect.client_id, keepalive_s)
        except ValueError:
            logger.warning("%s: user, password or client id is not UTF-8, which no broker accepts", broker)
            return False
        with trio.move_on_after(self._context.seconds(effect.limit_us)):
            try:
                self._tcp = await self._open(effect)
            except OSError as error:
                logger.warning("%s cannot be reached: %s", broker, error.strerror)
                return False
            self._session = session
            self._flush()
            while _CONNECT in self._requests and await self._receive():
                pass
            if _CONNECT in self._requests:
                logger.warning("%s refuses the connection: %s", broker, session.refusal or "it gives no reason")
                return False
            self._tcp.wait_room = self._context.wait_room
            return True
        logger.warning("%s does not answer", broker)
        return False

    async def _open(self, effect: ConnectMqtt) -> TcpStream:
        context = self._context
        target = context.reach(effect.address, effect.port)
        if target is Blocked.SILENT:
            await trio.sleep_forever()
        if isinstance(target, Endpoint):
            return TcpStream(await connect_raw(context.addresses.source_for(target.address), 0, target))
        code = errno.ECONNREFUSED if target is Blocked.REFUSED else errno.EHOSTUNREACH
        raise OSError(code, os.strerror(code))

    async def _receive(self) -> bool:
        """Wait for data and hand it on; False at the end of the connection."""
        assert self._tcp is not None
        assert self._session is not None
        # A broker that does not read is not read either: so the answers that it does not take stay few.
        await self._drained.wait()
        try:
            data = await self._tcp.receive_some(RECEIVE_BYTES)
        except trio.BrokenResourceError:
            return False
        except trio.ClosedResourceError:
            self._live = False  # The serial line is closed: nobody is there to be told.
            return False
        if not data:
            return False
        self._heard = True
        for event in self._session.receive(data):
            if not isinstance(event, MqttReceived):
                self._answer(event.number, event.ok)
            elif self._live:
                self._context.feed(event)
        self._flush()
        return not self._session.ended

    async def _linger(self) -> None:
        assert self._tcp is not None
        await self._drained.wait()
        self._tcp.wait_room = None
        self._tcp.end()
        try:
            while await self._tcp.receive_some():
                pass
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # The broker is gone, which is what this waits for.

    async def _keep_alive(self, period_s: float) -> None:
        """Ask for a sign of life in every period, and give up when one passes without any."""
        assert self._tcp is not None
        assert self._session is not None
        while True:
            await trio.sleep(period_s)
            if not self._heard:
                logger.warning("MQTT keepalive timeout: the broker does not answer")
                self._tcp.shut_down()
                return
            self._heard = False
            self._session.ping()
            self._flush()

    async def _limit(self, number: int, request: _Request, limit_s: float) -> None:
        with request.waiting:
            await trio.sleep(limit_s)
            self._answer(number, ok=False)

    def _answer(self, number: int, ok: bool) -> None:
        request = self._requests.pop(number, None)
        if request is not None:
            request.waiting.cancel()
            self._context.feed(MqttEnded(request.number, ok))

    def _fail_requests(self) -> bool:
        """Answer everything that waits with a failure; False when nothing does."""
        numbers = list(self._requests)
        for number in numbers:
            self._answer(number, ok=False)
        return bool(numbers)

    def _flush(self) -> None:
        """Send what the session has to say, as much of it as the host's stack takes now."""
        assert self._tcp is not None
        assert self._session is not None
        data = self._session.take_outgoing()
        if not self._drained.is_set():
            self._unsent += data
        elif data:
            try:
                rest = data[self._tcp.send_now(data) :]
            except OSError:
                self._tcp.shut_down()  # The reader sees the end.
                return
            if rest:
                self._unsent += rest
                self._drained = trio.Event()
                self._tasks.start_soon(self._write)
            else:
                self._sent()

    async def _write(self) -> None:
        assert self._tcp is not None
        try:
            while self._unsent:
                data = bytes(self._unsent)
                self._unsent.clear()
                await self._tcp.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._tcp.shut_down()  # The reader sees the end.
            self._drained.set()
        else:
            self._drained.set()
            self._sent()

    def _sent(self) -> None:
        publishing, self._publishing = self._publishing, []
        for number in publishing:
            self._answer(number, ok=True)
