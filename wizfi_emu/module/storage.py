"""Who writes flash, and what: the whole profile, or single settings at once (firmware 1.0.5.2)."""

import msgspec

from wizfi_emu.module import effects as fx
from wizfi_emu.module.kernel import Kernel
from wizfi_emu.module.settings import Settings
from wizfi_emu.module.tasks import Steps
from wizfi_emu.module.uploads import PROFILE_UNREADABLE, application_of, image_from_dct, profile_is_unreadable
from wizfi_emu.profile import FlashImage, Profile, SecuritySection, WifiSection, encode_image, factory_profile, fields


class Storage:
    """The flash as the machine knows it, and the ways to change it. Each gives whether the write worked."""

    def __init__(self, kernel: Kernel, settings: Settings) -> None:
        self._kernel = kernel
        self._settings = settings
        self.image = FlashImage(Profile())

    @property
    def profile(self) -> Profile:
        return self.image.profile

    @property
    def wifi(self) -> WifiSection:
        return self.image.wifi

    @property
    def security(self) -> SecuritySection:
        """Certificate and key."""
        return self.image.security

    def write(self) -> Steps[bool]:
        """Bring the image to disk."""
        written = yield from self._kernel.ask(fx.WriteFlash, encode_image(self.image))
        return written.ok

    def save_profile(self) -> Steps[bool]:
        """AT+MPROF=S: everything in RAM, and the Wi-Fi section from it."""
        self.image.profile = self._settings.ram.copied()
        self.image.wifi = WifiSection.of(self._settings.ram)
        return (yield from self.write())

    def restore_defaults(self) -> Steps[bool]:
        """AT+MFDEF: factory defaults to RAM and flash."""
        keeps = self._settings.firmware.factory_reset_keeps_settings
        return (yield from self._write_defaults(fields.SURVIVING_FIELDS if keeps else fields.IDENTITY_FIELDS))

    def start_afresh(self) -> Steps[bool]:
        """The flash holds the profile of another firmware: factory defaults, beside the settings that are its own."""
        return (yield from self._write_defaults(fields.SURVIVING_FIELDS))

    def _write_defaults(self, survivors: tuple[str, ...]) -> Steps[bool]:
        self._settings.ram = factory_profile(self._settings.firmware.version, self._settings.ram, survivors)
        return (yield from self.save_profile())

    def store_station(self, station: fields.StationSetting) -> Steps[bool]:
        """AT+WSET=0: network to join and station mode, at once; unchanged values do not write."""
        octets = self._settings.firmware.wset_compares_bssid_octets
        known = self.wifi.station
        same = (
            (known.ssid, known.channel) == (station.ssid, station.channel)
            and known.bssid[: 3 * octets] == station.bssid[: 3 * octets]
            and self.profile.wifi_mode == 0
        )
        if same:
            self._settings.ram.wifi_mode = 0
            return True
        self._set_everywhere("station", station, 0)
        return (yield from self.write())

    def store_access_point(self, access_point: fields.AccessPointSetting) -> Steps[bool]:
        """AT+WSET=1: the module's own network and access-point mode, at once.

        The zero behind an SSID of full length overwrites the low byte of the security type beside it (firmware
        1.0.5.2). What is left is none of the known types, unless it was OPEN, which is 0.
        """
        same = self.wifi.access_point == access_point and self.profile.wifi_mode == 1
        self._set_everywhere("access_point", access_point, 1)
        security = self.wifi.ap_security
        if not same and len(access_point.ssid) == fields.SSID_BYTES_MAX and security.type is not fields.Security.OPEN:
            broken = fields.SecuritySetting(fields.Security.AUTO, security.key)
            self.image.wifi = msgspec.structs.replace(self.wifi, ap_security=broken)
        return True if same else (yield from self.write())

    def store_mode(self, mode: int) -> Steps[bool]:
        """The Wi-Fi mode alone."""
        same = self.profile.wifi_mode == mode
        self._settings.ram.wifi_mode = self.profile.wifi_mode = mode
        return True if same else (yield from self.write())

    def store_security(self, mode: int, security: fields.SecuritySetting) -> Steps[bool]:
        """AT+WSEC: security of a mode and the mode itself, at once."""
        name = "ap_security" if mode else "station_security"
        same = getattr(self.wifi, name) == security and self.profile.wifi_mode == mode
        self._set_everywhere(name, security, mode)
        return True if same else (yield from self.write())

    def store_credentials(self, station: fields.StationSetting, security: fields.SecuritySetting) -> Steps[bool]:
        """WPS: network, key and station mode to flash, then RAM := flash."""
        profile = self.profile
        profile.station, profile.station_security, profile.wifi_mode = station, security, 0
        self.image.wifi = msgspec.structs.replace(self.wifi, station=station, station_security=security)
        written = yield from self.write()
        self._settings.ram = profile.copied()
        return written

    def store_application(self, data: bytes, *, valid: bool | None = None) -> Steps[bool]:
        """An uploaded application; ``valid`` sets the boot loader's mark, None leaves it as it is."""
        mark = self.image.application.valid if valid is None else valid
        self.image.application = application_of(data, self._settings.factory.name, valid=mark)
        if not self.image.application.intact:
            self._kernel.emit(fx.Log("warning", "the application that was written cannot run"))
        return (yield from self.write())

    def erase_application(self) -> Steps[bool]:
        """Erase the application area. The mark stays, so the boot loader will start what is not there any more."""
        self.image.application = msgspec.structs.replace(self.image.application, version="", intact=False)
        return (yield from self.write())

    def store_dct(self, data: bytes) -> Steps[bool]:
        """An uploaded configuration table in place of profile and certificates.

        Nothing checks it. One that is none leaves the other of the two copies in use, so here nothing changes.
        """
        changed = image_from_dct(data, self.image)
        if isinstance(changed, str):
            self._kernel.emit(fx.Log("warning", f"configuration table ignored: {changed}"))
            return True
        if profile_is_unreadable(changed):
            self._kernel.emit(fx.Log("warning", f"configuration table: {PROFILE_UNREADABLE}"))
        self.image = changed
        return (yield from self.write())

    def store_flash_profile(self, profile: Profile) -> Steps[bool]:
        """Web pages: a changed flash profile, at once; the one in RAM stays as it is."""
        self.image.profile = profile
        self.image.wifi = WifiSection.of(profile)
        return (yield from self.write())

    def store_certificates(self, security: SecuritySection) -> Steps[bool]:
        """AT+MCERT: the security section."""
        self.image.security = security
        return (yield from self.write())

    def _set_everywhere(self, name: str, value: object, mode: int) -> None:
        """A setting and the Wi-Fi mode in RAM and in both sections of the flash."""
        for profile in (self._settings.ram, self.profile):
            setattr(profile, name, value)
            profile.wifi_mode = mode
        self.image.wifi = msgspec.structs.replace(self.wifi, **{name: value})
