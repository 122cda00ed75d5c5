"""The key of a job: a hash of everything that its results depend on, beside the seed."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

import wizfi_emu
from wizfi_emu.air.load import load_world
from wizfi_emu.campaign.model import Job, Mode
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.scenario.check import check_scenario
from wizfi_emu.scenario.model import Scenario, read_scenario
from wizfi_emu.scenario.programs import split_command
from wizfi_emu.timing import load_timing

KEY_DIGITS = 16


def read_job(path: Path, program: str = "", mode: Mode | None = None) -> Job:
    """A scenario file as a job. Raises UserError when it cannot be played in virtual time or in lockstep."""
    scenario = read_scenario(path)
    check_scenario(scenario)
    has_host = bool(program) or scenario.host is not None
    fitting: Mode = "lockstep" if has_host else "virtual"
    if mode is not None and mode != fitting:
        raise UserError(f"{path}: {'it has' if has_host else 'it has no'} host program; --{fitting} plays it")
    # Its directory counts where a program runs in it.
    return Job(str(path.absolute()), program, fitting, _key(path, scenario, program, fitting))


def _key(path: Path, scenario: Scenario, program: str, mode: Mode) -> str:
    hashed = hashlib.sha256()
    for part in _parts(path, scenario, program, mode):
        hashed.update(len(part).to_bytes(8, "big") + part)
    return hashed.hexdigest()[:KEY_DIGITS]


def _parts(path: Path, scenario: Scenario, program: str, mode: Mode) -> Iterator[bytes]:
    yield wizfi_emu.__version__.encode()
    yield mode.encode()
    yield path.read_bytes()
    module = scenario.module
    yield msgspec.json.encode(with_switches(load_firmware(module.firmware), module.switches))
    for other in scenario.others.values():
        yield msgspec.json.encode(with_switches(load_firmware(other.firmware), other.switches))
    yield msgspec.json.encode(load_world(module.world))
    yield msgspec.json.encode(load_timing(module.timing))
    if mode == "lockstep":
        yield from _program_parts(program or scenario.program.command, Path() if program else path.parent)


def _program_parts(command: str, directory: Path) -> Iterator[bytes]:
    """The command, and the files that it names: another host has other results."""
    yield command.encode()
    for word in split_command(command):
        file = directory / word
        if os.sep in word or file.suffix:
            try:
                yield file.read_bytes()
            except OSError:
                continue  # a pattern for the port, or a program that the run will miss
