"""How much of the module's slowness is played: delays and costs that are physics, not protocol.

Protocol timers (escape, send flush, retries, limits) are the module's in every timing and not here.
"""

from typing import Annotated

from msgspec import Meta, Struct

from wizfi_emu import userfiles

DEFAULT_TIMING = "wire"

Delay = Annotated[int, Meta(ge=0, le=600_000)]
Cost = Annotated[float, Meta(ge=0, le=600_000)]


class Timing(Struct, frozen=True, forbid_unknown_fields=True):
    """A timing. Without any key the serial line is paced, and everything else takes no time."""

    description: str = ""
    """What `wizfi-emu timing list` shows."""
    paced: bool = True
    """Bytes come and go at the speed of the serial line. Without it, as fast as the host and the network take them."""
    boot_ms: Delay = 0
    """From power to the first instruction of the firmware."""
    reset_ms: Delay = 0
    """The same after a reset, beyond the 0.5 s for which the firmware itself waits before it."""
    join_ms: Delay = 0
    """One association attempt, beyond what the world's access point takes."""
    dhcp_ms: Delay = 0
    """Until an address is offered, beyond what the world's network takes."""
    scan_ms_per_channel: Delay = 0
    """What a scan takes per channel; the dwell time of the scan if that is longer. 0: nothing at all."""
    flash_write_ms: Delay = 0
    """One write of the flash. The serial line is off meanwhile: what the host sends is lost."""
    round_trip_ms: Delay = 0
    """The way to a peer and back: so much later the module hears of what peers do, beside what faults delay."""
    uart_byte_cost: Annotated[float, Meta(ge=1, le=600_000)] = 1.0
    """Time of one byte on the serial line, in units of its bits at the nominal rate (*a* of the model)."""
    send_ms_per_chunk: Cost = 0.0
    """Sending 1400 bytes in command mode, while the next ones come in (*g*)."""
    data_mode_us_per_byte: Cost = 0.0
    """Work per byte from the host in data mode, while the next ones come in (*d*)."""
    long_transfer_us_per_byte: Cost = 0.0
    """What each byte from the host takes beside, in command mode, behind the first 1,024,000 of a connection (*s*)."""

    @property
    def has_costs(self) -> bool:
        """Whether the module's own work takes time, beside the line and the radio."""
        return any(
            (
                self.boot_ms,
                self.reset_ms,
                self.flash_write_ms,
                self.send_ms_per_chunk,
                self.data_mode_us_per_byte,
                self.long_transfer_us_per_byte,
            )
        )


def timing_names() -> list[str]:
    """The names of the timings that come with the program."""
    return userfiles.names("timing")


def load_timing(name: str = DEFAULT_TIMING) -> Timing:
    """The timing of that name, or of the file at that path. Raises UserError for one that is not there or wrong."""
    return userfiles.read(userfiles.find("timing", name), Timing)
