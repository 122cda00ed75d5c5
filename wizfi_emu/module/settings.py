"""What the module works by: its firmware, the profile in RAM, and values that no profile has."""

from msgspec import Struct, field

from wizfi_emu.firmware import Firmware
from wizfi_emu.profile import Profile
from wizfi_emu.profile.fields import SocketRegistration


class Volatile(Struct):
    """Values of commands that are never stored; a reset brings these back."""

    root_ca: bytes = b""
    """AT+MCERT=W,R."""
    last_scon: SocketRegistration | None = None
    """What AT+SCON=? shows when it is not the registration."""
    web_text: bytes = b""
    """AT+FS2WEB."""
    gmmp_data: bytes = b"Temperature=28C"
    gmmp_options: dict[int, tuple[int, ...]] = field(default_factory=lambda: {10: (0, 1), 11: (0,), 12: (0,)})


class Settings:
    """Shared by all parts: the personality that the module was made with, and the one that it has."""

    __slots__ = ("factory", "firmware", "ram", "volatile")

    def __init__(self, factory: Firmware) -> None:
        self.factory = self.firmware = factory
        self.ram = Profile()
        self.volatile = Volatile()
