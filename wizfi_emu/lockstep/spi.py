"""A module's SPI line for a host in its time."""

from wizfi_emu.lockstep.clock import Lockstep
from wizfi_emu.lockstep.modules import HostEnd

BYTE_US = 2
"""What a transfer takes: 8 bits at 4 MHz, the clock of published hosts."""


class SpiLine:
    """What a host has of the line: transfers, and DATA_READY."""

    def __init__(self, lockstep: Lockstep, end: HostEnd) -> None:
        self._lockstep = lockstep
        self._end = end

    def transfer(self, mosi: bytes) -> bytes:
        """Clock bytes out; gives as many that come back."""
        lockstep = self._lockstep
        miso = self._end.transfer(mosi)
        lockstep.host_acted()
        lockstep.wait(lockstep.clock.now_us + BYTE_US * len(mosi), lambda: False)
        return miso

    def wait_ready(self, until_us: int | None) -> bool:
        """Wait until DATA_READY is high, at most until a time; whether it is. To look takes some time."""
        self._lockstep.spend()
        return self._lockstep.wait(until_us, lambda: self._end.device.data_ready)

    def ready(self, timeout_s: float = 0.0) -> bool:
        """The same for so many seconds."""
        return self.wait_ready(self._lockstep.clock.now_us + round(timeout_s * 1e6))
