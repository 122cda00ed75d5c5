"""A runner in virtual time: it jumps from one thing that is due to the next, so every run is the same."""

import math
from collections import deque

from wizfi_emu.agenda import Agenda
from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.run.clock import VirtualClock
from wizfi_emu.run.runner import Runner
from wizfi_emu.serial.lineclock import Framing, LineClock
from wizfi_emu.stages.costs import Costs
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.world import World

UNPACED = Timing(paced=False)


class MemoryLine:
    """The serial line in memory. ``received`` is what has reached the host.

    On a paced line bytes arrive in slices of a millisecond, as on the one of a real run. What waits is bounded by what
    a machine prints: nobody sends to it but the machine.
    """

    def __init__(self, clock: VirtualClock, agenda: Agenda, timing: Timing) -> None:
        self.host_baud: int | None = None
        self.received = bytearray()
        self._time = clock
        self._agenda = agenda
        self._timing = timing
        self._framing = Framing()
        self._line = LineClock()
        self._queue: deque[tuple[float, bytearray]] = deque()

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        self._framing = Framing(baud, parity, data_bits, stop_bits)

    def send_nowait(self, data: bytes) -> None:
        if not self._timing.paced:
            self.received += data
            return
        if not self._queue:
            self._line.resume(self._now_s)
        self._queue.append((self._framing.byte_s * self._timing.uart_byte_cost, bytearray(data)))
        if len(self._queue) == 1:
            self._send_slice()

    def discard_unsent(self) -> None:
        self._queue.clear()
        self._agenda.drop(self)

    @property
    def _now_s(self) -> float:
        return self._time.now_us / 1_000_000

    def _send_slice(self) -> None:
        while self._queue:
            byte_s, run = self._queue[0]
            count = self._line.take(self._now_s, byte_s, len(run))
            if not count:
                break
            self.received += run[:count]
            del run[:count]
            if not run:
                self._queue.popleft()
        if self._queue:
            # Not before the next byte has fully left, or the clock of the line would give none and time would stand.
            due_us = max(self._time.now_us + 1, math.ceil((self._line.free_at_s) * 1_000_000))
            self._agenda.add(due_us, self._send_slice, owner=self)

    def take(self) -> bytes:
        """What the host has received since the last time."""
        data = bytes(self.received)
        self.received.clear()
        return data


class VirtualDevice(Runner):
    """A module whose host and whose time are in the hands of whoever has it."""

    clock: VirtualClock
    line: MemoryLine

    def __init__(
        self, module: Module, world: World, timing: Timing = UNPACED, clock: VirtualClock | None = None
    ) -> None:
        """``clock`` is the one that modules share; whoever has them runs them in the order of what is due."""
        clock, agenda = clock or VirtualClock(), Agenda()
        line = MemoryLine(clock, agenda, timing)
        super().__init__(module, world, line, clock, agenda=agenda, stages=Costs.of(timing, module))
        self._unsent = bytearray()

    def send(self, data: bytes, end_us: int | None = None) -> bool:
        """Write to the serial line, as fast as the machine takes it; time passes while it takes nothing.

        False when it has not taken everything by ``end_us``; the rest is then kept for the next call.
        """
        self.send_soon(data)
        while self._unsent:
            if not self.step_to(end_us):
                if end_us is None:
                    raise RuntimeError("the module takes no more serial bytes")
                return False
            self.send_soon(b"")
        return True

    def send_soon(self, data: bytes) -> None:
        """Write what the machine takes now, and keep the rest for the next call."""
        self._unsent += data
        while self._unsent and (room := self.serial_room):
            piece = bytes(self._unsent[:room])
            del self._unsent[:room]
            self.feed(ev.UartReceived(piece))

    @property
    def unsent_bytes(self) -> int:
        """How much is kept."""
        return len(self._unsent)

    def forget_unsent(self) -> None:
        """Keep nothing."""
        self._unsent.clear()

    def read(self) -> bytes:
        """What the module has sent since the last time."""
        return self.line.take()

    def run(self, duration_us: int) -> None:
        self.run_to(self.clock.now_us + duration_us)

    def run_to(self, end_us: int) -> None:
        """Let time pass up to a moment, and do what is due then."""
        while self.step_to(end_us):
            pass

    def step_to(self, end_us: int | None) -> bool:
        """Do the next thing that is due; False when there is nothing up to ``end_us``, where time then stands."""
        wakeup_us = self.wakeup_us
        if wakeup_us is not None and (end_us is None or wakeup_us <= end_us):
            self.clock.now_us = max(self.clock.now_us, wakeup_us)
            return self.step()
        if end_us is not None:
            self.clock.now_us = max(self.clock.now_us, end_us)
        return False
