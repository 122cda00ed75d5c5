"""What a module's work costs in time: boot, reset, flash, and the data that it sends.

What the radio takes (association, DHCP, scan) has limits of its own and is part of the world.
"""

from collections import deque
from collections.abc import Callable

from wizfi_emu.agenda import Agenda
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.stages.stage import Item, Place, Stage
from wizfi_emu.timing import Timing

CHUNK_BYTES = 1400
"""What the measured cost of a command-mode transmission is for."""

LONG_TRANSFER_BYTES = 1_024_000
"""Bytes of one connection in command mode behind which each takes longer: the "1 Mbyte" of the guide's appendix."""


class Costs(Stage):
    """Delays what the module is too slow for. What waits is bounded by the machine, which waits for the answers."""

    place = Place.COSTS

    def __init__(self, timing: Timing, in_data_mode: Callable[[], bool]) -> None:
        self._timing = timing
        self._in_data_mode = in_data_mode
        self._agenda = Agenda()
        self._due: list[Item] = []
        self._writes: deque[fx.WriteFlash] = deque()
        self._network_free_us = 0
        self._transfers: dict[int, int] = {}
        self._is_long = False

    @property
    def receive_us(self) -> float:
        """What a byte from the host takes now, beside its time on the line."""
        return self._timing.long_transfer_us_per_byte if self._is_long and not self._in_data_mode() else 0.0

    @property
    def wakeup_us(self) -> int | None:
        return self._agenda.next_us

    def receive(self, event: ev.Event, now_us: int) -> tuple[Item, ...]:
        if isinstance(event, ev.UartReceived) and self._writes:
            return (ev.UartLost(len(event.data), ev.SerialLoss.OFF),)
        if isinstance(event, ev.PoweredOn):
            by_power = event.cause is ev.ResetCause.POWER
            delay_ms = self._timing.boot_ms if by_power else self._timing.reset_ms
            if delay_ms:
                self._later(now_us + delay_ms * 1000, event)
                return ()
        return (event,)

    def execute(self, effect: fx.Effect, now_us: int) -> tuple[Item, ...]:
        if isinstance(effect, fx.NetworkEffect):
            return self._execute_on_network(effect, now_us)
        if isinstance(effect, fx.WriteFlash) and self._timing.flash_write_ms:
            self._writes.append(effect)
            self._agenda.add(now_us + self._timing.flash_write_ms * 1000, self._write)
            return ()
        if isinstance(effect, fx.Reset) and self._writes:
            # A write that has begun is never broken off by a reset, only by a power cut.
            writes = tuple(self._writes)
            self._writes.clear()
            return (*writes, effect)
        return (effect,)

    def _execute_on_network(self, effect: fx.NetworkEffect, now_us: int) -> tuple[Item, ...]:
        if isinstance(effect, fx.CloseSocket):
            self._transfers.pop(effect.sock, None)
        if isinstance(effect, fx.SendData):
            cost_us = self._cost_us(effect)
            if cost_us:
                self._network_free_us = max(self._network_free_us, now_us) + cost_us
        if self._network_free_us > now_us:
            self._later(self._network_free_us, effect)
            return ()
        return (effect,)

    def _cost_us(self, effect: fx.SendData) -> int:
        length = len(effect.data)
        if self._in_data_mode():
            return round(self._timing.data_mode_us_per_byte * length)
        total = self._transfers[effect.sock] = self._transfers.get(effect.sock, 0) + length
        self._is_long = total >= LONG_TRANSFER_BYTES
        return round(self._timing.send_ms_per_chunk * 1000 * length / CHUNK_BYTES)

    def _later(self, due_us: int, item: Item) -> None:
        self._agenda.add(due_us, lambda: self._due.append(item))

    def _write(self) -> None:
        self._due.append(self._writes.popleft())

    def time_reached(self, now_us: int) -> list[Item]:
        self._agenda.run(now_us)
        due, self._due = self._due, []
        return due

    def restarted(self) -> None:
        self._agenda.clear()
        self._writes.clear()
        self._transfers.clear()
        self._is_long = False
        self._network_free_us = 0
