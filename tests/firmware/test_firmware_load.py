"""Personalities: names, inheritance, switches, and what is wrong with a file in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizfi_emu.errors import UserError
from wizfi_emu.firmware.load import DEFAULT, known_versions, list_firmware, load_firmware, switch_names, with_switches
from wizfi_emu.firmware.model import Firmware, parse_version


def test_the_default_is_listed_first() -> None:
    assert list_firmware()[0] == DEFAULT
    assert "1.0.5.2" in list_firmware()
    assert "differences" not in list_firmware()


@pytest.mark.parametrize("name", list_firmware())
def test_every_packaged_personality_loads(name: str) -> None:
    firmware = load_firmware(name)
    assert firmware.name == name
    assert firmware.description


def test_the_guide_overrides_what_it_inherits() -> None:
    guide, measured = load_firmware("guide"), load_firmware("1.0.5.2")
    assert (measured.connect_before_ok, guide.connect_before_ok) == (True, False)
    assert guide.hardware == measured.hardware
    assert (guide.version, measured.version) == ("1.0.3.6", "1.0.5.2")


def write(tmp_path: Path, text: str, name: str = "mine.yaml") -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = write(tmp_path, "inherits: guide\nname: mine\nauto_interface: true\nfsock_shown: 3\n")
    mine = load_firmware(path)
    assert (mine.name, mine.auto_interface, mine.fsock_shown) == ("mine", True, 3)
    assert mine.connect_before_ok is False


def test_files_can_inherit_from_each_other(tmp_path: Path) -> None:
    first = write(tmp_path, "inherits: guide\nname: first\nfsock_shown: 3\nwcheck_values: 2\n", "first.yaml")
    second = load_firmware(write(tmp_path, f"inherits: {first}\nfsock_shown: 4\n", "second.yaml"))
    assert (second.name, second.fsock_shown, second.wcheck_values) == ("first", 4, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inherits: guide\nauto_interfce: true\n", ":2: auto_interfce: no such key"),
        ("inherits: guide\nauto_interface: perhaps\n", ":2: auto_interface: expected true or false"),
        ("inherits: guide\nfsock_shown: many\n", ":2: fsock_shown: expected a whole number"),
        ("inherits: guide\nwcheck_action: NONE\n", ":2: wcheck_action: expected REJOIN, REJOIN_SERVICE or RESET"),
        ("inherits: guide\nversion: 1.2\n", ": version: expected a version like 1.0.5.2, got '1.2'"),
        ("inherits: guide\ncommand_level: x\n", ": command_level: expected a version"),
        ("inherits: nothing\n", "unknown firmware 'nothing', known are guide and the versions from 0.9.2.0 to "),
        ("name: mine\n", ": no value for description, version, hardware,"),
        ("inherits: guide\n  x: [\n", ":2: "),
    ],
)
def test_a_wrong_file_is_one_line_that_names_it(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as error:
        load_firmware(path)
    assert message in str(error.value)
    assert path in str(error.value) or "nothing" in message
    assert "\n" not in str(error.value)


def test_a_file_that_inherits_from_itself(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    with pytest.raises(UserError, match="inherits from itself"):
        load_firmware(write(tmp_path, f"inherits: {path}\n"))


@pytest.mark.parametrize("name", ["nothing", "differences", "1.0.5.3", "../guide", "missing.yaml"])
def test_an_unknown_name(name: str) -> None:
    with pytest.raises(UserError, match=r"unknown firmware .* known are guide and the versions|No such file"):
        load_firmware(name)


def test_switches_of_every_kind() -> None:
    guide = load_firmware("guide")
    changed = with_switches(
        guide,
        [
            "auto_interface=true",
            "fsock_shown=3",
            "wcheck_action=RESET",
            "smgmt_header=A=B",
            "smgmt_unknown_udp_port=",
            "version=1.0.4.1",
            "query_line_end=false",
            "query_line_end=true",
        ],
    )
    assert changed.auto_interface is True
    assert changed.fsock_shown == 3
    assert changed.wcheck_action == "RESET"
    assert changed.smgmt_header == "A=B"
    assert changed.smgmt_unknown_udp_port == ""
    assert changed.version == "1.0.4.1"
    assert changed.query_line_end is True
    assert with_switches(guide, []) == guide


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("auto_interface", "switch 'auto_interface': expected NAME=VALUE"),
        ("auto_interface=maybe", "switch auto_interface: expected true or false, got 'maybe'"),
        ("auto_interfaces=true", "unknown switch 'auto_interfaces'; did you mean auto_interface?"),
        ("qqq=1", "unknown switch 'qqq' (wizfi-emu firmware show guide lists all)"),
        ("name=mine", "unknown switch 'name'"),
        ("fsock_shown=1.5", "switch fsock_shown: expected a whole number, got '1.5'"),
        ("wcheck_action=reset", "switch wcheck_action: expected REJOIN, REJOIN_SERVICE or RESET, got 'reset'"),
        ("version=new", "switch version: expected a version like 1.0.5.2, got 'new'"),
    ],
)
def test_a_wrong_switch(setting: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        with_switches(load_firmware("guide"), [setting])
    assert message in str(error.value)


def _as_typed(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_every_switch_can_be_set_to_the_value_it_has() -> None:
    guide = load_firmware("guide")
    settings = [f"{name}={_as_typed(getattr(guide, name))}" for name in switch_names()]
    assert with_switches(guide, settings) == guide
    assert set(switch_names()) == set(Firmware.__struct_fields__) - {"name", "description"}


def test_a_list_is_set_with_commas() -> None:
    assert with_switches(load_firmware("guide"), ["fsock_options=1,6,8"]).fsock_options == (1, 6, 8)
    with pytest.raises(UserError, match=r"^switch fsock_options\[[0-9]\]: expected a whole number, got 'x'$"):
        with_switches(load_firmware("guide"), ["fsock_options=x"])


def test_a_version_between_two_files_behaves_as_the_older_one() -> None:
    before, between = load_firmware("1.0.1.1"), load_firmware("1.0.1.2")
    assert (between.name, between.version, between.command_level) == ("1.0.1.2", "1.0.1.2", "1.0.1.2")
    switches = set(Firmware.__struct_fields__) - {"name", "description", "version", "command_level"}
    assert all(getattr(before, name) == getattr(between, name) for name in switches)


def test_every_known_version_loads() -> None:
    versions = [known.version for known in known_versions()]
    assert versions[0] == "0.9.2.0"
    assert versions == sorted(versions, key=parse_version)
    for version in versions:
        assert load_firmware(version).version == version
