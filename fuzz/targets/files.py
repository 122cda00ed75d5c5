"""Files that people give to the program: their own, recordings, flash files and images, logs and tables."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from fuzz.targets.machine import END_US, load_firmware_once, new_module
from fuzz.targets.scripts import choose
from wizfi_emu import userfiles
from wizfi_emu.air.load import load_world
from wizfi_emu.boot.appimage import read_app_image
from wizfi_emu.device.fleet import read_fleet
from wizfi_emu.errors import UserError
from wizfi_emu.explore.schedule import Schedule
from wizfi_emu.firmware.load import load_firmware
from wizfi_emu.lint.search import find_in_recording, find_mistakes
from wizfi_emu.module.uploads import image_from_dct
from wizfi_emu.profile import FlashImage, decode_image, factory_profile
from wizfi_emu.profile.flashfile import FlashFile, read_image
from wizfi_emu.recording.format import decode_recording
from wizfi_emu.recording.pcap.export import export_pcapng
from wizfi_emu.recording.playback.compare import compare
from wizfi_emu.recording.replay import replay, show_difference
from wizfi_emu.recording.report.page import make_report
from wizfi_emu.scenario.check import check_scenario
from wizfi_emu.scenario.importing.lines import steps_of, write_scenario
from wizfi_emu.scenario.importing.session import read_session
from wizfi_emu.scenario.model import read_scenario
from wizfi_emu.timing import load_timing

FILE_BYTES_MAX = 64 * 1024
LINE_CHARACTERS_MAX = 1500
"""Of an error: the name of the file, the place, what was expected."""


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="wizfi-fuzz-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[object] = []
"""Folders that go with the process."""


def _file(name: str, content: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(content)
    return path


def _check_line(error: UserError) -> None:
    text = str(error)
    assert len(text) <= LINE_CHARACTERS_MAX, f"an error of {len(text)} characters"
    assert text.isprintable(), f"an error of several lines: {text!a}"


def _read_scenario(path: str) -> None:
    check_scenario(read_scenario(Path(path)))


def _read_schedule(path: str) -> None:
    userfiles.read(Path(path), Schedule)


def _read_fleet(path: str) -> None:
    read_fleet(Path(path))


READERS: tuple[Callable[[str], object], ...] = (
    load_world,
    _read_scenario,
    load_timing,
    load_firmware,
    _read_schedule,
    _read_fleet,
)


def play_userfile(data: bytes) -> None:
    """A world, a scenario, a timing, a personality, what a search has kept, or a fleet."""
    reader, content = choose(data, READERS)
    try:
        reader(str(_file("file.yaml", content)))
    except UserError as error:
        _check_line(error)


def play_recording(data: bytes) -> None:
    """A recording, and all that can be done with one."""
    try:
        recording = decode_recording(data[:FILE_BYTES_MAX], "x.jsonl")
        find_in_recording(recording)
        b"".join(export_pcapng(recording))
        make_report(recording, "x")
        result = replay(recording)
        if result.difference is not None:
            show_difference(recording, result.difference)
        compare(recording, load_firmware_once("guide"))
    except UserError as error:
        _check_line(error)


def play_flash(data: bytes) -> None:
    """A flash file, or an image in one, a configuration table, a firmware image."""
    kind, content = choose(data, ("file", "image", "table", "application"))
    match kind:
        case "file":
            _play_flash_file(content)
        case "image":
            if decode_image(content) is not None:
                _start(content)
        case "table":
            image_from_dct(content, FlashImage(factory_profile("")))
        case _:
            read_app_image(content)


def _play_flash_file(content: bytes) -> None:
    path = _file("flash.bin", content)
    try:
        read_image(path)
        with FlashFile(path) as flash:
            _start(flash.load())
            flash.write(b"next")
        assert read_image(path) == b"next"
    except UserError as error:
        _check_line(error)
    finally:
        for copy in _folder().glob("flash.bin*"):
            copy.unlink()


def _start(image: bytes) -> None:
    module = new_module("1.0.5.2", image=image)
    module.exchange(b"AT+MINFO\rAT+SMGMT=ALL\rAT+MPROF=S\r", END_US)


def play_import(data: bytes) -> None:
    """The log of a terminal program, or a table: as a scenario that can be read, and to be linted."""
    (kind, echo), content = choose(data, [("log", True), ("log", False), ("csv", True)])
    try:
        session = read_session(content, "x.log", "csv" if kind == "csv" else "log", echo=echo)
        find_mistakes(session.items(), paced=False)
        _read_scenario(str(_file("imported.yaml", write_scenario(steps_of(session.chunks)).encode())))
    except UserError as error:
        _check_line(error)
