"""What a module's work costs in time: boot, reset, flash, and the data that it sends.

What the radio takes (association, DHCP, scan) has limits of its own and is part of the world.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.stages.stage import Item, Place, Stage
from wizfi_emu.timing import Timing

CHUNK_BYTES = 1400
"""What the measured cost of a command-mode transmission is for."""


class _Waiting(NamedTuple):
    due_us: int
    item: ev.PoweredOn | fx.Effect


class Costs(Stage):
    """Delays what the module is too slow for. What waits is bounded by the machine, which waits for the answers."""

    place = Place.COSTS

    def __init__(self, timing: Timing, in_data_mode: Callable[[], bool]) -> None:
        self._timing = timing
        self._in_data_mode = in_data_mode
        self._boot: _Waiting | None = None
        self._flash: deque[_Waiting] = deque()
        self._network: deque[_Waiting] = deque()
        self._network_free_us = 0

    @classmethod
    def of(cls, timing: Timing, module: Module) -> list[Stage]:
        """The stage of a timing; none if nothing in it is a cost."""
        costs = (
            timing.boot_ms,
            timing.reset_ms,
            timing.flash_write_ms,
            timing.send_ms_per_chunk,
            timing.data_mode_us_per_byte,
        )
        return [cls(timing, lambda: module.data_mode.active)] if any(costs) else []

    @property
    def wakeup_us(self) -> int | None:
        times = [queue[0].due_us for queue in (self._flash, self._network) if queue]
        if self._boot is not None:
            times.append(self._boot.due_us)
        return min(times, default=None)

    def receive(self, event: ev.Event, now_us: int) -> tuple[Item, ...]:
        if isinstance(event, ev.PoweredOn):
            by_power = event.cause is ev.ResetCause.POWER
            delay_ms = self._timing.boot_ms if by_power else self._timing.reset_ms
            if delay_ms:
                self._boot = _Waiting(now_us + delay_ms * 1000, event)
                return ()
        return (event,)

    def execute(self, effect: fx.Effect, now_us: int) -> tuple[Item, ...]:
        if isinstance(effect, fx.NetworkEffect):
            return self._execute_on_network(effect, now_us)
        if isinstance(effect, fx.WriteFlash) and self._timing.flash_write_ms:
            self._flash.append(_Waiting(now_us + self._timing.flash_write_ms * 1000, effect))
            return ()
        if isinstance(effect, fx.Reset) and self._flash:
            # A write that has begun is never broken off by a reset, only by a power cut.
            writes = [waiting.item for waiting in self._flash]
            self._flash.clear()
            return (*writes, effect)
        return (effect,)

    def _execute_on_network(self, effect: fx.NetworkEffect, now_us: int) -> tuple[Item, ...]:
        if isinstance(effect, fx.SendData):
            cost_us = self._cost_us(len(effect.data))
            if cost_us:
                self._network_free_us = max(self._network_free_us, now_us) + cost_us
        if self._network_free_us > now_us:
            self._network.append(_Waiting(self._network_free_us, effect))
            return ()
        return (effect,)

    def _cost_us(self, length: int) -> int:
        if self._in_data_mode():
            return int(self._timing.data_mode_us_per_byte * length)
        return int(self._timing.send_ms_per_chunk * 1000 * length / CHUNK_BYTES)

    def time_reached(self, now_us: int) -> list[Item]:
        due: list[Item] = []
        if self._boot is not None and self._boot.due_us <= now_us:
            due.append(self._boot.item)
            self._boot = None
        for queue in (self._flash, self._network):
            while queue and queue[0].due_us <= now_us:
                due.append(queue.popleft().item)
        return due

    def restarted(self) -> None:
        self._boot = None
        self._flash.clear()
        self._network.clear()
        self._network_free_us = 0
