"""What differs between the guide and the firmware versions."""

from wizfi_emu.firmware.model import Firmware

__all__ = ["Firmware"]
