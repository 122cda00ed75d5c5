"""One powered module: feeds the machine what happens, and carries out what it orders.

Everything runs in trio tasks of one nursery: one reads the serial line, one sleeps until the machine (or the radio)
wants to be woken, and the edges have their own. `Device.feed` is the only way into the machine; it may be called from
within itself (an edge that answers at once), so events wait in a queue and effects are never interleaved.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import math
import random
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, assert_never

import trio

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.net.addresses import AddressMap
from wizfi_emu.net.mqtt import MqttEdge
from wizfi_emu.net.sockets import HostNetwork
from wizfi_emu.profile.flashfile import Flash, MemoryFlash
from wizfi_emu.serial.port import SerialPort
from wizfi_emu.stages.interceptor import Interceptor
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.radio import Due, RadioLink

if TYPE_CHECKING:
    from wizfi_emu.faults.orders import Order
    from wizfi_emu.stages.interceptor import Item

RECEIVE_WINDOW_BYTES = 2048  # firmware 1.0.5.2
CHUNK_BYTES = 1400  # what the measured cost of a command-mode transmission is for
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}

Observer = Callable[[ev.Event | fx.Effect, int], None]
"""Sees an event or an effect pass, with the module's time in microseconds, before anything is done about it."""


class Device:
    """A module with its edges. `run` lives as long as the module has power."""

    def __init__(
        self,
        module: Module,
        *,
        serial: SerialPort,
        radio: RadioLink,
        addresses: AddressMap,
        flash: Flash,
        timing: Timing,
        nursery: trio.Nursery,
        time_scale: float = 1.0,
        seed: int | None = None,
        started_s: float | None = None,
        name: str = "",
    ) -> None:
        """``nursery`` holds every task of the device; ``seed`` fixes the module's random choices.

        ``started_s`` is the moment of trio's clock at which the module's time begins, now if it is not given; modules
        of one air have the same. The log has the ``name``.
        """
        self.module = module
        self.serial = serial
        self.radio = radio
        self.pins: dict[str, bool | None] = {}
        self.has_power = False
        self.time_scale = time_scale
        self.addresses = addresses
        self.observers: list[Observer] = []
        radio.attach(self.schedule, addresses.meet, addresses.host_address)
        # On a paced line data waits in the peer's stack, as behind the module's small receive window; what was read
        # far ahead would delay every later answer by seconds.
        receive_bytes = RECEIVE_WINDOW_BYTES if timing.paced else None
        self.network = HostNetwork(nursery, addresses, self.feed, self._wait_room, time_scale, receive_bytes)
        self.mqtt = MqttEdge(self.network.context)
        self._flash = flash
        self._image = flash.load()
        self._log = logging.getLogger(f"wizfi_emu.module.{name}" if name else "wizfi_emu.module")
        self._writing = trio.Lock()
        self._timing = timing
        self._nursery = nursery
        self.seed = seed
        self._random = random.Random(seed)
        self._started_s = trio.current_time() if started_s is None else started_s
        self._life = 0
        self._feeding = False
        self._pending: deque[ev.Event] = deque()
        self._due: list[tuple[int, int, ev.Event | fx.NetworkEffect]] = []
        self._order = itertools.count()
        self._network_free_us = 0
        self._sleep = trio.CancelScope()
        self._room = trio.Event()
        self._network_room = trio.lowlevel.ParkingLot()
        self._interceptor: Interceptor | None = None
        self._obey: Callable[[Order], None] = _nobody
        self._switches: deque[bool] = deque()

    # --- life -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the serial line and the clock until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read_serial)
            nursery.start_soon(self._keep_time)

    def power_on(self, cause: ev.ResetCause = ev.ResetCause.POWER) -> None:
        """Switch the power on, after the boot delay of the timing.

        Without a delay it is on when this returns: a host that has been told that it may open the device must not
        find a module that is still off and loses what it sends.
        """
        self.has_power = True
        self._life += 1
        delay_ms = self._timing.boot_ms if cause is ev.ResetCause.POWER else self._timing.reset_ms
        if delay_ms or self._writing.locked():
            self._nursery.start_soon(self._boot, self._life, cause, delay_ms / 1000 / self.time_scale)
        else:
            self._boot_now(cause)

    def power_off(self) -> None:
        """Pull the plug: everything is gone at once, also what the module has not finished to send."""
        self.has_power = False
        self._life += 1
        self.feed(ev.PoweredOff())
        self._drop_everything()
        self.serial.discard_unsent()

    async def _boot(self, life: int, cause: ev.ResetCause, delay_s: float) -> None:
        await trio.sleep(delay_s)
        async with self._writing:  # what was being written when the reset came is old or new, never between
            if life == self._life:
                self._boot_now(cause)

    def _boot_now(self, cause: ev.ResetCause) -> None:
        self.feed(ev.PoweredOn(self._image, cause, self._random.getrandbits(32)))

    def _reset(self, cause: ev.ResetCause) -> None:
        self._drop_everything()
        if self.has_power:
            self.power_on(cause)

    def _drop_everything(self) -> None:
        self.network.reset()
        self.radio.reset(self.now_us)
        self.pins.clear()
        self._due.clear()
        self._pending.clear()
        self._network_free_us = 0
        if self._interceptor is not None:
            self._interceptor.restarted()

    # --- events -----------------------------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """The module's time."""
        # Rounded, because a deadline in seconds is not exact: who wakes up then must not be a microsecond early.
        return round((trio.current_time() - self._started_s) * 1_000_000 * self.time_scale)

    def feed(self, event: ev.Event) -> None:
        """Tell the machine what happened, and carry out what it orders."""
        if self._interceptor is None:
            self._pending.append(event)
            self._work()
        else:
            self.do(self._interceptor.receive(event, self.now_us))

    def _work(self) -> None:
        if self._feeding:
            return
        self._feeding = True
        try:
            while self._pending:
                event, now_us = self._pending.popleft(), self.now_us
                for observe in self.observers:
                    observe(event, now_us)
                for effect in self.module.handle(event, now_us):
                    for observe in self.observers:
                        observe(effect, now_us)
                    if self._interceptor is None:
                        self._execute(effect)
                    else:
                        self.do(self._interceptor.execute(effect, self.now_us))
        finally:
            self._feeding = False
        if self._switches:
            self._switch_power(self._switches.popleft())
            return  # which has come back here
        self._wake_in_time()
        if self._serial_room:
            self._room.set()
        if self._interceptor is not None and self._interceptor.network_room:
            self._network_room.unpark_all()

    # --- what stands between ----------------------------------------------------------------------------------------

    def intercept(self, interceptor: Interceptor, obey: Callable[[Order], None]) -> None:
        """Let something stand between the machine and the edges from now on; ``obey`` carries out its orders."""
        self._interceptor, self._obey = interceptor, obey

    def do(self, items: Iterable[Item]) -> None:
        """Do what the interceptor gives."""
        for item in items:
            if isinstance(item, ev.Event):
                self._pending.append(item)
            elif isinstance(item, fx.Effect):
                self._execute(item)
            else:
                self._obey(item)
        self._work()

    def switch_power(self, on: bool) -> None:
        """Switch the power when everything that waits to be told is told; nothing happens if it is so already."""
        self._switches.append(on)
        self._work()

    def _switch_power(self, on: bool) -> None:
        if on and not self.has_power:
            self.power_on()
        elif self.has_power and not on:
            self.power_off()
        self._work()

    def break_off(self, sock: int | None) -> None:
        """Reset the connection of a socket, or (None) that to the MQTT broker."""
        if sock is None:
            self.mqtt.break_off()
        else:
            self.network.reset_connection(sock)

    @property
    def host_baud(self) -> int | None:
        """The rate that the host has set for its serial port; None where it cannot be known."""
        return self.serial.host_baud

    async def _wait_room(self) -> None:
        await self.serial.wait_room()
        while self._interceptor is not None and not self._interceptor.network_room:
            await self._network_room.park()

    # --- serial bytes -----------------------------------------------------------------------------------------------

    @property
    def _serial_room(self) -> int:
        room = self.module.uart_room
        return room if self._interceptor is None else min(room, self._interceptor.serial_room)

    async def _read_serial(self) -> None:
        while True:
            await self.receive_serial(await self.serial.receive_some(max(1, self._serial_room)))

    async def receive_serial(self, data: bytes) -> None:
        """Feed bytes of the serial line, as fast as the machine takes them."""
        while data:
            # Asked again for each piece: the machine may have left data mode since the read began.
            room = self._serial_room
            if room:
                self.feed(ev.UartReceived(data[:room]))
                data = data[room:]
            else:
                if self._room.is_set():
                    self._room = trio.Event()
                await self._room.wait()

    # --- time -------------------------------------------------------------------------------------------------------

    def _next_wakeup_us(self) -> int | None:
        wakeup = self.module.wakeup_us
        if self._due and (wakeup is None or self._due[0][0] < wakeup):
            wakeup = self._due[0][0]
        change = self.radio.wakeup_us
        if wakeup is None or (change is not None and change < wakeup):
            wakeup = change
        if self._interceptor is None:
            return wakeup
        fault = self._interceptor.wakeup_us
        return fault if wakeup is None or (fault is not None and fault < wakeup) else wakeup

    def _wake_in_time(self) -> None:
        """Let the clock task wake for the next deadline. A later one is found when it wakes for the earlier one."""
        wakeup = self._next_wakeup_us()
        if wakeup is not None:
            deadline_s = self._started_s + wakeup / 1_000_000 / self.time_scale
            if deadline_s < self._sleep.deadline:
                self._sleep.deadline = deadline_s

    async def _keep_time(self) -> None:
        while True:
            wakeup = self._next_wakeup_us()
            deadline_s = math.inf if wakeup is None else self._started_s + wakeup / 1_000_000 / self.time_scale
            with trio.CancelScope(deadline=deadline_s) as self._sleep:
                await trio.sleep_forever()
            self._do_what_is_due()

    def _do_what_is_due(self) -> None:
        now_us = self.now_us
        change = self.radio.wakeup_us
        if change is not None and change <= now_us:
            self.schedule(self.radio.time_reached(now_us))
        while self._due and self._due[0][0] <= now_us:
            _, _, item = heapq.heappop(self._due)
            if isinstance(item, fx.NetworkEffect):
                self.network.execute(item)
            elif self.radio.claim(item):
                self.feed(item)
        if self._interceptor is not None:
            fault = self._interceptor.wakeup_us
            if fault is not None and fault <= now_us:
                self.do(self._interceptor.time_reached(now_us))
        wakeup = self.module.wakeup_us
        if wakeup is not None and wakeup <= self.now_us:
            self.feed(ev.TimeReached())

    def _later(self, delay_us: int, item: ev.Event | fx.NetworkEffect) -> None:
        heapq.heappush(self._due, (self.now_us + delay_us, next(self._order), item))

    # --- effects ----------------------------------------------------------------------------------------------------

    def _execute(self, effect: fx.Effect) -> None:
        match effect:
            case fx.UartSend():
                self.serial.send_nowait(effect.data)
            case fx.ConfigureUart():
                self.serial.configure(effect.baud, effect.parity, effect.data_bits, effect.stop_bits, effect.flow)
            case fx.WriteFlash():
                self._write_flash(effect)
            case fx.Reset():
                self._reset(effect.cause)
            case fx.SetPin():
                self.pins[effect.pin] = effect.level
            case fx.Log():
                self._log.log(_LEVELS[effect.level], "%s", effect.text)
            case _ if isinstance(effect, fx.NetworkEffect):
                self._execute_on_network(effect)
            case _ if isinstance(effect, fx.RadioEffect):
                self._execute_on_radio(effect)
            case _ if isinstance(effect, fx.MqttEffect):
                self.mqtt.execute(effect)
            case _:
                assert_never(effect)

    def _execute_on_radio(self, effect: fx.RadioEffect) -> None:
        for delay_us, event in self.radio.execute(effect, self.now_us):
            self._later(delay_us, event)

    def schedule(self, due: Due) -> None:
        """Feed what a method of ``radio`` gave, each event after its delay."""
        for delay_us, event in due:
            self._later(delay_us, event)
        self._wake_in_time()

    def _execute_on_network(self, effect: fx.NetworkEffect) -> None:
        """Carry a network effect out, in the realtime timing after the work that the module has for the data."""
        if isinstance(effect, fx.SendData):
            cost_us = self._cost_us(len(effect.data))
            if cost_us:
                self._network_free_us = max(self._network_free_us, self.now_us) + cost_us
        wait_us = self._network_free_us - self.now_us
        if wait_us > 0:
            self._later(wait_us, effect)
        else:
            self.network.execute(effect)

    def _cost_us(self, length: int) -> int:
        if self.module.data_mode.active:
            return int(self._timing.data_mode_us_per_byte * length)
        return int(self._timing.send_ms_per_chunk * 1000 * length / CHUNK_BYTES)

    # --- flash ------------------------------------------------------------------------------------------------------

    def _write_flash(self, effect: fx.WriteFlash) -> None:
        if isinstance(self._flash, MemoryFlash) and not self._timing.flash_write_ms:
            self._flash.write(effect.image)
            self._image = effect.image
            self._pending.append(ev.FlashWritten(effect.request, ok=True))
        else:
            self._nursery.start_soon(self._write_flash_in_thread, effect, self._life)

    async def _write_flash_in_thread(self, effect: fx.WriteFlash, life: int) -> None:
        async with self._writing:
            await trio.sleep(self._timing.flash_write_ms / 1000 / self.time_scale)
            if not self.has_power:
                return  # it went before the flash had the new image: the old one stays
            try:
                await trio.to_thread.run_sync(self._flash.write, effect.image)
            except OSError as error:
                self._log.warning("the flash could not be written: %s", error.strerror)
                ok = False
            else:
                self._image = effect.image
                ok = True
        # A write is never broken off; when the program ends meanwhile, nobody is there any more to hear of it.
        await trio.lowlevel.checkpoint_if_cancelled()
        if life == self._life:
            self.feed(ev.FlashWritten(effect.request, ok))


def _nobody(_order: Order) -> None:
    pass
