"""All faults of one module, between the machine and its world.

What the world reports goes through `FaultPlan.receive`, what the machine orders through `FaultPlan.execute`; each gives
what is to happen instead, in order: events that the machine is told, effects that are carried out, and orders. Most of
the time that is what came. When `wakeup_us` has come, `time_reached` gives more of it.

Observers stand between this and the machine, so a recording has what the machine was told and what it ordered.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

from wizfi_emu.agenda import Action, Agenda, earliest
from wizfi_emu.errors import UserError
from wizfi_emu.faults.answers import Question, answer
from wizfi_emu.faults.flows import Flow
from wizfi_emu.faults.line import LIMIT_BYTES, Baud, DelayLine
from wizfi_emu.faults.live import FaultContext, Live, NewRandom
from wizfi_emu.faults.model import (
    ApOff,
    BaseFault,
    BrownOut,
    FaultState,
    KeyChanged,
    LeaseChange,
    Source,
    Watchdog,
    When,
)
from wizfi_emu.faults.mqtt import MqttFaults
from wizfi_emu.faults.network import NetworkFaults
from wizfi_emu.faults.spi import SpiFaults
from wizfi_emu.faults.triggers import Armed, Triggers
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module import ports
from wizfi_emu.stages.notes import FaultApplied, FaultBegan, FaultEnded, LineChanged, LineReleased, Note
from wizfi_emu.stages.orders import ChangeKey, ChangeLease, Order, SwitchAccessPoint, SwitchPower
from wizfi_emu.stages.stage import Item, Place, Stage

OVER_KEPT = 64
TRAFFIC = "traffic"
"""Owns what is under way in the network, which a restart drops."""
JOURNAL_ENTRIES = 1000

TO_HOST_BYTES = 4096
TO_MACHINE_BYTES = 64 * 1024
FROM_HOST_BYTES = 64 * 1024
"""What may wait before no more is read: for the host, from the network, from the host."""


class FaultPlan(Stage, FaultContext):
    """All methods give what is to happen; time is the module's, in microseconds."""

    place = Place.FAULTS

    def __init__(
        self,
        seed: int,
        new_random: NewRandom,
        *,
        room: Callable[[], int],
        host_baud: Baud = lambda: None,
        module_baud: int = 115200,
        powered: bool = False,
        flows: Sequence[Flow] = (),
        broker: Flow | None = None,
    ) -> None:
        """``room``: how many serial bytes the machine takes now. ``host_baud``: at what rate the host is.

        ``module_baud``, ``powered``, ``flows`` and ``broker`` say how the module is when the plan comes to it.
        """
        self.seed = seed
        self.now_us = 0
        self.active: list[Live] = []
        self.journal: deque[tuple[int, str]] = deque(maxlen=JOURNAL_ENTRIES)
        """What has begun and ended, and when."""
        self.on_note: Callable[[Note], None] = _nothing
        """Told what faults do, before what comes of it."""
        self._met: ev.Event | fx.Effect | None = None
        self._held_bytes = 0
        self._new_random = new_random
        self._random = new_random(str(seed))
        self._room = room
        self._module_baud = module_baud
        self._powered = powered
        # While the supply fails nothing is told any more. What the machine orders because of what it was told before
        # still happens, unless the supply fails at an order: then nothing that it has ordered behind that does.
        self._failing = self._failed = self._executing = False
        self._items: list[Item] = []
        self._told: deque[ev.Event] = deque()
        self._told_bytes = 0
        self._lives: list[Live] = []
        self._rounds: dict[Live, int] = {}
        self._agenda = Agenda()
        self._triggers = Triggers(self._agenda, self.warn)
        self._to_module = DelayLine("to-module", lambda: self._module_baud, host_baud)
        self._to_host = DelayLine("to-host", lambda: self._module_baud, host_baud)
        self._network = NetworkFaults(self, flows)
        self._mqtt = MqttFaults(self, broker)
        self._spi = SpiFaults(self)

    def add(self, fault: BaseFault, now_us: int) -> tuple[str, list[Item]]:
        """Set a fault; its name, too. Raises UserError for a name that another one has."""
        self._enter(now_us)
        seed = self._random.getrandbits(32)  # also for one that has its own: those behind it get theirs
        live = Live(self._name_of(fault), fault, seed if fault.seed is None else fault.seed, self._new_random)
        self._lives = [*self._lives, live]
        if fault.when is None:
            self._begin(live)
        else:
            live.armed = self._triggers.arm(fault.when, now_us, lambda: self._begin(live))
        self._forget_old()
        return live.name, self._leave()

    def heal(self, name: str, now_us: int) -> list[Item]:
        """End a fault, or cancel one that waits. Raises UserError when none has this name."""
        live = next((live for live in self._lives if live.name == name), None)
        if live is None:
            names = ", ".join(live.name for live in self._lives) or "none"
            raise UserError(f"there is no fault {name!r}; there is: {names}")
        self._enter(now_us)
        if live.armed is not None:
            self._triggers.disarm(live.armed)
        if live.state == "active":
            self._end(live)
        self._lives.remove(live)
        return self._leave()

    def faults(self) -> list[FaultState]:
        """All faults in the order in which they were set; those that are over for a while."""
        return [FaultState(live.name, live.fault.word, live.state, live.hits) for live in self._lives]

    def watch(self, when: When, now_us: int, action: Action) -> Armed:
        """Act at a moment."""
        return self._triggers.arm(when, now_us, action)

    def _name_of(self, fault: BaseFault) -> str:
        taken = {live.name: live for live in self._lives}
        if not fault.name:
            numbers = range(1, len(taken) + 2)
            return next(name for n in numbers if (name := fault.word + (f"-{n}" if n > 1 else "")) not in taken)
        old = taken.get(fault.name)
        if old is not None and old.state != "over":
            raise UserError(f"a fault {fault.name!r} is set already")
        if old is not None:
            self._lives.remove(old)
        return fault.name

    def _forget_old(self) -> None:
        over = [live for live in self._lives if live.state == "over"]
        for live in over[:-OVER_KEPT]:
            self._lives.remove(live)

    def receive(self, event: ev.Event, now_us: int) -> list[Item]:
        self._enter(now_us, event)
        match event:
            case ev.PoweredOn() | ev.PoweredOff():
                self._powered = isinstance(event, ev.PoweredOn)
                self.tell(event)
            case ev.UartReceived() if self._failing:
                self._note_lost(self._to_module, event.data)
            case _ if self._failing:
                pass
            case ev.UartReceived():
                self._serial("host", event.data, self._to_module)
            case ev.SpiTransferred():
                self._look_at("host", event)
                if not self._failing:
                    self._spi.receive(event)
            case _ if isinstance(event, ev.SocketEvent):
                self._network.receive(event)
            case ev.MqttReceived():
                self._mqtt.receive(event)
            case _:
                self.tell(event)
        return self._leave()

    def execute(self, effect: fx.Effect, now_us: int) -> list[Item]:
        self._enter(now_us, effect)
        self._executing = True
        self._triggers.passed(effect, now_us)
        match effect:
            case fx.SetPin(pin=ports.DATA_READY):
                self._spi.drive(effect)  # without its supply too: then it falls
            case fx.UartSend() if self._failed:
                self._note_lost(self._to_host, effect.data)
            case _ if self._failed:
                pass
            case fx.UartSend():
                self._serial("module", effect.data, self._to_host)
            case fx.SpiSend():
                self._look_at("module", effect)
                if not self._failed:
                    self._spi.order(effect)
            case fx.ConfigureUart():
                self._module_baud = effect.baud
                self.carry_out(effect)
            case _ if isinstance(effect, fx.SocketEffect):
                self._network.order(effect)
            case _ if isinstance(effect, fx.MqttEffect):
                self._mqtt.order(effect)
            case _ if isinstance(effect, Question):
                answer(self, effect)
            case _:
                self.carry_out(effect)
        self._executing = False
        return self._leave()

    def time_reached(self, now_us: int) -> list[Item]:
        self._enter(now_us)
        self._agenda.run(now_us)
        self._come_out()
        return self._leave()

    def restarted(self) -> None:
        self._failing = self._failed = False
        self._agenda.drop(TRAFFIC)
        self._network.restarted()
        self._mqtt.restarted()

    @property
    def wakeup_us(self) -> int | None:
        to_module_us = self._to_module.next_us if self._room() else None
        return earliest(self._agenda.next_us, self._to_host.next_us, to_module_us)

    def serial_room(self, inside: int) -> int:
        return min(inside, max(0, FROM_HOST_BYTES - self._to_module.queued_bytes))

    @property
    def network_room(self) -> bool:
        return self._to_host.queued_bytes < TO_HOST_BYTES and self._network.waiting_bytes < TO_MACHINE_BYTES

    def tell(self, event: ev.Event) -> None:
        self._items.append(event)
        # What begins with this event begins right behind it.
        self._told.append(event)
        if len(self._told) == 1:
            # One after another: what one of them brings about can tell the machine more.
            while self._told:
                self._triggers.passed(self._told[0], self.now_us)
                self._told.popleft()

    def carry_out(self, effect: fx.Effect) -> None:
        self._items.append(effect)

    def order(self, order: Order) -> None:
        self._items.append(order)

    def later(self, due_us: int, action: Action) -> None:
        self._agenda.add(due_us, action, owner=TRAFFIC)

    def warn(self, text: str) -> None:
        self._items.append(fx.Log("warning", text))

    def _enter(self, now_us: int, item: ev.Event | fx.Effect | None = None) -> None:
        self.now_us = max(now_us, self.now_us)
        self._told_bytes = 0
        self._met = item

    def _leave(self) -> list[Item]:
        for live in self._lives:
            if live.hits != live.noted:
                self._note_hits(live)
        items, self._items = self._items, []
        return items

    def _serial(self, source: Source, data: bytes, way: DelayLine) -> None:
        """Bytes of one side; what begins within them begins exactly there."""
        start = 0
        for end, armed in self._triggers.matches(source, data) if self._triggers.watches(source) else ():
            if end > start:
                self._put(way, data[start:end], len(data) - start)
            start = end
            self._triggers.fire(armed, self.now_us)
        if data[start:] and (self._failed or (self._failing and source == "host")):
            self._note_lost(way, data[start:])
        elif data[start:]:
            self._put(way, data[start:], len(data) - start)

    def _look_at(self, source: Source, item: ev.HostBytes | fx.HostEffect) -> None:
        """What is said on SPI; what begins with it begins before the burst."""
        if self._triggers.watches(source):
            for _, armed in self._triggers.matches(source, ports.said(item)):
                self._triggers.fire(armed, self.now_us)

    def _put(self, way: DelayLine, data: bytes, left_of_effect: int) -> None:
        """``left_of_effect``: so many bytes of one effect or event begin with these."""
        lost, waiting, before = way.lost_bytes, way.queued_bytes, way.struck_by(self.active)
        kept = way.put(data, self.active, self.now_us)
        if way.lost_bytes > lost == 0:
            self.warn("serial delay queue is full, bytes are dropped")
        held = way.last_us > self.now_us
        if kept != data or held:
            by = tuple(live.name for live, hits in before if live.hits != hits)
            if way.direction == "to-host":
                self._held_bytes += len(kept) if held else 0
                note = LineChanged(way.direction, left_of_effect, data, kept, held, by)
            else:
                note = LineChanged(way.direction, self._told_bytes + waiting, kept, data, held, by)
            self.on_note(note)
        self._come_out()

    def _note_lost(self, way: DelayLine, data: bytes) -> None:
        """The supply fails: nobody hears the rest of what is said."""
        if way.direction == "to-host":
            self.on_note(LineChanged(way.direction, len(data), data, b""))
        else:
            self.on_note(LineChanged(way.direction, self._told_bytes + way.queued_bytes, b"", data))

    def _come_out(self) -> None:
        """Bytes whose time has come leave the line."""
        if self._failed:
            return
        if data := self._to_host.take(self.now_us, LIMIT_BYTES):
            if self._held_bytes:
                self.on_note(LineReleased(min(len(data), self._held_bytes)))
                self._held_bytes -= min(len(data), self._held_bytes)
            self.carry_out(fx.UartSend(data))
        if not self._failing and (data := self._to_module.take(self.now_us, self._room() - self._told_bytes)):
            self._told_bytes += len(data)
            self.tell(ev.UartReceived(data))

    def _begin(self, live: Live) -> None:
        fault = live.fault
        if isinstance(fault, ApOff | KeyChanged) and not live.applies():
            live.state = self._after(live)
            return
        self._note(live, "begins")
        self.on_note(FaultBegan(live.name, live.fault.word))
        if fault.lasts:
            self._last(live)
        match fault:
            case ApOff(access_point=name):
                self.order(SwitchAccessPoint(name, on=False))
            case KeyChanged(access_point=name, key=key):
                self.order(ChangeKey(name, key))
            case LeaseChange() if live.applies():
                self.order(ChangeLease())
            case BrownOut() if self._powered and live.applies():
                self._powered, self._failing, self._failed = False, True, self._executing
                self.order(SwitchPower(on=False))
                self._agenda.add(self.now_us + fault.off_ms * 1000, self._power_on)
            case Watchdog() if self._powered and live.applies():
                self.tell(ev.ResetPulled(ev.ResetCause.WATCHDOG))
            case _:
                self._spi.begin(live)
                self._network.begin(live)
                self._mqtt.begin(live)
        if not fault.lasts:
            live.state = self._after(live)

    @staticmethod
    def _after(live: Live) -> Literal["waiting", "over"]:
        return "waiting" if live.fault.when is not None and live.fault.when.every else "over"

    def _last(self, live: Live) -> None:
        if live.state != "active":
            live.state = "active"
            self.active.append(live)
        number = self._rounds[live] = self._rounds.get(live, 0) + 1
        if live.fault.duration is not None:
            due_us = self.now_us + round(live.fault.duration * 1_000_000)
            self._agenda.add(due_us, lambda: self._end(live) if self._rounds.get(live) == number else None)

    def _end(self, live: Live) -> None:
        self.active.remove(live)
        del self._rounds[live]
        live.state = self._after(live)
        self._note(live, "ends")
        self.on_note(FaultEnded(live.name, live.fault.word))
        match live.fault:
            case ApOff(access_point=name):
                self.order(SwitchAccessPoint(name, on=True))
            case KeyChanged(access_point=name):
                self.order(ChangeKey(name, None))
            case _:
                self._spi.end(live)
                self._network.end(live)

    def _power_on(self) -> None:
        if not self._powered:
            self.order(SwitchPower(on=True))

    def _note(self, live: Live, what: str) -> None:
        self.journal.append((self.now_us, f"{live.name} {what}"))
        self._items.append(fx.Log("info", f"fault {live.name} {what}"))

    def _note_hits(self, live: Live) -> None:
        times, live.noted = live.hits - live.noted, live.hits
        met = self._met
        data = getattr(met, "data", None)
        size = len(data) if isinstance(data, bytes) else -1
        item = "" if met is None else type(met).__name__
        self.on_note(FaultApplied(live.name, live.fault.word, times, item, size, getattr(met, "sock", -1)))


def _nothing(_note: Note) -> None:
    """Nobody looks on."""
