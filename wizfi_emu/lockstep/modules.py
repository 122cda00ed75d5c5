"""The modules of a lockstep: any number on one air, each with the end of its serial line that a host opens."""

from collections.abc import Callable

from wizfi_emu.agenda import earliest
from wizfi_emu.lockstep.clock import Lockstep
from wizfi_emu.module.spi import without_nulls
from wizfi_emu.run.virtual import VirtualDevice

OPEN_SETTLE_US = 200_000
"""From a host's open to the power of a module that waits for it, as behind a pseudo-terminal."""

KERNEL_BYTES = 4096
"""What is taken of a host at once while the module takes nothing, as of a pseudo-terminal."""

RECEIVED_BYTES = 4 * 1024 * 1024
"""What waits for a host that does not read. More is lost, the oldest first."""


class HostEnd:
    """The host's end of a module's serial line. ``on_open``: its power comes on when the host opens it."""

    def __init__(self, name: str, device: VirtualDevice, *, on_open: bool = False) -> None:
        self.name = name
        self.device = device
        self.received = bytearray()
        self.to_host: Callable[[bytes], None] = _nothing
        """Sees what the host gets."""
        self.from_host: Callable[[bytes], None] = _nothing
        """Sees what the host sends."""
        self.is_open = False
        self._on_open = device.holds_input = on_open
        self._rts = True
        self._stopped = False
        if device.wire is not None:
            device.wire.on_stop = self._stop

    def open(self, baud: int) -> None:
        """The host opens the port. What has come before is lost to it, as pyserial does it."""
        self.is_open = True
        self.settle()
        self.received.clear()
        self.set_baud(baud)
        if self._on_open:
            self._on_open = False
            due_us = self.device.now_us + OPEN_SETTLE_US
            self.device.agenda.add(due_us, lambda: self.device.switch_power(True), owner=self)

    def set_lines(self, *, rts: bool, dtr: bool) -> None:
        """The host sets its lines. Without RTS a module with hardware flow control waits; nothing hangs on DTR."""
        self._rts = rts
        self.settle()

    def _stop(self, stopped: bool) -> None:
        self._stopped = stopped

    @property
    def cts(self) -> bool:
        """Whether the module lets the host send: always without hardware flow control."""
        return not (self._hardware_flow and self._stopped)

    @property
    def _hardware_flow(self) -> bool:
        return self.device.module.ram.uart.flow == "HW"

    def set_baud(self, baud: int) -> None:
        """The host sets its rate."""
        self.device.line.host_baud = baud

    def write(self, data: bytes) -> None:
        """The host sends."""
        self.from_host(data)
        self.device.send_soon(data)

    def transfer(self, mosi: bytes) -> bytes:
        """The host clocks bytes over SPI; as many come back."""
        self.from_host(without_nulls(mosi))
        miso = self.device.transfer(mosi)
        self.to_host(without_nulls(miso))
        return miso

    @property
    def unsent_bytes(self) -> int:
        """What the host has written and the module has not taken."""
        return self.device.unsent_bytes

    def discard(self) -> None:
        """Forget it."""
        self.device.forget_unsent()

    def drain(self, lockstep: Lockstep) -> None:
        """Wait until the module has taken it."""
        lockstep.wait(None, lambda: not self.unsent_bytes)

    @property
    def takes_more(self) -> bool:
        """Whether the host can write without waiting."""
        return self.unsent_bytes < KERNEL_BYTES

    def settle(self) -> None:
        """Take what has come, and give what waits."""
        self.device.line.holds = self._hardware_flow and not self._rts
        self.device.send_soon(b"")
        if data := self.device.read():
            self.received += data
            self.to_host(data)
            del self.received[:-RECEIVED_BYTES]


class Modules:
    """Modules in one time, without anybody who works them but their hosts."""

    over = False

    def __init__(self) -> None:
        self.ends: dict[str, HostEnd] = {}

    def add(self, end: HostEnd) -> None:
        """One more module. Its device has the clock of the others."""
        self.ends[end.name] = end

    @property
    def next_us(self) -> int | None:
        return earliest(*(end.device.wakeup_us for end in self.ends.values()))

    def step(self) -> None:
        for end in self.ends.values():
            if end.device.step():
                break
        self.host_acted()

    def host_acted(self) -> None:
        for end in self.ends.values():
            end.settle()


def _nothing(_data: bytes) -> None:
    pass
