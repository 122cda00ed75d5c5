"""Where ``serial.serial_for_url`` finds the ports ``wizfi://NAME``, once it looks in ``wizfi_emu.lockstep``."""

from wizfi_emu.lockstep.port import serial_class_for_url

__all__ = ["serial_class_for_url"]
