"""A module on a bench without an operating system: machine, radio and network in memory, in virtual time.

No descriptor, no task, no clock: `VirtualBench.run` jumps from one thing that is due to the next, so hours pass in
milliseconds and every run is the same.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from wizfi_emu.air.air import Air
from wizfi_emu.air.world import World
from wizfi_emu.factory import new_module
from wizfi_emu.firmware import Firmware
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.run.device import Observer
from wizfi_emu.worlds.memory.network import MemoryNetwork
from wizfi_emu.worlds.radio import RadioLink

if TYPE_CHECKING:
    from wizfi_emu.device.faults import Faults
    from wizfi_emu.stages.orders import Order
    from wizfi_emu.stages.interceptor import Interceptor, Item


class VirtualBench:
    """One module with power on, and the host's end of its serial line."""

    def __init__(
        self,
        firmware: Firmware,
        world: World | Air,
        *,
        image: bytes = b"",
        power: bool = True,
        observers: Iterable[Observer] = (),
    ) -> None:
        """``image`` is what the flash holds; without ``power`` the module waits for `power_on`.

        Modules of one air hear each other; whoever runs them keeps their times together.
        """
        self.module = new_module(firmware)
        self.radio = RadioLink(world)
        self.radio.attach(self.schedule, lambda _neighbours: None, "")
        self.network = MemoryNetwork()
        self.now_us = 0
        self.observers = list(observers)
        self.image = image
        self.flash_works = True
        self.resets: list[ev.ResetCause] = []
        self.pins: dict[str, bool | None] = {}
        self.effects: list[fx.Effect] = []
        """Everything that the machine has ordered, for tests that look at more than bytes."""
        self.mqtt: Callable[[fx.Effect], list[ev.Event]] = lambda _effect: []
        """Stands for the broker: gets the MQTT effects and gives what follows."""
        self.has_power = False
        self.host_baud: int | None = None
        """The rate that the host has set for its port."""
        self._interceptor: Interceptor | None = None
        self._obey: Callable[[Order], None] = lambda _order: None
        self._pending: deque[ev.Event] = deque()
        self._switches: deque[bool] = deque()
        self._out = bytearray()
        self._due: list[tuple[int, int, ev.Event, bool]] = []
        self._order = itertools.count()
        if power:
            self.power_on()

    # --- host and hands ---------------------------------------------------------------------------------------------

    def power_on(self, cause: ev.ResetCause = ev.ResetCause.POWER) -> None:
        """Switch power on; the banner is printed at once."""
        self.has_power = True
        self.feed(ev.PoweredOn(self.image, cause))

    def power_off(self) -> None:
        """Pull the plug."""
        self.has_power = False
        self._drop_everything()
        self.feed(ev.PoweredOff())

    def send(self, data: bytes) -> None:
        """Write to the serial line, as fast as the machine takes it."""
        while data:
            room = self.serial_room
            if not room:
                if not self._step(None):
                    raise RuntimeError("the module takes no more serial bytes")
                continue
            self.feed(ev.UartReceived(data[:room]))
            data = data[room:]

    @property
    def serial_room(self) -> int:
        """How many serial bytes are taken now."""
        room = self.module.uart_room
        return room if self._interceptor is None else min(room, self._interceptor.serial_room)

    def read(self) -> bytes:
        """What the module has sent since the last time."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def run(self, duration_us: int) -> None:
        """Let time pass."""
        end_us = self.now_us + duration_us
        while self._step(end_us):
            pass
        self.now_us = end_us

    def exchange(self, data: bytes, duration_us: int = 1_000_000) -> bytes:
        """Send, let time pass, and give what the module sent."""
        self.send(data)
        self.run(duration_us)
        return self.read()

    def web_request(self, *segments: bytes, limit_us: int = 30_000_000) -> bytes:
        """Send a request to the web server and give what comes until the connection is over."""
        client, events = self.network.web_connect(*segments)
        self.feed(*events)
        end_us = self.now_us + limit_us
        while not self.network.web_closed(client):
            if not self._step(end_us):
                raise RuntimeError("the web server does not close the connection")
        return self.network.web_answer(client)

    # --- machine ----------------------------------------------------------------------------------------------------

    def feed(self, *events: ev.Event) -> None:
        """Tell the machine what happened, and carry out what it orders."""
        self._report(events)
        self._work()

    def _report(self, events: Iterable[ev.Event]) -> None:
        for event in events:
            if self._interceptor is None:
                self._pending.append(event)
            else:
                self._take(self._interceptor.receive(event, self.now_us))

    def _work(self) -> None:
        while self._pending or self._switches:
            if not self._pending:
                self._switch_power(self._switches.popleft())
                continue
            event = self._pending.popleft()
            for observe in self.observers:
                observe(event, self.now_us)
            for effect in self.module.handle(event, self.now_us):
                for observe in self.observers:
                    observe(effect, self.now_us)
                self.effects.append(effect)
                if self._interceptor is None:
                    self._report(self._execute(effect))
                else:
                    self._take(self._interceptor.execute(effect, self.now_us))

    # --- faults -----------------------------------------------------------------------------------------------------

    def faults(self, seed: int = 0) -> Faults:
        """What sets faults of this module. Call it once."""
        from wizfi_emu.device.faults import Faults

        return Faults(self, seed)

    def intercept(self, interceptor: Interceptor, obey: Callable[[Order], None]) -> None:
        """See ``Device``."""
        self._interceptor, self._obey = interceptor, obey

    def do(self, items: Iterable[Item]) -> None:
        """See ``Device``."""
        self._take(items)
        self._work()

    def _take(self, items: Iterable[Item]) -> None:
        for item in items:
            if isinstance(item, ev.Event):
                self._pending.append(item)
            elif isinstance(item, fx.Effect):
                self._report(self._execute(item))
            else:
                self._obey(item)

    def switch_power(self, on: bool) -> None:
        """See ``Device``."""
        self._switches.append(on)

    def _switch_power(self, on: bool) -> None:
        if on and not self.has_power:
            self.has_power = True
            self._report([ev.PoweredOn(self.image)])
        elif self.has_power and not on:
            self.has_power = False
            self._drop_everything()
            self._report([ev.PoweredOff()])

    def break_off(self, sock: int | None) -> None:
        """See ``Device``."""
        if sock is None:
            self._report([ev.MqttLost()])
        else:
            self.network.reset_connection(sock)

    def schedule(self, due: list[tuple[int, ev.Event]]) -> None:
        """Feed what the radio gave, each event after its delay."""
        for delay_us, event in due:
            self._push(delay_us, event, from_radio=True)

    def _push(self, delay_us: int, event: ev.Event, *, from_radio: bool) -> None:
        heapq.heappush(self._due, (self.now_us + delay_us, next(self._order), event, from_radio))

    def _execute(self, effect: fx.Effect) -> list[ev.Event]:
        match effect:
            case fx.UartSend():
                self._out += effect.data
            case fx.WriteFlash():
                if self.flash_works:
                    self.image = effect.image
                return [ev.FlashWritten(effect.request, self.flash_works)]
            case fx.Reset():
                self._reset(effect.cause)
                return [ev.PoweredOn(self.image, effect.cause)]
            case fx.SetPin():
                self.pins[effect.pin] = effect.level
            case _ if isinstance(effect, fx.MqttEffect):
                return self.mqtt(effect)
            case fx.ConfigureUart() | fx.Log():
                pass
            case _ if isinstance(effect, fx.NetworkEffect):
                return self.network.execute(effect, self.now_us)
            case _ if isinstance(effect, fx.RadioEffect):
                self.schedule(self.radio.execute(effect, self.now_us))
        return []

    def _reset(self, cause: ev.ResetCause) -> None:
        self.resets.append(cause)
        self._drop_everything()

    def _drop_everything(self) -> None:
        self.network.reset()
        self.radio.reset(self.now_us)
        if self._interceptor is not None:
            self._interceptor.restarted()

    def step(self, end_us: int) -> bool:
        """Let time pass until something has happened; False when nothing has up to ``end_us``, where time stands."""
        if self._step(end_us):
            return True
        self.now_us = max(self.now_us, end_us)
        return False

    def _step(self, end_us: int | None) -> bool:
        """Do the next thing that is due up to ``end_us``; False when there is none."""
        first_due_us = self._due[0][0] if self._due else None
        fault_us = self._interceptor.wakeup_us if self._interceptor is not None else None
        times = [self.module.wakeup_us, self.network.wakeup_us, self.radio.wakeup_us, first_due_us, fault_us]
        due = [time for time in times if time is not None]
        if not due or (end_us is not None and min(due) > end_us):
            return False
        self.now_us = max(self.now_us, min(due))
        if self.radio.wakeup_us is not None and self.radio.wakeup_us <= self.now_us:
            self.schedule(self.radio.time_reached(self.now_us))
        elif self._due and self._due[0][0] <= self.now_us:
            _, _, event, from_radio = heapq.heappop(self._due)
            if not from_radio or self.radio.claim(event):
                self.feed(event)
        elif self._interceptor is not None and fault_us is not None and fault_us <= self.now_us:
            self.do(self._interceptor.time_reached(self.now_us))
        elif self.network.wakeup_us is not None and self.network.wakeup_us <= self.now_us:
            self.feed(*self.network.time_reached(self.now_us))
        else:
            self.feed(ev.TimeReached())
        return True
