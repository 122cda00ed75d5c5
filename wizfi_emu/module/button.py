"""The FUNCTION button: what its presses do, and the access-point session that one press leads to."""

from msgspec import Struct

from wizfi_emu.at.responses import Response
from wizfi_emu.module.air import AirService
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.output import Output
from wizfi_emu.module.sequences import Sequences
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.storage import Storage
from wizfi_emu.module.tasks import Steps
from wizfi_emu.module.webserver import WebServer
from wizfi_emu.profile import fields
from wizfi_emu.profile.image import WifiSection

SECOND_US = 1_000_000
SETUP_KEY = b"123456789"
SETUP_ADDRESS = "192.168.12.1"
SESSION_AIR_COMMAND = fields.AirCommand("O", "T", 50001, 1)
EXTENSION_RESTORE = 11  # AT+MEXT1=11,<seconds>: keep the settings from before the button's AP session
_SSID_PREFIXES = {"ENCORED": b"GetIT_", "URIEL": b"W_AP_", "SHINHEUNG": b"SAM4S_PRT_"}


class FunctionButton(Struct, eq=False):
    """Acts on presses that `Board` has counted."""

    kernel: Kernel
    settings: Settings
    storage: Storage
    output: Output
    sequences: Sequences
    web: WebServer
    air: AirService

    def press(self, presses: int) -> Steps[None]:
        match presses:
            case 1:
                yield from self.set_up_access_point()
            case 2:
                self.output.text(b"Set OTA Mode\r\n")
                yield from self.sequences.enter_ota()
            case 3:
                self.output.text(b"Set Factory Default\r\n")
                yield from self.storage.restore_defaults()
                yield from self.output.respond(Response.OK)
                yield from self.sequences.reset()
            case _:
                self.output.text(b"Error\r\n")

    def set_up_access_point(self) -> Steps[None]:
        """One press, or AT+FWEBS=0,F: the flash profile becomes an access point with web server, then a reset."""
        self.output.text(b"Set AP Mode & Web Server Launch\r\n")
        code = self.settings.ram.custom_code
        if code == "URIEL":
            self.output.text(b"(with Factory Default)\r\n")
            yield from self.storage.restore_defaults()
        profile = self.storage.profile
        if profile.extension[0] == EXTENSION_RESTORE and self.settings.firmware.setup_backup:
            profile.backup = fields.Backup.of(profile)
        mac = profile.mac.replace(":", "").encode()
        profile.wifi_mode = 1
        prefix = _SSID_PREFIXES.get(code, b"WizFi250_AP_")
        profile.access_point = fields.AccessPointSetting(prefix + mac, profile.access_point.channel)
        profile.ap_security = fields.SecuritySetting(fields.Security.WPA2, SETUP_KEY)
        profile.dhcp = False
        profile.address = profile.gateway = SETUP_ADDRESS
        profile.netmask = "255.255.255.0"
        profile.registration = fields.SocketRegistration()
        profile.auto_ap = True
        if code == "SHINHEUNG":
            profile.set_up_for_shinheung()
            profile.registration = fields.SocketRegistration("S", "TSN", "", 0, 5000, data_mode=False)
        self.storage.image.wifi = WifiSection.of(profile)
        yield from self.storage.write()
        yield from self.output.respond(Response.OK)
        yield from self.sequences.reset()

    def begin_session(self) -> Steps[None]:
        """The session after a single FUNCTION press: web server, air commands, and the flag is gone."""
        self.settings.ram.auto_ap = self.storage.profile.auto_ap = False
        yield from self.storage.write()
        self.web.start()
        self.start_air_service()
        extension, seconds = self.settings.ram.extension
        backup = self.storage.profile.backup
        if extension == EXTENSION_RESTORE and backup is not None:
            self.kernel.after("session-end", seconds * SECOND_US, lambda: self._session_over(backup))

    def start_air_service(self) -> None:
        """Air commands as no AT+MAIRCMD has asked for them: on TCP port 50001."""
        self.settings.ram.air_command = SESSION_AIR_COMMAND
        self.air.start()

    def _session_over(self, backup: fields.Backup) -> None:
        self.kernel.in_background("session-end", lambda: self._restore(backup))

    def _restore(self, backup: fields.Backup) -> Steps[None]:
        profile = self.storage.profile
        for name in backup.__struct_fields__:
            setattr(profile, name, getattr(backup, name))
        profile.backup = None
        yield from self.storage.write()
        yield from self.sequences.reset()
