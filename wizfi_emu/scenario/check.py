"""Looks at what a scenario names outside of itself, before it is played: files, access points, faults, programs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from wizfi_emu.actions.hands import HealFault, StartFault
from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world
from wizfi_emu.errors import UserError
from wizfi_emu.faults.model import ApOff, BaseFault, KeyChanged
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.readable import did_you_mean
from wizfi_emu.scenario.model import Exec, Scenario
from wizfi_emu.scenario.programs import split_command
from wizfi_emu.timing import load_timing


def check_scenario(scenario: Scenario, directory: Path | None = None) -> None:
    """Look at everything that the scenario names; at its programs too, if they run in a directory that is given.

    Raises UserError for what is not there or wrong, with the key that names it.
    """
    module = scenario.module
    for firmware in (module.firmware, *scenario.explore.firmware):
        with_switches(load_firmware(firmware), module.switches)
    for other in scenario.others.values():
        with_switches(load_firmware(other.firmware), other.switches)
    load_timing(module.timing)
    air = Air(load_world(module.world), scenario.seed)
    for key, fault in _faults(scenario):
        _check_access_point(key, fault, air)
    _check_heals(scenario)
    if directory is not None:
        for key, program in _programs(scenario):
            _check_program(key, program.command, directory)


def _faults(scenario: Scenario) -> Iterator[tuple[str, BaseFault]]:
    """All faults, with the key at which each stands."""
    for number, fault in enumerate(scenario.faults):
        yield f"faults[{number}]", fault
    for key, steps in scenario.lists():
        for number, step in enumerate(steps):
            if isinstance(step, StartFault):
                yield f"{key}[{number}].start", step.fault


def _check_access_point(key: str, fault: BaseFault, air: Air) -> None:
    if not isinstance(fault, ApOff | KeyChanged):
        return
    name = fault.access_point
    try:
        air.named(name)
    except UserError as error:
        known = {called for point in air.points for called in (point.ssid.decode("utf-8", "replace"), point.bssid)}
        raise UserError(f"{key}.access_point: {error}{did_you_mean(name, known)}") from None


def _check_heals(scenario: Scenario) -> None:
    """A fault that nobody sets cannot be healed. One without a name has its word, or that with a number."""
    faults = [fault for _, fault in _faults(scenario)]
    named = {fault.name for fault in faults if fault.name}
    words = {fault.word for fault in faults if not fault.name}
    for key, steps in scenario.lists():
        for number, step in enumerate(steps):
            if isinstance(step, HealFault) and step.name not in named and _word_of(step.name) not in words:
                known = sorted(named | words)
                there_is = f"there is: {', '.join(known) or 'none'}{did_you_mean(step.name, known)}"
                raise UserError(f"{key}[{number}].heal: no fault {step.name!r} is set; {there_is}")


def _word_of(name: str) -> str:
    """``tcp-reset`` for ``tcp-reset-2``."""
    word, _, number = name.rpartition("-")
    return word if number.isdigit() else name


def _programs(scenario: Scenario) -> Iterator[tuple[str, Exec]]:
    if scenario.host is not None:
        yield "exec", scenario.program
    for name, other in scenario.others.items():
        yield f"others.{name}.exec", other.program


def _check_program(key: str, command: str, directory: Path) -> None:
    """The first word is a program, found as a shell finds it; scripts that it names are not looked for."""
    program = split_command(command)[0]
    if "{" in program:
        return
    if os.sep in program:
        path = directory / program
        if not path.is_file():
            nearby = [program.rpartition(os.sep)[0] + os.sep + one.name for one in _files_in(path.parent)]
            raise UserError(f"{key}: there is no program {program!r} in {directory}{did_you_mean(program, nearby)}")
        if not os.access(path, os.X_OK):
            raise UserError(f"{key}: {program!r} in {directory} is not executable")
    elif shutil.which(program) is None:
        local = [f"./{one.name}" for one in _files_in(directory) if one.name == program]
        guess = f"; did you mean {local[0]}?" if local else ""
        raise UserError(f"{key}: there is no program {program!r} on the PATH{guess}")


def _files_in(directory: Path) -> list[Path]:
    return [one for one in directory.iterdir() if one.is_file()] if directory.is_dir() else []
