"""A whole plan on one module: links it, asks, puts back what was changed, whatever happens."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from wizfi_emu.calibrate import backup as keep
from wizfi_emu.calibrate.backup import Backup
from wizfi_emu.calibrate.network import NO_NETWORK, Network, link_lines
from wizfi_emu.calibrate.plan import LINKS, Plan, Probe, Step, as_step
from wizfi_emu.calibrate.play import OK, Exchange, Line, Peer, Played, ask, play, take
from wizfi_emu.errors import UserError

LONG = Step(limit_ms=60_000)
"""For lines that join, write or start something."""
TRIES = 3
LONGEST_ESCAPE_S = 10.1
"""The longest escape time that AT+SOPT1 takes, and a little more."""
ESCAPES_MS = (1100, round(LONGEST_ESCAPE_S * 1000))
INTERFACE = "AT+MSPI=?"
LAST_FIELDS = 5
"""What is split off behind the names of AT+WSTAT: gateway, MAC, power and signal, and all before them."""


class LostModuleError(UserError):
    """The module does not answer any more."""


@dataclass(slots=True)
class Session:
    """Talks to one module. ``store`` gets the backup before anything is changed, ``report`` each probe before it."""

    line: Line
    plan: Plan
    network: Network = NO_NETWORK
    peer: Peer | None = None
    store: Callable[[Backup], None] = lambda _backup: None
    report: Callable[[Probe], None] = lambda _probe: None
    backup: Backup | None = None
    left_out: list[Probe] = field(default_factory=list)
    """Probes that the module's own settings did not allow, or that showed nothing else."""
    _flash_changed: bool = False
    _has_wset2: bool = False
    _was_station: bool = False

    def ask(self, text: str) -> Exchange:
        """Send a command line and wait for its result, as long as it takes."""
        return ask(self.line, LONG, text.encode("latin-1") + b"\r")

    def run(self, probes: Iterable[Probe], *, times: int = 1) -> list[Played]:
        """Play the probes, each so many times.

        The module is as it was afterwards, also behind an error or an interruption.
        """
        probes = tuple(sorted(probes, key=lambda probe: LINKS.index(probe.link)))
        plays: list[Played] = []
        self.wake()
        try:
            if any(probe.stage != "read" for probe in probes):
                self.backup = keep.unsaved_only(self.ask, self.plan.settings)
                self.backup = self._read_backup()
                self.store(self.backup)
                self._has_wset2 = self.ask("AT+WSET2=?").result == OK
            self._was_station = any(probe.stage == "flash" for probe in probes) and self._is_station()
            for link, group in groupby(probes, key=lambda probe: probe.link):
                for probe in group:
                    if self._may_play(probe):
                        self.report(probe)
                        plays += self._with_something_to_say(probe, [self._play(probe) for _ in range(times)])
                if link != "none":
                    self.ask("AT+WLEAVE")
        finally:
            self.restore()
        return plays

    def _read_backup(self) -> Backup:
        return keep.read_backup(self.ask, self.plan.settings, self.backup or Backup((), {}))

    def _may_play(self, probe: Probe) -> bool:
        allowed = not probe.needs or (self.backup is not None and self.backup.answers(probe.needs))
        if not allowed:
            self.left_out.append(probe)
        return allowed

    def _with_something_to_say(self, probe: Probe, plays: list[Played]) -> list[Played]:
        telling = [played for played in plays if re.match(probe.only, played.text)]
        if not telling:
            self.left_out.append(probe)
        return telling

    def _play(self, probe: Probe) -> Played:
        names = self._names()
        if probe.link != "none":
            self._flash_changed = True
            for text in link_lines(self.plan, probe.link, self.network):
                self.ask(text)
            names["gateway"] = self._gateway()
        if self.peer is not None:
            names["peer"] = self.peer.place
        if probe.stage == "flash":
            self._flash_changed = True
        played = play(self.line, probe, names, self.peer)
        self._clean_up(probe)
        return played

    def _clean_up(self, probe: Probe) -> None:
        if probe.stage == "read":
            return
        self.wake()
        for line in probe.undo:
            take(self.line, as_step(line), self._names())
        if probe.link != "none":
            self.ask("AT+SMGMT=ALL")
        if self.peer is not None:
            self.peer.forget()
        if self.backup is not None:
            for text in keep.reload_lines(self.backup, self.plan.settings):
                self.ask(text)

    def _names(self) -> dict[str, str]:
        """What the lines of a plan call by names."""
        return {"interface": self.backup.others.get(INTERFACE, "0,9")} if self.backup is not None else {}

    def _is_station(self) -> bool:
        return any(row.startswith("STA/") for row in self._status())

    def _gateway(self) -> str:
        row = next((row.rsplit("/", 4) for row in self._status() if row.startswith(("STA/", "AP/"))), [])
        return row[1] if len(row) == LAST_FIELDS else ""

    def _status(self) -> list[str]:
        return self.ask("AT+WSTAT").answer.decode("latin-1").split("\r\n")

    def wake(self) -> None:
        """Bring the module back to an empty command line, out of data mode and out of a half line."""
        for escape_ms in (0, *ESCAPES_MS):
            if escape_ms:
                take(self.line, Step(wait_ms=escape_ms))
                ask(self.line, Step(limit_ms=escape_ms), b"+++")
            ask(self.line, Step(limit_ms=200), b"\r")
            if ask(self.line, Step(limit_ms=1500), b"AT\r").result == OK:
                return
            # Message level 1 answers with the echo alone, and without the echo with nothing.
            if ask(self.line, Step(limit_ms=1500), b"AT+MMSG=2\r").result == OK:
                return
        raise LostModuleError("the module does not answer any more")

    def put_back(self, backup: Backup) -> None:
        """Put a profile back that was kept of this module."""
        self.backup, self._flash_changed = backup, True
        self._has_wset2 = self.ask("AT+WSET2=?").result == OK
        self.restore()

    def restore(self) -> None:
        """Put everything back that a probe may have changed."""
        if self.backup is None:
            return
        self.wake()
        if not self.backup.profile:
            self.backup = self._read_backup()  # it was broken off before it was whole
        if self._flash_changed:
            self._restore_flash(self.backup)
        for text in keep.reload_lines(self.backup, self.plan.settings):
            self.ask(text)
        if self._was_station and not self._is_station():
            self.ask("AT+WJOIN")

    def _restore_flash(self, backup: Backup) -> None:
        self.ask("AT+SMGMT=ALL")
        self.ask("AT+WLEAVE")
        for attempt in range(TRIES):
            now = self._read_backup()
            if not keep.differences(backup, now):
                return
            self._put(backup, now, by_reset=attempt > 0)
        missing = ", ".join(keep.differences(backup, self._read_backup()))
        if missing:
            raise UserError(f"the module does not take back: {missing}")

    def _put(self, backup: Backup, now: Backup, *, by_reset: bool) -> None:
        """Put the flash back; ``by_reset`` from the factory's defaults, where no line can set what is missing."""
        by_reset = by_reset or backup.shown("SCON") != now.shown("SCON")
        if by_reset and keep.may_reset(backup):
            self._reset_by("AT+MFDEF=FR")
            now = self._read_backup()
        if backup.shown("WREG") != now.shown("WREG"):
            self._reset_by(f"AT+WREG={backup.shown('WREG')}")
        if backup.others.get(INTERFACE) != now.others.get(INTERFACE):
            self._reset_by(f"AT+MSPI={backup.others.get(INTERFACE)}")
        if any(backup.shown(name) != now.shown(name) for name in ("WSET", "WSEC")):
            for text in keep.network_lines(backup, has_wset2=self._has_wset2):
                self.ask(text)
        for setting in self.plan.settings:
            value = backup.settings.get(setting.ask)
            if value is not None and value != now.settings.get(setting.ask):
                for text in keep.put_lines(setting, value):
                    self.ask(text)
        self.ask("AT+MPROF=S")

    def _reset_by(self, text: str) -> None:
        """Send a line that resets the module, and wait until it is back."""
        self.ask(text)
        take(self.line, Step(until="Version", limit_ms=10_000, quiet_ms=300))
        self.wake()


def open_sockets(session: Session) -> int:
    """How many sockets a module has open; 0 when it does not say."""
    found = re.search(rb"Number of Sockets : (\d+)", session.ask("AT+SMGMT=?").answer)
    return int(found[1]) if found else 0
