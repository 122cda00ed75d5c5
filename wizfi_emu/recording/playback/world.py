"""The recorded world, played against a machine that need not do again what the recorded one did.

Questions are answered by kind and in order, a question that was asked in the same words first. What came by itself
comes when the module has sent as much on that channel and the host as many lines as before, and after the same time.
Numbers of requests and sockets are those of the machine that plays.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import cast

from msgspec.structs import replace

from wizfi_emu.errors import UserError
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.slots import Slot
from wizfi_emu.net.addresses import Endpoint
from wizfi_emu.recording.format import Recording
from wizfi_emu.recording.playback.script import (
    OPENINGS,
    Opening,
    Reply,
    Script,
    ScriptReader,
    SocketOpening,
    channel_of,
)
from wizfi_emu.recording.show import show_item
from wizfi_emu.stages.observer import Observer
from wizfi_emu.stages.orders import WorldOrder
from wizfi_emu.worlds.world import World, WorldContext

_SOUGHT = attrgetter("ssid", "bssid", "channel", "shared_key")  # of a join; the recording's key may be a mask

Tell = Callable[[str], None]
"""Gets what could not be matched, in words."""


@dataclass(slots=True)
class _Channel:
    """A channel of the machine that plays, and how far its script is."""

    name: str | int
    script: Script
    first_line: int
    next_cue: int = 0
    sent_bytes: int = 0
    sends: int = 0
    waiting: bool = False


class RecordedWorld(World):
    """What the recorded world did, told to another machine. It counts the lines that the host sends."""

    host_address = ""
    rssi_dbm = None
    access_points = ()
    wakeup_us = None
    context: WorldContext

    def __init__(self, recording: Recording, tell: Tell) -> None:
        self._scripts = ScriptReader(recording)
        self._tell = tell
        self._replies = {kind: list(replies) for kind, replies in self._scripts.replies.items()}
        self._unused = {kind: list(scripts) for kind, scripts in self._scripts.scripts.items()}
        self._channels: dict[str | int, _Channel] = {}
        self._lines = 0
        self._switched_on = False
        powered = self._scripts.scripts[ev.PoweredOn]
        self.image = cast(ev.PoweredOn, powered[0].opening).image if powered else b""

    def attach(self, context: WorldContext) -> None:
        self.context = context
        context.add(Observer(self._observe))

    def _observe(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        if isinstance(item, ev.HostBytes) and (lines := item.data.count(b"\r")):
            self._lines += lines
            for channel in list(self._channels.values()):
                self._look_for_cue(channel)

    def power_on(self, cause: ev.ResetCause) -> None:
        """The first time as it did in the recording, with the board as it was; later after as long a time as there."""
        opening = self._next_power()
        if not self._switched_on:
            self._switched_on = True
            self.context.feed(*self._scripts.before_power)
            self._report(replace(opening, image=self.image), None)
            return
        scripts = self._unused.get(ev.PoweredOn, [])
        delay_us = scripts[0].sends[0][0] if scripts and scripts[0].sends else 0
        self._schedule(delay_us, -1, ev.PoweredOn(self.image, cause, opening.seed))

    def restarted(self) -> None:
        self._channels.clear()

    def execute(self, effect: fx.Effect) -> None:
        if isinstance(effect, OPENINGS):
            self._open(effect)
        elif isinstance(effect, fx.SendData | fx.AnswerAirCommand | fx.AnswerWebClient):
            self._send(effect)
        elif isinstance(effect, fx.CloseSocket):
            self._channels.pop(effect.sock, None)
        if isinstance(effect, fx.Request):
            self._answer(effect)

    def carry_out(self, order: WorldOrder) -> None:
        """What was recorded cannot be changed."""

    def check_access_point(self, name: str, key: str | None = None) -> None:
        raise UserError(f"{name}: the access points of a recorded world cannot be changed")

    def time_reached(self) -> None:
        pass

    def room_changed(self) -> None:
        pass

    def ends(self, slot: Slot) -> tuple[Endpoint | None, Endpoint | None]:
        return None, None

    def unplayed(self) -> list[str]:
        """What of the recording has not come, in words."""
        lines = []
        for channel in self._channels.values():
            for cue in channel.script.cues[channel.next_cue :]:
                lines.append(f"did not come: {show_item(cue.event)}")
        for scripts in self._unused.values():
            for script in scripts:
                if not isinstance(script.opening, ev.PoweredOn):
                    lines.append(f"was not asked for: {show_item(script.opening)}")
        return lines

    def _next_power(self) -> ev.PoweredOn:
        scripts = self._unused.get(ev.PoweredOn, [])
        return cast(ev.PoweredOn, scripts[0].opening) if scripts else ev.PoweredOn(b"")

    def _begin_boot(self, event: ev.PoweredOn) -> None:
        self._channels.clear()
        self.context.agenda.drop(self)
        scripts = self._unused.get(ev.PoweredOn)
        self._add_channel("board", scripts.pop(0) if scripts else Script(event))

    def _answer(self, effect: fx.AnyRequest) -> None:
        if isinstance(effect, fx.WriteFlash):
            self.image = effect.image
        reply = self._take_reply(effect)
        if reply is not None:
            self._schedule(reply.delay_us, reply.order, replace(reply.answer, request=effect.request))
            return
        answer, delay_us = _own_answer(effect)
        if not isinstance(effect, fx.WriteFlash):
            self._tell(f"not recorded: {show_item(effect)}; answered with {show_item(answer)}")
        self._schedule(delay_us, -1, answer)

    def _take_reply(self, effect: fx.AnyRequest) -> Reply | None:
        replies = self._replies.get(type(effect))
        if not replies:
            # A question that was answered before gets the last answer again.
            asked = [one for one in self._scripts.replies.get(type(effect), ()) if _same_question(one.effect, effect)]
            return asked[-1] if asked and not isinstance(effect, fx.WriteFlash) else None
        same = next((one for one in replies if _same_question(one.effect, effect)), None)
        if same is None and isinstance(effect, fx.Resolve | fx.Ping | fx.Join):
            self._tell(f"asked otherwise: {show_item(effect)}; answered as {show_item(replies[0].effect)}")
        reply = same or replies[0]
        replies.remove(reply)
        return reply

    def _open(self, effect: Opening) -> None:
        name = channel_of(effect)
        assert name is not None
        script = self._take_script(effect)
        if script is None:
            script = Script(effect)
            if isinstance(effect, fx.ConnectTcp):
                self._tell(f"not recorded: {show_item(effect)}; refused")
                self._schedule(0, -1, ev.SocketFailed(effect.sock, ev.Failure.REFUSED))
            elif isinstance(effect, fx.ListenTcp | fx.OpenUdp):
                port = effect.port if isinstance(effect, fx.ListenTcp) else effect.local_port
                self._tell(f"not recorded: {show_item(effect)}; nobody sends to it")
                self._schedule(0, -1, ev.SocketOpened(effect.sock, port))
        self._add_channel(name, script)

    def _take_script(self, effect: Opening) -> Script | None:
        scripts = self._unused.get(type(effect))
        if not scripts:
            return None
        same = next((one for one in scripts if _address(one.opening) == _address(effect)), None)
        if same is None and isinstance(effect, SocketOpening):
            self._tell(f"opened otherwise: {show_item(effect)}; played as {show_item(scripts[0].opening)}")
        script = same or scripts[0]
        scripts.remove(script)
        return script

    def _add_channel(self, name: str | int, script: Script) -> None:
        channel = self._channels[name] = _Channel(name, script, self._lines)
        self._look_for_cue(channel)

    def _send(self, effect: fx.SendData | fx.AnswerAirCommand | fx.AnswerWebClient) -> None:
        name = channel_of(effect)
        channel = self._channels.get(name) if name is not None else None
        delay_us, failure = 0, None if channel is not None else ev.Failure.CLOSED
        if channel is not None:
            if channel.sends < len(channel.script.sends):
                delay_us, failure = channel.script.sends[channel.sends]
            channel.sends += 1
            channel.sent_bytes += len(effect.data)
            self._look_for_cue(channel)
        if isinstance(effect, fx.SendData):
            self._schedule(delay_us, -1, ev.SocketSent(effect.sock, failure))

    def _look_for_cue(self, channel: _Channel) -> None:
        if channel.waiting or channel.next_cue == len(channel.script.cues):
            return
        cue = channel.script.cues[channel.next_cue]
        if channel.sent_bytes >= cue.sent_bytes and self._lines - channel.first_line >= cue.lines:
            channel.waiting = True
            event = cue.event
            if isinstance(channel.name, int):
                event = replace(event, sock=channel.name)
            self._schedule(cue.delay_us, cue.order, event, channel)

    def _schedule(self, delay_us: int, order: int, event: ev.Event, channel: _Channel | None = None) -> None:
        """Let an event come later; at the same time those that were recorded earlier come first."""
        due_us = self.context.now_us + delay_us
        self.context.agenda.add(due_us, partial(self._report, event, channel), owner=self, rank=order)
        self.context.on_change()

    def _report(self, event: ev.Event, channel: _Channel | None) -> None:
        if channel is not None:
            if self._channels.get(channel.name) is not channel:
                return  # it was closed meanwhile
            channel.waiting = False
            channel.next_cue += 1
            if isinstance(event, ev.PoweredOn):
                event = replace(event, image=self.image)
            else:
                self._look_for_cue(channel)
        if isinstance(event, ev.PoweredOn):
            self._begin_boot(event)
        self.context.feed(event)


def _same_question(one: fx.AnyRequest, other: fx.AnyRequest) -> bool:
    if isinstance(one, fx.Join) and isinstance(other, fx.Join):
        return _SOUGHT(one) == _SOUGHT(other)
    return replace(one, request=0) == replace(other, request=0)


def _address(opening: Opening) -> object:
    match opening:
        case fx.ConnectTcp():
            return opening.address, opening.port
        case fx.ListenTcp():
            return opening.port
        case fx.OpenUdp():
            return opening.local_port
        case _:
            return None


def _own_answer(effect: fx.AnyRequest) -> tuple[ev.Answer, int]:
    """What a world answers that knows nothing, and after what time."""
    request = effect.request
    match effect:
        case fx.WriteFlash():
            return ev.FlashWritten(request, ok=True), 0
        case fx.Join():
            return ev.JoinEnded(request, ev.JoinFailure.NOT_FOUND), 0
        case fx.RequestAddress():
            return ev.AddressOffered(request), effect.limit_us
        case fx.StartAccessPoint():
            return ev.AccessPointStarted(request, ok=True), 0
        case fx.Scan():
            return ev.ScanEnded(request, ()), 0
        case fx.ReadSignal():
            return ev.SignalRead(request, 0), 0
        case fx.Ping():
            return ev.PingEnded(request, ev.PingResult.TIMEOUT), effect.limit_us
        case fx.Resolve():
            return ev.NameResolved(request), effect.limit_us
        case fx.RunWps():
            return ev.WpsEnded(request), 0
        case fx.MakeIdentity():
            return ev.IdentityMade(request, b"", b""), 0
        case fx.ConnectMqtt() | fx.SubscribeMqtt() | fx.PublishMqtt():
            return ev.MqttEnded(request, ok=False), 0
