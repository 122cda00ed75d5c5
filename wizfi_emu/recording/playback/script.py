"""A recording as what the world did: answers to what the module asked, and what came by itself.

What came by itself belongs to a channel: a socket, the radio, a service, the board. A channel is opened by an effect
(the board's by the power), and each of its events is a cue with what preceded it: how much the module had sent on the
channel, how many lines the host had sent since it was opened, and the time since the last of all that.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import cast, get_args

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.recording.format import Item, Recording

SocketOpening = fx.ConnectTcp | fx.ListenTcp | fx.OpenUdp
RadioOpening = fx.Join | fx.StartAccessPoint | fx.RunWps | fx.StartP2p | fx.InviteP2p
Opening = SocketOpening | RadioOpening | fx.OpenAirPort | fx.StartWebServer | fx.ConnectMqtt | ev.PoweredOn
OPENINGS = get_args(Opening)


@dataclass(frozen=True, slots=True)
class Cue:
    """An event that came by itself. ``order`` is its place in the recording."""

    order: int
    event: ev.Event
    sent_bytes: int
    lines: int
    delay_us: int


@dataclass(slots=True)
class Script:
    """What happened on one channel. ``sends``: time and failure of each transmission that ended."""

    opening: Opening
    cues: list[Cue] = field(default_factory=list)
    sends: list[tuple[int, ev.Failure | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an effect was answered with, and after what time."""

    order: int
    effect: fx.AnyRequest
    answer: ev.Answer
    delay_us: int


def channel_of(item: Item) -> str | int | None:
    """The channel that an event or effect belongs to: the number of a socket, or a word."""
    match item:
        case _ if isinstance(item, ev.SocketEvent | fx.SocketEffect):
            return item.sock
        case ev.AirPortOpened() | ev.AirCommandReceived() | fx.OpenAirPort() | fx.AnswerAirCommand():
            return "air"
        case ev.WebServerOpened() | ev.WebDataReceived() | fx.StartWebServer() | fx.AnswerWebClient():
            return "web"
        case ev.MqttReceived() | ev.MqttLost() | fx.ConnectMqtt():
            return "mqtt"
        case _ if isinstance(item, RadioOpening | ev.RadioEvent):
            return "radio"
        case _ if isinstance(item, ev.BoardEvent):
            return "board"
        case _:
            return None


@dataclass(slots=True)
class _Open:
    """A channel while it is read: what has preceded the next cue."""

    script: Script
    first_line: int
    sent_bytes: int = 0
    touched_us: int = 0
    sending: list[int] = field(default_factory=list)


class ScriptReader:
    """Reads a recording into scripts and replies."""

    def __init__(self, recording: Recording) -> None:
        self.replies: dict[type[object], list[Reply]] = defaultdict(list)
        self.scripts: dict[type[object], list[Script]] = defaultdict(list)
        self.before_power: list[ev.Event] = []
        self._open: dict[str | int, _Open] = {}
        self._asked: dict[int, tuple[fx.AnyRequest, int]] = {}
        self._found: list[ev.Network] = []
        self._lines = 0
        self._line_us = 0
        self._resets_us: int | None = None
        for order, (time_us, item) in enumerate(recording.items()):
            self._read(order, time_us, item)

    def _read(self, order: int, time_us: int, item: Item) -> None:
        if isinstance(item, ev.PoweredOn):
            self._power_on(order, time_us, item)
        elif isinstance(item, fx.Reset):
            self._resets_us = time_us
        elif isinstance(item, ev.NetworkFound):
            self._found.append(item.network)  # they come with the end of the scan
        elif isinstance(item, ev.HostBytes):
            self._lines += item.data.count(b"\r")
            self._line_us = time_us
        else:
            if isinstance(item, fx.Request):
                self._asked[item.request] = item, time_us
            elif isinstance(item, ev.Answer):
                self._answer(order, time_us, item)
            self._read_channel(order, time_us, item)

    def _power_on(self, order: int, time_us: int, item: ev.PoweredOn) -> None:
        if self._resets_us is None and "board" in self._open:
            self._add_cue(self._open["board"], order, time_us, item)
        self._open.clear()
        self._asked.clear()
        script = Script(item)
        if self._resets_us is not None:
            script.sends.append((time_us - self._resets_us, None))  # how long the restart took
        self._resets_us = None
        self.scripts[ev.PoweredOn].append(script)
        self._open["board"] = _Open(script, self._lines, touched_us=time_us)

    def _answer(self, order: int, time_us: int, item: ev.Answer) -> None:
        if isinstance(item, ev.ScanEnded):
            item, self._found = ev.ScanEnded(item.request, (*self._found, *item.networks)), []
        asked = self._asked.pop(item.request, None)
        if asked is not None:
            self.replies[type(asked[0])].append(Reply(order, asked[0], item, time_us - asked[1]))

    def _read_channel(self, order: int, time_us: int, item: Item) -> None:
        name = channel_of(item)
        if name is None:
            return
        channel = self._open.get(name)
        if isinstance(item, OPENINGS):
            script = Script(cast(Opening, item))
            self.scripts[type(item)].append(script)
            self._open[name] = _Open(script, self._lines, touched_us=time_us)
        elif channel is None:
            if name == "board" and not self.scripts[ev.PoweredOn]:
                self.before_power.append(cast(ev.Event, item))
        elif isinstance(item, ev.SocketSent):
            if channel.sending:
                channel.script.sends.append((time_us - channel.sending.pop(0), item.failure))
        elif isinstance(item, fx.SendData | fx.AnswerAirCommand | fx.AnswerWebClient):
            channel.sent_bytes += len(item.data)
            channel.touched_us = time_us
            channel.sending.append(time_us)
        elif not isinstance(item, fx.CloseSocket):
            self._add_cue(channel, order, time_us, cast(ev.Event, item))

    def _add_cue(self, channel: _Open, order: int, time_us: int, event: ev.Event) -> None:
        lines = self._lines - channel.first_line
        delay_us = time_us - max(channel.touched_us, self._line_us if lines else 0)
        channel.script.cues.append(Cue(order, event, channel.sent_bytes, lines, delay_us))
        channel.touched_us = time_us
