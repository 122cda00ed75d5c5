"""What a calibration reads of the program's files: the plan, and the personalities that are known."""

from functools import cache

from wizfi_emu import userfiles
from wizfi_emu.calibrate.plan import Plan
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.load import list_firmware, load_firmware

KIND = "calibrate"


@cache
def load_plan() -> Plan:
    """The plan that comes with the program."""
    return userfiles.read(userfiles.find(KIND, "plan"), Plan)


@cache
def known_personalities() -> tuple[Firmware, ...]:
    """The personalities that come with the program."""
    return tuple(load_firmware(name) for name in list_firmware())
