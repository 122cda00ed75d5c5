"""Writes a failure: a scenario that shows it again, its recording and its report."""

import os
import re
from pathlib import Path
from zlib import crc32

from msgspec import structs

from wizfi_emu.explore.play import Player
from wizfi_emu.explore.schedule import with_schedule
from wizfi_emu.explore.search import Failure
from wizfi_emu.explore.words import what_happens
from wizfi_emu.recording.files import write_file
from wizfi_emu.recording.report.page import write_report
from wizfi_emu.scenario.model import ModuleOptions, Scenario
from wizfi_emu.userfiles.files import is_path
from wizfi_emu.userfiles.plain import as_yaml

SCENARIO, RECORDING, REPORT = "scenario.yaml", "recording.jsonl", "report.html"


def name_of(failure: Failure) -> str:
    """What its folder is called: the same for the same mistake."""
    finding = failure.finding
    return f"{finding.property}-{crc32(finding.fingerprint.encode()):08x}"


def story(failure: Failure, player: Player) -> str:
    """One paragraph: what happens, and what the host makes of it."""
    happens = what_happens(failure.schedule)
    known = player.scenario.description.rstrip(".")
    text = f"When {happens}, {failure.finding.text}."
    return re.sub(r"\s+", " ", f"{text} The scenario without that: {known}." if known else text)


def write_failure(failure: Failure, player: Player, folder: Path) -> Path:
    """Play it once more, and write what it is into a folder of its own. Raises UserError for what cannot be written."""
    place = folder / name_of(failure)
    place.mkdir(parents=True, exist_ok=True)
    path = place / SCENARIO
    scenario = structs.replace(
        with_schedule(player.scenario, failure.schedule),
        description=story(failure, player),
        seed=player.seed,
        explore=type(player.scenario.explore)(),
        properties=structs.replace(player.scenario.properties, check=(failure.finding.property,), without=()),
    )
    write_file(path, as_yaml(_moved(scenario, player.directory, place)).encode())
    player.report(failure.schedule, record=place / RECORDING)
    write_report(place / RECORDING, place / REPORT, f"{failure.finding.property}: {failure.finding.text}")
    return path


def _moved(scenario: Scenario, directory: Path, place: Path) -> Scenario:
    """The scenario with the files that it names as they are called from another folder."""
    module = scenario.module
    files = {key: _from(place, getattr(module, key)) for key in ("firmware", "world", "timing", "flash")}
    program = structs.replace(scenario.program, directory=os.path.relpath(directory, place))
    return structs.replace(scenario, module=structs.replace(module, **files), host=program)


def _from(place: Path, name: str) -> str:
    if name == ModuleOptions().flash or not is_path(name):
        return name
    path = os.path.relpath(name, place)
    return path if "/" in path else f"./{path}"
