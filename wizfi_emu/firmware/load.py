"""Personalities from YAML files. A file inherits from another one and says what is different."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import msgspec

from wizfi_emu import userfile
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.model import Firmware, parse_version

KIND = "firmware"

DEFAULT = "guide"

# In the same directory, and no personality.
_OTHER_FILES = {"differences"}

_FIELDS = {field.name: field for field in msgspec.structs.fields(Firmware)}
_VERSIONS = ("version", "command_level")
_NOT_SWITCHES = ("name", "description")

# One file: the fields of Firmware, any of which may be left to the file that it inherits from.
_File = msgspec.defstruct(
    "FirmwareFile",
    [("inherits", str, ""), *((name, field.type, msgspec.UNSET) for name, field in _FIELDS.items())],
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
)


def list_firmware() -> list[str]:
    """The names of the packaged personalities, the default first."""
    names = set(userfile.names(KIND)) - _OTHER_FILES
    return sorted(names, key=lambda name: (name != DEFAULT, name))


def load_firmware(name: str) -> Firmware:
    """The packaged personality of that name, or the one in the YAML file at that path.

    Raises UserError for an unknown name, and for a file with a wrong, an unknown or a missing value.
    """
    values: dict[str, object] = {}
    seen: list[str] = []
    while name:
        if name in seen:
            raise UserError(f"firmware {seen[0]} inherits from itself: {' -> '.join([*seen, name])}")
        seen.append(name)
        given = _read(_find(name))
        name = str(given.pop("inherits"))
        values = given | values
    if missing := [field for field in _FIELDS if field not in values]:
        raise UserError(f"firmware {seen[0]}: no value for {', '.join(missing)}")
    firmware = Firmware(**values)  # type: ignore[arg-type]  # each value was checked against its field
    for field in _VERSIONS:
        _check_version(field, getattr(firmware, field), f"firmware {seen[0]}")
    return firmware


def with_switches(firmware: Firmware, settings: Iterable[str]) -> Firmware:
    """A copy with some switches set, each as ``NAME=VALUE``; the last one of a name counts.

    Raises UserError for an unknown switch and for a value that is not of its type.
    """
    changes: dict[str, object] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise UserError(f"switch {setting!r}: expected NAME=VALUE")
        if name not in switch_names():
            raise UserError(f"unknown switch {name!r}{_similar(name)}")
        kind = _FIELDS[name].type
        try:
            changes[name] = msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError:
            raise UserError(f"switch {name}: expected {_expectation(kind)}, got {text!r}") from None
        if name in _VERSIONS:
            _check_version(name, text, "switch")
    return msgspec.structs.replace(firmware, **changes)


def switch_names() -> list[str]:
    """The names that ``with_switches`` takes, in the order of their definition."""
    return [name for name in _FIELDS if name not in _NOT_SWITCHES]


def _find(name: str) -> Path:
    known = list_firmware()
    if name in _OTHER_FILES or (name not in known and "/" not in name and not name.endswith(userfile.SUFFIX)):
        raise UserError(f"unknown firmware {name!r}, known are {', '.join(known)}; a file's name ends in .yaml")
    return userfile.find(KIND, name)


def _read(path: Path) -> dict[str, object]:
    values = msgspec.structs.asdict(userfile.read(path, _File))
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


def _check_version(field: str, text: str, where: str) -> None:
    try:
        parse_version(text)
    except ValueError:
        raise UserError(f"{where}: {field}: expected a version like 1.0.5.2, got {text!r}") from None


def _expectation(kind: object) -> str:
    if choices := get_args(kind):
        return " or ".join(choices)
    return {bool: "true or false", int: "a whole number"}.get(kind, "text")  # type: ignore[call-overload, no-any-return]


def _similar(name: str) -> str:
    import difflib  # only a typing error pays for it

    close = difflib.get_close_matches(name, switch_names(), n=1)
    return f"; did you mean {close[0]}?" if close else " (wizfi-emu firmware show guide lists all)"
