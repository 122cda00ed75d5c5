"""What `calibrate` and `compare` do with a module on the desk: recognise it, ask it, keep and restore its profile."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
import msgspec

from wizfi_emu.calibrate.backup import Backup
from wizfi_emu.calibrate.conformance import Conformance
from wizfi_emu.calibrate.learn import Learned, learn
from wizfi_emu.calibrate.network import Network
from wizfi_emu.calibrate.plan import Link, Plan, Probe, Stage
from wizfi_emu.calibrate.play import Line, Played
from wizfi_emu.calibrate.recognise import State, recognise
from wizfi_emu.calibrate.session import Session, open_sockets
from wizfi_emu.errors import UserError
from wizfi_emu.recording.files import read_file, write_file


class Desk:
    """One module and what is to be asked of it."""

    def __init__(self, line: Line, plan: Plan, network: Network, backup: Path | None, name: str = "") -> None:
        """``backup`` is where its profile is kept; without one a new file in the working directory.

        ``name`` is how the progress calls it, where there are two.
        """
        self.session = Session(line, plan, network, store=self._store, report=self._report)
        self._name = getattr(line, "name", "")
        self._prefix = f"{name} " if name else ""
        self._backup = backup
        self._kept: Path | None = None
        self._left: list[float] = []
        self._number = self._count = 0

    def learn(self, stage: Stage, link: Link, times: int) -> Learned:
        """Ask everything, and say what the module is."""
        plan = self.session.plan
        self.check(stage)
        self._begin(plan.chosen(stage, link), plan.measured(stage, link) if times else (), times)
        with self._interruptible():
            learned = learn(self.session, stage, link, times=times)
        self._tell_left_out()
        return learned

    def ask(self, probes: Sequence[Probe], stage: Stage) -> list[Played]:
        """Ask the probes alone."""
        self.check(stage)
        self._begin(probes, (), 0)
        with self._interruptible():
            plays = self.session.run(probes)
        self._tell_left_out()
        return plays

    def _tell_left_out(self) -> None:
        names = dict.fromkeys(probe.name for probe in self.session.left_out)
        if names:
            click.echo(f"{self._name}: left out, because of what the module has set: {', '.join(names)}", err=True)

    def check(self, stage: Stage) -> None:
        """Look whether a module is there that may be asked. Raises UserError with what to do."""
        found = recognise(self.session.line)
        if found.state is not State.READY:
            raise UserError(f"{self._name}: {found.state.value}: {found.advice}")
        if self.session.ask("AT+MMSG=?").answer.startswith(b"3"):
            raise UserError(
                f"{self._name}: message level 3 prints more than the answers: send AT+MMSG=2 first (and AT+MMSG=3 then)"
            )
        sockets = open_sockets(self.session)
        if sockets and stage != "read":
            raise UserError(
                f"{self._name}: the module has {sockets} open socket{'' if sockets == 1 else 's'}, which stage {stage} "
                "would close: close them first (AT+SMGMT=ALL), or ask with --stage read"
            )

    def put_back(self, path: Path) -> None:
        """Put a profile back that was kept in a file."""
        self.check("flash")
        try:
            kept = msgspec.json.decode(read_file(path), type=Backup)
        except msgspec.DecodeError as error:
            raise UserError(f"{path}: no profile that calibrate has kept: {error}") from None
        self.session.put_back(kept)
        click.echo(f"{self._name}: has the profile of {path}")

    def _begin(self, probes: Sequence[Probe], measures: Sequence[object], times: int) -> None:
        asked = [probe.about_s for probe in probes]
        timed = [float(getattr(measure, "about_s", 0)) * times for measure in measures]
        self._left = [*asked, *timed]
        self._count = len(self._left)
        self._number = 0

    def _report(self, probe: Probe) -> None:
        left_s = sum(self._left[self._number :])
        self._number += 1
        about = f", takes about {probe.about_s:g} s" if probe.about_s >= 2 else ""
        left = f"{int(left_s) // 60}:{int(left_s) % 60:02}"
        click.echo(
            f"[{self._number:>3}/{self._count}] {self._prefix}{left} left  {probe.name}: {probe.asks}{about}", err=True
        )

    def _store(self, backup: Backup) -> None:
        if self._kept is not None:
            return
        self._kept = self._backup or Path(f"wizfi-profile-{time.strftime('%Y%m%d-%H%M%S')}.json")
        if self._kept.exists():
            raise UserError(f"{self._kept}: is there already; restore it first, or give another --backup")
        write_file(self._kept, msgspec.json.format(msgspec.json.encode(backup)) + b"\n")
        for line in backup.profile:
            name, _, value = line.partition("=")
            click.echo(f"{name}={'(kept)' if name == '+WSEC' else value}", err=True)
        click.echo(f"{self._name}: the profile above is kept in {self._kept}", err=True)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """SIGTERM is as Ctrl-C; while the profile is put back both have to wait."""
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def interrupt(_number: int, _frame: FrameType | None) -> None:
            for number in before:
                signal.signal(number, _busy)
            raise KeyboardInterrupt

        for number in before:
            signal.signal(number, interrupt)
        try:
            yield
        except KeyboardInterrupt:
            if self._kept is not None:
                click.echo(f"{self._name}: interrupted; the module has its profile again", err=True)
            raise
        except UserError as error:
            if self._kept is None:
                raise
            raise UserError(
                f"{error}. To put its profile back: wizfi-emu calibrate {self._name} --restore {self._kept}"
            ) from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _busy(_number: int, _frame: FrameType | None) -> None:
    click.echo("the module's profile is being put back", err=True)


def write_conformance(path: Path, conformance: Conformance) -> None:
    """Write a report: HTML or JUnit by the suffix, text without one of them."""
    writers: dict[str, Callable[[], bytes]] = {
        ".html": lambda: conformance.page().encode(),
        ".xml": conformance.junit,
    }
    write = writers.get(path.suffix, lambda: "".join(f"{line}\n" for line in conformance.lines()).encode())
    write_file(path, write())
