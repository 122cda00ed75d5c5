"""Personalities from YAML files. A file inherits from another one and says what is different."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import get_origin

import msgspec

from wizfi_emu import userfiles
from wizfi_emu.errors import UserError
from wizfi_emu.firmware.model import Firmware, parse_version
from wizfi_emu.readable import did_you_mean

KIND = "firmware"

DEFAULT = "guide"

# In the same directory, and no personality.
_OTHER_FILES = {"differences", "versions"}

_FIELDS = {field.name: field for field in msgspec.structs.fields(Firmware)}
_NOT_SWITCHES = ("name", "description")

# One file: the fields of Firmware, any of which may be left to the file that it inherits from.
_File = msgspec.defstruct(
    "FirmwareFile",
    [("inherits", str, ""), *((name, field.type, msgspec.UNSET) for name, field in _FIELDS.items())],
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
)


class KnownVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of ``versions.yaml``: a firmware version, its date if there is one, and what it brought."""

    version: str
    date: str
    change: str


class _VersionsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    versions: tuple[KnownVersion, ...]


@cache
def known_versions() -> tuple[KnownVersion, ...]:
    """The firmware versions that can be run, oldest first."""
    return userfiles.read(userfiles.find(KIND, "versions"), _VersionsFile).versions


def list_firmware() -> list[str]:
    """The names of the packaged personalities: the default first, then the versions, newest first."""
    versions = [known.version for known in known_versions()]
    others = sorted(_files() - {DEFAULT, *versions})
    return [DEFAULT, *others, *reversed(versions)]


def load_firmware(name: str) -> Firmware:
    """The packaged personality of that name, or the one in the YAML file at that path.

    Raises UserError for an unknown name, and for a file with a wrong, an unknown or a missing value.
    """
    values = _version_values(name)
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
    return Firmware(**values)  # type: ignore[arg-type]  # each value was checked against its field


def load_application(version: str) -> Firmware:
    """The firmware whose version text an uploaded application carries.

    A version that is not known behaves as the newest known one before it, or as the oldest, under its own text.
    Raises ValueError for a text that is no version.
    """
    wanted = parse_version(version)
    versions = [known.version for known in known_versions()]
    older = [known for known in versions if parse_version(known) <= wanted]
    firmware = load_firmware(older[-1] if older else versions[0])
    return msgspec.structs.replace(firmware, name=version, version=version)


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
        given = {name: text.split(",") if get_origin(_FIELDS[name].type) is tuple else text}
        try:
            changes[name] = getattr(msgspec.convert(given, _File, strict=False), name)
        except msgspec.ValidationError as error:
            from wizfi_emu.userfiles.errors import explain_value  # only a wrong switch pays for the words

            raise UserError(f"switch {explain_value(str(error), given, _File)}") from None
    return msgspec.structs.replace(firmware, **changes)


def switch_names() -> list[str]:
    """The names that ``with_switches`` takes, in the order of their definition."""
    return [name for name in _FIELDS if name not in _NOT_SWITCHES]


def _version_values(name: str) -> dict[str, object]:
    """What a personality that is named by its version gets from its name."""
    known = next((known for known in known_versions() if known.version == name), None) if _is_version(name) else None
    if known is None:
        return {}
    text = f"firmware {known.version}" + (f" of {known.date}" if known.date else "")
    description = f"{text}: {known.change}" if known.change else text
    return {"name": name, "description": description, "version": name, "command_level": name}


@cache
def _files() -> frozenset[str]:
    """The names of the packaged files of personalities. A personality inherits from twenty others."""
    return frozenset(userfiles.names(KIND)) - _OTHER_FILES


def _find(name: str) -> Path:
    files = _files()
    if name in files or "/" in name or name.endswith(userfiles.SUFFIX):
        return userfiles.find(KIND, name)
    if _is_version(name) and any(known.version == name for known in known_versions()):
        # Between two files nothing changed that a host could notice, besides the version itself.
        steps = [step for step in files if _is_version(step) and parse_version(step) <= parse_version(name)]
        return userfiles.find(KIND, max(steps, key=parse_version))
    versions = [known.version for known in known_versions()]
    others = [DEFAULT, *sorted(files - {DEFAULT, *versions})]
    raise UserError(
        f"unknown firmware {name!r}, known are {', '.join(others)} and the versions from {versions[0]} to "
        f"{versions[-1]} (wizfi-emu firmware list); a file's name ends in .yaml"
    )


def _is_version(name: str) -> bool:
    try:
        parse_version(name)
    except ValueError:
        return False
    return True


def _read(path: Path) -> dict[str, object]:
    values = msgspec.structs.asdict(userfiles.read(path, _File))
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


def _similar(name: str) -> str:
    return did_you_mean(name, switch_names()) or " (wizfi-emu firmware show guide lists all)"
