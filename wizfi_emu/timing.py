"""How much of the module's slowness is played: delays and costs that are physics, not protocol.

Protocol timers (escape, send flush, retries, limits) are the module's in every timing and not here.
"""

from __future__ import annotations

from msgspec import Struct

from wizfi_emu import userfiles

DEFAULT_TIMING = "wire"
_DELAYS = ("boot_ms", "reset_ms", "join_ms", "dhcp_ms", "scan_ms_per_channel", "flash_write_ms")
_COSTS = ("uart_byte_cost", "send_ms_per_chunk", "data_mode_us_per_byte")


class Timing(Struct, frozen=True, forbid_unknown_fields=True):
    """A timing. The default is ``wire``: the serial line is paced, everything else takes no time."""

    description: str = ""
    paced: bool = True
    """Bytes to the host go out at the speed of the serial line."""
    boot_ms: int = 0
    """Power-on to banner."""
    reset_ms: int = 0
    """Reset to banner."""
    join_ms: int = 0
    """One association attempt, beyond what the world's access point takes."""
    dhcp_ms: int = 0
    scan_ms_per_channel: int = 0
    """What a scan takes per channel; the dwell time of the scan if that is longer. 0: nothing at all."""
    flash_write_ms: int = 0
    uart_byte_cost: float = 1.0
    """Time of one byte on the serial line, in units of its bits at the nominal rate."""
    send_ms_per_chunk: float = 0.0
    """Sending 1400 bytes in command mode."""
    data_mode_us_per_byte: float = 0.0
    """Work per byte from the host in data mode."""

    def __post_init__(self) -> None:
        for key in (*_DELAYS, *_COSTS):
            value: float = getattr(self, key)
            if not 0 <= value <= 600_000:
                raise ValueError(f"{key}: expected 0 to 600000, got {value}")
        if self.uart_byte_cost < 1:
            raise ValueError(f"uart_byte_cost: expected at least 1, got {self.uart_byte_cost}")


def timing_names() -> list[str]:
    """The names of the timings that come with the program."""
    return userfiles.names("timing")


def load_timing(name: str = DEFAULT_TIMING) -> Timing:
    """The timing of that name, or of the file at that path. Raises UserError for one that is not there or wrong."""
    return userfiles.read(userfiles.find("timing", name), Timing)
