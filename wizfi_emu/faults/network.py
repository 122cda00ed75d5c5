"""Faults of TCP connections and UDP sockets.

Effects go out and events come in through lanes, one for each direction of a socket; within a lane the order is kept.
What a fault delays was already taken by the module's stack, so the machine hears of the end of a transmission when the
stack has room again, and not when the data has arrived.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal

from msgspec.structs import replace

from wizfi_emu.agenda import Action
from wizfi_emu.faults import model
from wizfi_emu.faults.flows import Flow, Lane
from wizfi_emu.faults.live import FaultContext, Live
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.orders import ResetConnection

SEGMENT_BYTES = 1460
STACK_BYTES = 4 * SEGMENT_BYTES
"""What the module's stack takes of a connection that carries nothing. The module's own number is not known."""

HELD_BYTES = 256 * 1024
"""What is kept of what a peer sends into a black hole. A connection that misses some of it cannot be healed."""

PATIENCE_US = 120_000_000
"""How long a stack goes on with a connection that was closed within a black hole."""

Way = Literal["sent", "received"]


class NetworkFaults:
    """Gets every socket effect that the machine orders and every socket event that an edge reports."""

    def __init__(self, context: FaultContext, flows: Sequence[Flow] = ()) -> None:
        """``flows``: the sockets that there were before."""
        self._context = context
        self._flows = {flow.sock: flow for flow in flows}

    def restarted(self) -> None:
        self._flows.clear()

    @property
    def waiting_bytes(self) -> int:
        """What waits to be told to the machine."""
        return sum(flow.into.queued_bytes for flow in self._flows.values())

    def begin(self, live: Live) -> None:
        flows = tuple(self._flows.values())
        for flow in flows:
            flow.affected.pop(live, None)
            flow.passed_bytes.pop(live, None)
        if isinstance(live.fault, model.TcpReset | model.TcpHalfClose):
            for flow in flows:
                usable = flow.is_tcp and flow.connected and not (flow.closing or flow.aborted or flow.peer_eof)
                if usable and flow.fits((live,), type(live.fault)) and live.applies():
                    self._break(flow, "reset" if isinstance(live.fault, model.TcpReset) else "close")

    def end(self, live: Live) -> None:
        """A fault is over, and no longer active."""
        if isinstance(live.fault, model.TcpBlackHole):
            for flow in tuple(self._flows.values()):
                if not self._is_blackholed(flow):
                    self._release(flow)

    def _break(self, flow: Flow, how: str) -> None:
        context = self._context
        if how == "black-hole":
            flow.blackholed = True
        elif how == "close":
            flow.peer_eof = True
            context.tell(ev.SocketClosed(flow.sock))
        else:
            flow.aborted = True
            context.order(ResetConnection(flow.sock))
            context.tell(ev.SocketClosed(flow.sock, ev.Failure.RESET))

    def _release(self, flow: Flow) -> None:
        """What a black hole has swallowed goes on its way: both ends have repeated it all the time."""
        held = (*flow.out.held, *flow.into.held)
        torn = flow.into.held_bytes > HELD_BYTES
        for lane in (flow.out, flow.into):
            lane.held.clear()
            lane.held_bytes = 0
        for action in held:
            action()
        if torn and not flow.closing:
            self._break(flow, "reset")

    def order(self, effect: fx.SocketEffect) -> None:
        match effect:
            case fx.ConnectTcp():
                self._connect(effect)
            case fx.ListenTcp():
                self._open(effect, Flow(effect.sock, True, local_port=effect.port))
            case fx.OpenUdp():
                self._open(effect, Flow(effect.sock, False, local_port=effect.local_port))
            case fx.SendData():
                self._send(effect)
            case fx.CloseSocket():
                self._close(effect)

    def _open(self, effect: fx.ListenTcp | fx.OpenUdp, flow: Flow) -> None:
        self._flows[flow.sock] = flow
        self._context.carry_out(effect)

    def _connect(self, effect: fx.ConnectTcp) -> None:
        context, now_us, limit_us = self._context, self._context.now_us, effect.connect_limit_us
        flow = self._flows[effect.sock] = Flow(effect.sock, True, effect.address, effect.port, effect.local_port)
        if flow.affected_by(context.active, model.TcpRefuse):
            self._fail(flow, ev.Failure.REFUSED)
            return
        if self._is_blackholed(flow):
            ends_us = now_us + limit_us

            def connect() -> None:
                context.carry_out(replace(effect, connect_limit_us=ends_us - context.now_us if limit_us else 0))

            self._hold(flow.out, connect, limit_us, lambda: self._fail(flow, ev.Failure.TIMEOUT))
            return
        delay_us = self._delay_us(flow, "sent")
        if not delay_us:
            context.carry_out(effect)
        elif limit_us and 2 * delay_us >= limit_us:
            context.later(now_us + limit_us, lambda: self._fail(flow, ev.Failure.TIMEOUT))
        else:
            late = replace(effect, connect_limit_us=limit_us - 2 * delay_us if limit_us else 0)
            self._put(flow.out, now_us + delay_us, lambda: context.carry_out(late))

    def _fail(self, flow: Flow, failure: ev.Failure) -> None:
        if self._flows.pop(flow.sock, None) is flow:
            self._context.tell(ev.SocketFailed(flow.sock, failure))

    def _send(self, effect: fx.SendData) -> None:
        flow = self._flows.get(effect.sock)
        if flow is None:
            self._context.carry_out(effect)
        elif not flow.is_tcp:
            self._send_datagram(flow, effect)
        elif flow.aborted:
            self._context.tell(ev.SocketSent(effect.sock, ev.Failure.CLOSED))
        elif (cut := self._cut(flow, "sent", len(effect.data))) is not None:
            left, how = cut
            if left:
                self._transmit(flow, replace(effect, data=effect.data[:left]), wanted=False)
            self._context.tell(ev.SocketSent(effect.sock))
            self._behind(flow.out, lambda: self._break(flow, how))
        else:
            self._transmit(flow, effect, wanted=True)

    def _send_datagram(self, flow: Flow, effect: fx.SendData) -> None:
        flow.address, flow.port = effect.address, effect.port
        sent = ev.SocketSent(effect.sock)

        def send(wanted: bool) -> None:
            for copy in range(1 + self._copies(flow, "sent")):
                self._transmit(flow, effect, wanted=wanted and not copy)

        if self._is_lost(flow, "sent") or self._is_held_back(flow, flow.out, "sent", lambda: send(wanted=False)):
            self._context.tell(sent)
        else:
            send(wanted=True)
            self._release_held(flow.out)

    def _transmit(self, flow: Flow, effect: fx.SendData, *, wanted: bool) -> None:
        """Send; ``wanted``: the machine waits to hear that the stack has taken it."""
        context, lane, now_us = self._context, flow.out, self._context.now_us
        size, sent = len(effect.data), ev.SocketSent(effect.sock)
        if self._is_blackholed(flow):
            lane.held_bytes += size
            waits = wanted and lane.held_bytes > STACK_BYTES

            def give_up() -> None:
                lane.held_bytes -= size
                context.tell(ev.SocketSent(effect.sock, ev.Failure.TIMEOUT))

            limit_us = effect.limit_us if waits else 0
            self._hold(lane, lambda: self._transmit(flow, effect, wanted=waits), limit_us, give_up)
            if wanted and not waits:
                context.tell(sent)
            return
        done_us = taken_us = now_us
        rate = self._rate(flow, "sent")
        if rate:
            done_us = max(now_us, lane.line_us) + _micros(size, rate)
            taken_us = max(now_us, done_us - _micros(STACK_BYTES, rate))
            if wanted and effect.limit_us and taken_us > now_us + effect.limit_us:
                failed = ev.SocketSent(effect.sock, ev.Failure.TIMEOUT)
                context.later(now_us + effect.limit_us, lambda: context.tell(failed))
                return
            lane.line_us = done_us
        due_us = max(done_us + self._delay_us(flow, "sent"), lane.last_us)
        if due_us <= now_us and not lane.waiting:
            flow.answers.append(wanted)
            context.carry_out(effect)
            return

        def deliver() -> None:
            if not flow.aborted:
                flow.answers.append(False)
                context.carry_out(effect)

        self._put(lane, due_us, deliver)
        if wanted and taken_us <= now_us:
            context.tell(sent)
        elif wanted:
            context.later(taken_us, lambda: context.tell(sent))

    def _close(self, effect: fx.CloseSocket) -> None:
        flow = self._flows.get(effect.sock)
        if flow is None:
            self._context.carry_out(effect)
            return
        flow.closing = True
        flow.into = Lane()

        def close() -> None:
            self._flows.pop(flow.sock, None)
            self._context.carry_out(effect)

        if not flow.is_tcp:
            # At once, with what waits: the port may be wanted again.
            self._release_held(flow.out)
            while flow.out.waiting:
                flow.out.waiting.popleft()()
            close()
        elif self._is_blackholed(flow) and not flow.connected:
            self._flows.pop(flow.sock, None)  # it never got as far as the host
        elif self._is_blackholed(flow):
            self._hold(flow.out, close, PATIENCE_US, lambda: self._abandon(flow))
        else:
            self._behind(flow.out, close)

    def _abandon(self, flow: Flow) -> None:
        self._flows.pop(flow.sock, None)
        self._context.order(ResetConnection(flow.sock))

    def receive(self, event: ev.SocketEvent) -> None:
        flow = self._flows.get(event.sock)
        if flow is None:
            self._context.tell(event)
            return
        match event:
            case ev.SocketSent():
                if not flow.answers or flow.answers.popleft():
                    self._context.tell(event)
            case ev.SocketFailed():
                del self._flows[event.sock]
                self._context.tell(event)
            case ev.SocketOpened():
                flow.local_port = event.local_port
                if flow.is_tcp and flow.port:
                    flow.connected = True
                    self._arrive(flow, event)
                else:
                    self._context.tell(event)
            case ev.SocketAccepted():
                flow.address, flow.port, flow.connected = event.peer_address, event.peer_port, True
                self._arrive(flow, event)
            case ev.SocketReceived() | ev.SocketClosed() if flow.closing or flow.aborted or flow.peer_eof:
                pass
            case ev.SocketReceived() if flow.is_tcp:
                self._receive_stream(flow, event)
            case ev.SocketReceived():
                self._receive_datagram(flow, event)
            case ev.SocketClosed():
                self._arrive(flow, event)

    def _receive_stream(self, flow: Flow, event: ev.SocketReceived) -> None:
        cut = self._cut(flow, "received", len(event.data))
        data = event.data if cut is None else event.data[: cut[0]]
        # A narrow link gives them one after another.
        step = SEGMENT_BYTES if self._rate(flow, "received") else len(data)
        for start in range(0, len(data), step or 1):
            self._arrive(flow, replace(event, data=data[start : start + step]))
        if cut is not None:
            how = cut[1]
            self._behind(flow.into, lambda: self._break(flow, how))

    def _receive_datagram(self, flow: Flow, event: ev.SocketReceived) -> None:
        flow.address, flow.port = event.peer_address, event.peer_port

        def arrive() -> None:
            for _ in range(1 + self._copies(flow, "received")):
                self._arrive(flow, event)

        if not self._is_lost(flow, "received") and not self._is_held_back(flow, flow.into, "received", arrive):
            arrive()
            self._release_held(flow.into)

    def _arrive(self, flow: Flow, event: ev.SocketEvent) -> None:
        lane, now_us = flow.into, self._context.now_us
        size = len(event.data) if isinstance(event, ev.SocketReceived) else 0
        if self._is_blackholed(flow):
            before = lane.held_bytes
            lane.held_bytes += size
            if lane.held_bytes <= HELD_BYTES:
                lane.held.append(lambda: self._arrive(flow, event))
            elif before <= HELD_BYTES:
                self._context.warn(f"{flow.address}:{flow.port} sends too much into a black hole: it cannot be healed")
            return
        rate = self._rate(flow, "received")
        done_us = now_us
        if rate and size:
            done_us = lane.line_us = max(now_us, lane.line_us) + _micros(size, rate)
        due_us = max(done_us + self._delay_us(flow, "received"), lane.last_us)
        if due_us <= now_us and not lane.waiting:
            self._context.tell(event)
            return

        def tell() -> None:
            lane.queued_bytes -= size
            if not (flow.closing or flow.aborted or flow.peer_eof):
                self._context.tell(event)

        lane.queued_bytes += size
        self._put(lane, due_us, tell)

    def _put(self, lane: Lane, due_us: int, action: Action) -> None:
        lane.last_us = due_us
        lane.waiting.append(action)
        self._context.later(due_us, lambda: lane.waiting.popleft()() if lane.waiting else None)

    def _behind(self, lane: Lane, action: Action) -> None:
        """Act when everything that waits has gone."""
        if lane.waiting:
            self._put(lane, lane.last_us, action)
        else:
            action()

    def _hold(self, lane: Lane, action: Action, limit_us: int, give_up: Action) -> None:
        """Keep for the end of a black hole; give up after the limit, if there is one."""
        lane.held.append(action)

        def look() -> None:
            if action in lane.held:
                lane.held.remove(action)
                give_up()

        if limit_us:
            self._context.later(self._context.now_us + limit_us, look)

    def _is_blackholed(self, flow: Flow) -> bool:
        return flow.blackholed or (flow.is_tcp and bool(flow.affected_by(self._context.active, model.TcpBlackHole)))

    def _cut(self, flow: Flow, way: Way, size: int) -> tuple[int, str] | None:
        """How many of these bytes still come through a cut, and what it does then; None without one."""
        found = None
        for live, fault in flow.affected_by(self._context.active, model.TcpCut):
            if fault.count in ("both", way) and not flow.blackholed:
                before = flow.passed_bytes.get(live, 0)
                flow.passed_bytes[live] = before + size
                if before <= fault.after_bytes <= before + size and found is None:
                    found = fault.after_bytes - before, fault.how
        return found

    def _delay_us(self, flow: Flow, way: Way) -> int:
        return sum(
            fault.delay_ms * 1000 + live.jitter_us(fault.jitter_ms)
            for live, fault in flow.affected_by(self._context.active, model.Latency)
            if _counts(fault.direction, way)
        )

    def _rate(self, flow: Flow, way: Way) -> int:
        """Bytes in a second; 0 without a limit."""
        active = self._context.active
        rates = [f.bytes_per_s for _, f in flow.affected_by(active, model.Bandwidth) if _counts(f.direction, way)]
        if flow.is_tcp and way == "sent":
            rates += [fault.bytes_per_s for _, fault in flow.affected_by(active, model.TcpSlowRead)]
        return min(rates, default=0)

    def _is_lost(self, flow: Flow, way: Way) -> bool:
        found = flow.fits(self._context.active, model.UdpLoss)
        return any(_counts(fault.direction, way) and live.applies() for live, fault in found)

    def _copies(self, flow: Flow, way: Way) -> int:
        found = flow.fits(self._context.active, model.UdpDuplicate)
        return sum(_counts(fault.direction, way) and live.applies() for live, fault in found)

    def _is_held_back(self, flow: Flow, lane: Lane, way: Way, action: Action) -> bool:
        """Whether a datagram waits for the next one; ``action`` lets it go on."""
        if lane.held_datagram is not None:
            return False
        for live, fault in flow.fits(self._context.active, model.UdpReorder):
            if _counts(fault.direction, way) and live.applies():
                lane.held_datagram = action
                unless_overtaken = partial(self._release_held, lane, action)
                self._context.later(self._context.now_us + fault.hold_ms * 1000, unless_overtaken)
                return True
        return False

    def _release_held(self, lane: Lane, only: Action | None = None) -> None:
        """Let the datagram that waits, if it is this one, follow the one that has just gone."""
        waiting = lane.held_datagram
        if waiting is not None and only in (None, waiting):
            lane.held_datagram = None
            waiting()


def _counts(direction: model.Direction, way: Way) -> bool:
    return direction in ("both", way)


def _micros(size: int, rate: int) -> int:
    return -(-size * 1_000_000 // rate)
