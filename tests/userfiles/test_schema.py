"""The JSON Schema of world and fleet files: complete, explained, and right about every file that comes with us."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import yaml

from wizfi_emu.air.load import world_names
from wizfi_emu.air.world import AccessPoint, Step, World
from wizfi_emu.cli.app import main
from wizfi_emu.device.fleet import Fleet
from wizfi_emu.userfiles.packaged import packaged
from wizfi_emu.userfiles.schema import SCHEMA, schema_of

WORLD = schema_of(World, "A world")
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


class Yaml12(yaml.SafeLoader):
    """Scalars as editors read them (YAML 1.2 core): ``on`` is a word, ``10:20`` is no number."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - declared so in the base class


for tag, pattern, first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?[0-9]*\.[0-9]+", "-+.0123456789"),
):
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), list(first))


def complaints(schema: dict[str, Any], about: dict[str, Any], value: object, where: str = "") -> Iterator[str]:
    """What an editor would mark: as much of JSON Schema as there is in ours."""
    if "$ref" in about:
        yield from complaints(schema, schema["$defs"][about["$ref"].rpartition("/")[2]], value, where)
        return
    if "anyOf" in about:
        tried = [list(complaints(schema, one, value, where)) for one in about["anyOf"]]
        if all(tried):
            yield from min(reversed(tried), key=len)
        return
    if "enum" in about and value not in about["enum"]:
        yield f"{where}: {value!r} is none of {about['enum']}"
    if "type" in about:
        kinds = about["type"] if isinstance(about["type"], list) else [about["type"]]
        if not any(isinstance(value, TYPES[kind]) for kind in kinds):
            yield f"{where}: {value!r} is no {kinds}"
    if isinstance(value, int | float):
        if value < about.get("minimum", value):
            yield f"{where}: {value} is too small"
        if value > about.get("maximum", value):
            yield f"{where}: {value} is too great"
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from complaints(schema, about.get("items", {}), item, f"{where}[{index}]")
    if isinstance(value, dict):
        yield from (f"{where}: no {name}" for name in about.get("required", ()) if name not in value)
        for name, item in value.items():
            others = about.get("additionalProperties", {})
            known = about.get("properties", {}).get(name, others)
            if known is False:
                yield f"{where}: no such key {name}"
            else:
                yield from complaints(schema, known or {}, item, f"{where}.{name}")


def checked(text: str) -> list[str]:
    return list(complaints(WORLD, WORLD, yaml.load(text, Yaml12)))


@pytest.mark.parametrize("name", world_names())
def test_worlds_that_come_with_us_are_right(name: str) -> None:
    assert checked((packaged("worlds") / f"{name}.yaml").read_text()) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("acess_points: []", ": no such key acess_points"),
        ("access_points: [{ssid: A}]", ".access_points[0]: no bssid"),
        ("access_points: [{bssid: x, channel: 15}]", ".access_points[0].channel: 15 is too great"),
        ("access_points: [{bssid: x, rssi_dbm: 5}]", ".access_points[0].rssi_dbm: 5 is too great"),
        ("access_points: [{bssid: x, channel: six}]", ".access_points[0].channel: 'six' is no ['integer']"),
        ("access_points: [{bssid: x, schedule: [{on: false}]}]", ".access_points[0].schedule[0]: no at_s"),
        ("pings: {10.0.0.1: {loss_percent: 101}}", ".pings.10.0.0.1.loss_percent: 101 is too great"),
        ("names: {a: {addres: 1}}", ".names.a: no such key addres"),
    ],
)
def test_mistakes_are_marked(text: str, complaint: str) -> None:
    assert complaint in checked(text)


@pytest.mark.parametrize("text", ["access_points: [{ssid: 5, bssid: 1, key: 12345678, security: WPA2}]", "{}"])
def test_bare_text_is_right(text: str) -> None:
    assert checked(text) == []


def test_every_key_is_there_with_its_text_and_default() -> None:
    definitions = json.loads(json.dumps(WORLD))["$defs"]
    for kind in (World, AccessPoint, Step):
        names = {field.encode_name for field in msgspec.structs.fields(kind)}
        assert set(definitions[kind.__name__]["properties"]) == names
    channel = definitions["AccessPoint"]["properties"]["channel"]
    assert (channel["minimum"], channel["maximum"], channel["default"]) == (1, 14, 1)
    assert definitions["Step"]["properties"]["rssi_dbm"]["description"] == "How strong it is heard."
    assert definitions["Dhcp"]["properties"]["gateway"]["description"].startswith("The router of the network;")
    assert "``" not in json.dumps(WORLD)
    assert definitions["AccessPoint"]["required"] == ["bssid"]


def test_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    for args, schema in (([], schema_of(World, "A world of wizfi-emu")), (["--fleet"], None), (["--bench"], None)):
        with pytest.raises(SystemExit):
            main(["world", "schema", *args])
        printed = json.loads(capsys.readouterr().out)
        assert printed["$schema"] == SCHEMA
        assert printed == json.loads(json.dumps(schema or schema_of(Fleet, "A fleet of wizfi-emu")))


def test_schema_of_fleet_files() -> None:
    schema = schema_of(Fleet, "A fleet")
    text = "modules: [{name: a, switches: {x: true}, boot: on-open}]"
    assert list(complaints(schema, schema, yaml.load(text, Yaml12))) == []
    assert list(complaints(schema, schema, {"modules": [{}]})) == [".modules[0]: no name"]
