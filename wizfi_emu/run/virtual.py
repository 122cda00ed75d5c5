"""A runner in virtual time: it jumps from one thing that is due to the next, so every run is the same."""

from wizfi_emu.module import events as ev
from wizfi_emu.module.machine import Module
from wizfi_emu.run.clock import VirtualClock
from wizfi_emu.run.runner import Runner
from wizfi_emu.stages.lineclock import SLICE_US
from wizfi_emu.stages.physics import physics_of
from wizfi_emu.timing import Timing
from wizfi_emu.worlds.world import World

UNPACED = Timing(paced=False)


class MemoryLine:
    """The serial line in memory. ``received`` is what has reached the host; nobody sends to it but the machine."""

    def __init__(self) -> None:
        self.holds = False
        """Whether the host has stopped the module."""
        self.host_baud: int | None = None
        self.received = bytearray()

    def configure(self, baud: int, parity: str, data_bits: int, stop_bits: str, flow: str) -> None:
        pass

    def send_nowait(self, data: bytes) -> None:
        self.received += data

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
        self,
        module: Module,
        world: World,
        timing: Timing = UNPACED,
        clock: VirtualClock | None = None,
        *,
        longest_slice_us: int = SLICE_US,
    ) -> None:
        """``clock`` is the one that modules share; whoever has them runs them in the order of what is due.

        ``longest_slice_us``: in how large pieces bulk data goes over a paced line; larger ones take less work.
        """
        line = MemoryLine()
        stages, self.wire = physics_of(timing, module, held=lambda: line.holds, longest_slice_us=longest_slice_us)
        super().__init__(module, world, line, clock or VirtualClock(), stages=stages)
        self._unsent = bytearray()

    def send(self, data: bytes, end_us: int | None = None) -> bool:
        """Write to the serial line, as fast as that takes it; time passes while it takes nothing.

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
        """Write what the line takes now, and keep the rest for the next call."""
        self._unsent += data
        while self._unsent and (room := self.serial_room):
            piece = bytes(self._unsent[:room])
            del self._unsent[:room]
            self.feed(ev.UartReceived(piece))

    @property
    def unsent_bytes(self) -> int:
        """How much has not reached the module: what is kept, and what is on the wire."""
        return len(self._unsent) + (self.wire.input_bytes if self.wire else 0)

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
