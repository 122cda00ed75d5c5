"""What a module had set before it was asked: read, kept in a file, put back. Only what it shows can be kept."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

from msgspec import Struct

from wizfi_emu.calibrate.plan import Setting
from wizfi_emu.calibrate.play import OK, Exchange
from wizfi_emu.secret import Secret, discreet

Ask = Callable[[str], Exchange]

FACTORY = {
    "AT+SCON=?": "O,TSN,,0,5000,1",
    "AT+USET=?": "115200,N,8,1,N",
    "AT+MCUSTOM=?": "WIZNET",
    "AT+MCWUI=?": "admin,admin",
    "AT+FWEBS=?": "0,M",
    "AT+FGPIO=?": "{1,1,3,0},{1,5,3,0},{1,6,3,0},{1,7,3,0},{1,8,3,0}",
}
"""What a module shows where a factory reset would change what no line here can set again, or the line itself."""


@discreet
class Backup(Struct, frozen=True, forbid_unknown_fields=True):
    """The profile in flash as AT+MPROF=VD shows it, the settings behind their queries, and what was in RAM alone.

    ``settings``: values by the line that asks for them, as they are after AT+MPROF=L. ``unsaved``: those that were
    different before it. ``others``: answers that nothing puts back, such as AT+USET=?.
    """

    profile: Annotated[tuple[str, ...], Secret.KEY]
    settings: Annotated[dict[str, str], Secret.PASSWORD]
    unsaved: Annotated[dict[str, str], Secret.PASSWORD] = {}
    others: Annotated[dict[str, str], Secret.PASSWORD] = {}

    def shown(self, name: str) -> str:
        """What a line of the profile says, such as ``WSET``; empty when there is none."""
        return next((line.partition("=")[2] for line in self.profile if line.startswith(f"+{name}=")), "")

    def answers(self, needs: Mapping[str, str]) -> bool:
        """Whether the module answered as a probe needs it."""
        return all((self.settings | self.others).get(line, "").startswith(value) for line, value in needs.items())


OTHERS = ("AT+MSPI=?", "AT+USET=?", "AT+WSET=?", "AT+FWEBS=?", "AT+FGPIO=?", "AT+MCWUI=?")


def unsaved_only(ask: Ask, settings: Iterable[Setting]) -> Backup:
    """What is in RAM, as long as nothing else is known: behind it RAM may be changed."""
    return Backup((), {}, read_settings(ask, settings))


def read_backup(ask: Ask, settings: Iterable[Setting], before: Backup) -> Backup:
    """Ask for everything else. Afterwards the module has in RAM what it has in flash."""
    settings = tuple(settings)
    ask("AT+MPROF=L")
    saved = read_settings(ask, settings)
    others = {line: value for line in OTHERS if (value := _value(ask(line), r"(.*)")) is not None}
    unsaved = {line: value for line, value in before.unsaved.items() if saved.get(line) != value}
    return Backup(read_profile(ask), saved, unsaved, others)


def read_profile(ask: Ask) -> tuple[str, ...]:
    """The lines of AT+MPROF=VD without those that show a state and no setting."""
    lines = ask("AT+MPROF=VD").answer.decode("latin-1").split("\r\n")
    return tuple(line for line in lines if line.startswith("+") and not line.startswith(("+FWEBS", "+FGPIO")))


def read_settings(ask: Ask, settings: Iterable[Setting]) -> dict[str, str]:
    """The values of the settings that the module knows."""
    found = ((setting.ask, _value(ask(setting.ask), setting.value)) for setting in settings)
    return {line: value for line, value in found if value is not None}


def may_reset(backup: Backup) -> bool:
    """Whether a factory reset leaves nothing behind that cannot be put back."""
    return backup.answers(FACTORY)


def put_lines(setting: Setting, value: str) -> list[str]:
    """The lines that set a value; none for one that no line can set."""
    if "{number}" in setting.put:
        return [setting.put.format(one, number=number) for number, one in enumerate(value.split(","), 1)]
    if setting.ask == "AT+SCON=?" and value.startswith("O"):
        return []
    return [setting.put.format(value)]


def reload_lines(backup: Backup, settings: Iterable[Setting]) -> list[str]:
    """What puts the settings in RAM back: those of the flash, and what was different from them."""
    by_line = {setting.ask: setting for setting in settings}
    unsaved = [line for ask, value in backup.unsaved.items() for line in put_lines(by_line[ask], value)]
    return ["AT+MPROF=L", *unsaved]


def network_lines(backup: Backup, *, has_wset2: bool) -> list[str]:
    """What puts the network of the selected mode back; that of the other one, which nothing shows, is the factory's."""
    word = "AT+WSET2" if has_wset2 else "AT+WSET"
    mode = backup.shown("WSET")[:1]
    other = {
        "0": [f"{word}=1,WizFiSoftAP,,1", "AT+WSEC=1,WPA2,12345678"],
        "1": [f"{word}=0,WizFiAP,,6", "AT+WSEC=0,WPA2,12345678"],
    }[mode]
    _, ssid, bssid, channel = _network(backup.others.get("AT+WSET=?", ""))
    bssid = "" if bssid == "00:00:00:00:00:00" or mode == "1" else bssid
    network = f"{word}={mode},{ssid},{bssid}," + (channel if channel != "0" else "")
    kind, _, key = backup.shown("WSEC")[2:].partition(",")
    if re.fullmatch(r"(?:[0-9a-f]{2} )+", key):
        key = key.replace(" ", "")
    return [*other, network.rstrip(","), f"AT+WSEC={mode},{kind},{key}"]


def differences(one: Backup, other: Backup) -> list[str]:
    """The lines of the profile and the settings in which two backups differ, as they are in the first one."""
    lines = [line for line in one.profile if line not in other.profile]
    settings = [f"{line} {value}" for line, value in one.settings.items() if other.settings.get(line) != value]
    others = [f"{line} {value}" for line, value in one.others.items() if other.others.get(line) != value]
    return lines + settings + others


def _network(value: str) -> tuple[str, str, str, str]:
    """Mode, SSID, BSSID and channel of AT+WSET=?; the SSID may have commas."""
    mode, _, rest = value.partition(",")
    ssid, bssid, channel = [*rest.rsplit(",", 2), "", ""][:3]
    return mode, ssid, bssid, channel


def _value(exchange: Exchange, pattern: str) -> str | None:
    if exchange.result != OK:
        return None
    found = re.match(pattern, exchange.answer.decode("latin-1"))
    return found[1].rstrip("\r") if found else None
