"""The runner: one machine, the stages around it, its world and its serial line. Pure: no descriptor, no task.

One event at a time passes the stages to the machine, and what the machine orders passes them to the world, before the
next event is looked at. So observers see everything in the order in which it happened, and nothing comes in between.
Whoever has a clock drives the runner: `step` does the next thing that is due, `wakeup_us` says when there is one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from wizfi_emu.agenda import Agenda
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module import ports
from wizfi_emu.module.machine import Module
from wizfi_emu.run.clock import Clock
from wizfi_emu.stages.notes import Note, PowerSwitched, WorldChanged
from wizfi_emu.stages.observer import Arrivals, Departures, Observe, Observer
from wizfi_emu.stages.orders import Order, SwitchPower, told
from wizfi_emu.stages.stage import Item, Stage
from wizfi_emu.stages.wire import Wire
from wizfi_emu.worlds.world import World


class Line(Protocol):
    """The module's end of the serial line; a ``SerialPort`` is one."""

    @property
    def host_baud(self) -> int | None:
        """The rate that the host has set for its port; None where that cannot be known."""

    def send_nowait(self, data: bytes) -> None:
        """Send bytes to the host."""

    @property
    def holds(self) -> bool:
        """The host takes nothing, and hardware flow control stops the line."""

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        """Set up the line."""


class Onlooker(Protocol):
    """Sees everything around one machine. Times are the module's, in microseconds."""

    def see(self, item: ev.Event | fx.Effect, now_us: int, /) -> None:
        """What the machine is told and what it orders."""

    def see_line(self, item: ev.Event | fx.Effect, now_us: int, /) -> None:
        """What the serial line carries: bytes of the host when they have come, those to the host as they leave."""

    def see_note(self, note: Note, now_us: int, /) -> None:
        """What happens around it."""


Log = Callable[[fx.Log], None]

SeeNote = Callable[[Note, int], None]
"""Gets a note with the module's time in microseconds."""


class Runner:
    """One module and everything around it."""

    wire: Wire | None = None
    """What paces the line, where something does."""

    def __init__(
        self,
        module: Module,
        world: World,
        line: Line,
        clock: Clock,
        *,
        agenda: Agenda | None = None,
        stages: Iterable[Stage] = (),
        log: Log = lambda _entry: None,
    ) -> None:
        """``agenda`` is one that the line uses too; ``log`` takes what the machine tells the person who runs it."""
        self.module = module
        self.world = world
        self.line = line
        self.clock = clock
        self.agenda = agenda or Agenda()
        self.pins: dict[str, bool | None] = {}
        """Levels that the module has set."""
        self.data_ready = False
        """SPI's pin, as the host sees it."""
        self.has_power = False
        self.in_reset = False
        """Somebody holds RESET low."""
        self.holds_input = False
        """What the host sends waits for the power: the module gets it because the host has come."""
        self.on_data_ready: Callable[[bool], None] = _nothing
        """Called when it changes, before the bytes of the transfer that it belongs to come back."""
        self.on_note: list[SeeNote] = []
        """Called with what happens around the machine."""
        self.on_change: Callable[[], None] = _nothing
        """Called when `wakeup_us` or one of the rooms may be another one."""
        self._log = log
        self._stages: list[Stage] = []
        self._reported: deque[ev.Event] = deque()
        # Lists: these are nearly always empty, and an empty deque takes ten times as much memory.
        self._inside: list[tuple[int, ev.Event]] = []
        self._switches: list[bool] = []
        self._working = False
        self._miso = bytearray()
        for stage in stages:
            self.add(stage)
        world.attach(self)

    # --- stages -----------------------------------------------------------------------------------------------------

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The chain, from the machine to the world."""
        return tuple(self._stages)

    def add(self, stage: Stage) -> None:
        """Put a stage into the chain, outside of those that have the same place."""
        self._stages.append(stage)
        self._stages.sort(key=lambda one: one.place)

    def remove(self, stage: Stage) -> None:
        self._stages.remove(stage)

    @contextmanager
    def observed(self, observe: Observe) -> Iterator[None]:
        """Show a function what the machine is told and what it orders, in this context."""
        observer = Observer(observe)
        self.add(observer)
        try:
            yield
        finally:
            self.remove(observer)

    def look_on(self, onlooker: Onlooker) -> Callable[[], None]:
        """Show somebody everything, on both sides of what goes wrong; call what this gives when he has seen enough."""
        taps = (Observer(onlooker.see), Arrivals(onlooker.see_line), Departures(onlooker.see_line))
        for tap in taps:
            self.add(tap)
        self.on_note.append(onlooker.see_note)

        def leave() -> None:
            self.on_note.remove(onlooker.see_note)
            for tap in taps:
                self.remove(tap)

        return leave

    def note(self, note: Note) -> None:
        """Tell whoever looks on. Whatever changes the world of the module from outside says so here."""
        for see in self.on_note:
            see(note, self.clock.now_us)

    # --- power ------------------------------------------------------------------------------------------------------

    def power_on(self, cause: ev.ResetCause = ev.ResetCause.POWER) -> None:
        """Switch the power on. Where nothing takes time the module has booted when this returns."""
        self.has_power = True
        self.holds_input = False
        self.note(PowerSwitched(on=True))
        if not self.in_reset:
            self.world.power_on(cause)

    def power_off(self) -> None:
        """Pull the plug: everything is gone at once, also what the module has not finished to send."""
        self.has_power = False
        self.note(PowerSwitched(on=False))
        self.feed(ev.PoweredOff())
        self._drop_everything()

    def switch_power(self, on: bool) -> None:
        """Switch the power when everything that waits to be told is told; nothing happens if it is so already."""
        self._switches.append(on)
        self._work()

    def _switch_power(self, on: bool) -> None:
        if on and not self.has_power:
            self.power_on()
        elif self.has_power and not on:
            self.power_off()

    def hold_reset(self, low: bool) -> None:
        """Hold RESET low: the module does nothing, as without power. Let go, it starts as from a reset."""
        if low == self.in_reset:
            return
        self.in_reset = low
        if self.has_power and low:
            self.feed(ev.PoweredOff())
            self._drop_everything()
        elif self.has_power:
            self.world.power_on(ev.ResetCause.RESET)

    def _reset(self, cause: ev.ResetCause) -> None:
        self._drop_everything()
        if self.has_power:
            self.world.power_on(cause)

    def _drop_everything(self) -> None:
        self.agenda.drop(self.world)
        self._reported.clear()
        self._inside.clear()
        self.pins.clear()
        self.world.restarted()
        for stage in self._stages:
            stage.restarted()

    # --- time -------------------------------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        return self.clock.now_us

    @property
    def wakeup_us(self) -> int | None:
        """When the next thing is due; None when only an event can bring it about."""
        wakeup = self.module.wakeup_us
        for time_us in (self.agenda.next_us, self.world.wakeup_us):
            if time_us is not None and (wakeup is None or time_us < wakeup):
                wakeup = time_us
        for stage in self._stages:
            time_us = stage.wakeup_us
            if time_us is not None and (wakeup is None or time_us < wakeup):
                wakeup = time_us
        return wakeup

    def step(self) -> bool:
        """Do the next thing that is due by now; False when nothing is."""
        now_us = self.clock.now_us
        if (due_us := self.world.wakeup_us) is not None and due_us <= now_us:
            self.world.time_reached()
            return True
        if (action := self.agenda.pop_due(now_us)) is not None:
            action()
            return True
        for depth, stage in enumerate(self._stages):
            if (due_us := stage.wakeup_us) is not None and due_us <= now_us:
                self._give(stage.time_reached(now_us), depth)
                return True
        if (due_us := self.module.wakeup_us) is not None and due_us <= now_us:
            self.feed(ev.TimeReached())
            return True
        return False

    # --- events and effects -----------------------------------------------------------------------------------------

    def feed(self, *events: ev.Event) -> None:
        """Report what happened; the machine is told, and what it orders is carried out."""
        self._reported.extend(events)
        self._work()

    def transfer(self, mosi: bytes) -> bytes:
        """Clock bytes over SPI; gives what comes back, one byte for each. A line that nobody drives reads as ``FF``."""
        self._miso.clear()
        self.feed(ev.SpiTransferred(mosi))
        return bytes(self._miso[: len(mosi)]).ljust(len(mosi), ports.UNDRIVEN)

    def give(self, stage: Stage, items: Iterable[Item]) -> None:
        """Let go on what a stage gives by itself."""
        self._give(items, self._stages.index(stage))

    def _give(self, items: Iterable[Item], depth: int) -> None:
        working, self._working = self._working, True
        try:
            self._pass_on(items, depth)
        finally:
            self._working = working
        self._work()

    def _work(self) -> None:
        if self._working:
            return
        self._working = True
        try:
            while True:
                if self._inside:
                    depth, event = self._inside.pop(0)
                    self._receive(event, depth)
                elif self._reported:
                    self._receive(self._reported.popleft(), len(self._stages))
                elif self._switches:
                    self._working = False
                    self._switch_power(self._switches.pop(0))
                    self._working = True
                else:
                    break
        finally:
            self._working = False
        self.world.room_changed()
        self.on_change()

    def _receive(self, event: ev.Event, depth: int) -> None:
        """Let an event pass the stages below a depth of the chain, and tell the machine."""
        now_us = self.clock.now_us
        while depth:
            depth -= 1
            items = self._stages[depth].receive(event, now_us)
            if len(items) != 1 or items[0] is not event:
                self._pass_on(items, depth)
                return
        for effect in self.module.handle(event, now_us):
            self._execute(effect, 0)

    def _execute(self, effect: fx.Effect, depth: int) -> None:
        """Let an effect pass the stages from a depth of the chain on, and carry it out."""
        for at in range(depth, len(self._stages)):
            items = self._stages[at].execute(effect, self.clock.now_us)
            if len(items) != 1 or items[0] is not effect:
                self._pass_on(items, at)
                return
        self._carry_out(effect)

    def _pass_on(self, items: Iterable[Item], depth: int) -> None:
        """What the stage at a depth of the chain gives: events go on inwards, effects outwards."""
        for item in items:
            if isinstance(item, ev.Event):
                self._inside.append((depth, item))
            elif isinstance(item, fx.Effect):
                self._execute(item, depth + 1)
            else:
                self.obey(item)

    def obey(self, order: Order) -> None:
        """Carry out what a stage, or a person, orders."""
        if isinstance(order, SwitchPower):
            self._switches.append(order.on)
        else:
            self.note(WorldChanged(told(order)))
            self.world.carry_out(order)

    def _carry_out(self, effect: fx.Effect) -> None:
        match effect:
            case fx.UartSend():
                self.line.send_nowait(effect.data)
            case fx.ConfigureUart():
                self.line.configure(effect.baud, effect.parity, effect.data_bits, effect.stop_bits, effect.flow)
            case fx.SpiSend():
                self._miso += effect.data
            case fx.SetPin(pin=ports.DATA_READY, level=level):
                self._set_data_ready(level is not False)  # an open drain has its pull-up
            case fx.SetPin():
                self.pins[effect.pin] = effect.level
            case fx.Log():
                self._log(effect)
            case fx.Reset():
                self._reset(effect.cause)
            case _:
                self.world.execute(effect)

    def _set_data_ready(self, level: bool) -> None:
        if level != self.data_ready:
            self.data_ready = level
            self.on_data_ready(level)

    # --- room -------------------------------------------------------------------------------------------------------

    @property
    def serial_room(self) -> int:
        """How many bytes of the host are taken now. More in one event would be lost, as on the module."""
        if self.holds_input:
            return 0
        room = self.module.uart_room
        for stage in self._stages:
            room = stage.serial_room(room)
        return room

    @property
    def network_room(self) -> bool:
        """Whether data from the network is taken now."""
        for stage in self._stages:
            if not stage.network_room:
                return False
        return self.module.network_room


def _nothing(*_arguments: object) -> None:
    pass
