"""The OpenAPI document, against the table that it is made from and the bodies that it describes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from wizfi_emu.actions.limits import PINS
from wizfi_emu.control.api import ENDPOINTS
from wizfi_emu.control.endpoint import Endpoint
from wizfi_emu.control.openapi import document

DOCUMENT = msgspec.json.decode(msgspec.json.encode(document(ENDPOINTS)))


def references(node: object) -> Iterator[str]:
    """Every ``$ref`` below."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_endpoint_is_in_it_and_nothing_else() -> None:
    described = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == {(row.method, row.path) for row in ENDPOINTS}


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        assert reference.removeprefix("#/components/schemas/") in DOCUMENT["components"]["schemas"]


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: row.name)
def test_an_operation(row: Endpoint) -> None:
    operation = DOCUMENT["paths"][row.path][row.method.lower()]
    assert operation["summary"] == row.summary
    assert row.summary.endswith(".")
    assert list(operation["responses"]["200"]["content"]) == [row.media_type]
    assert ("requestBody" in operation) == (row.body is not None) == (row.method == "POST")
    named = {(one["in"], one["name"]) for one in operation.get("parameters", [])}
    in_path = {("path", name) for name in re.findall(r"{(\w+)}", row.path)}
    assert named == in_path | {("query", name) for name in row.query}


def test_names_are_unique_and_can_be_names_in_a_program() -> None:
    names = [row.name for row in ENDPOINTS]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_details() -> None:
    [pin] = DOCUMENT["paths"]["/api/pins/{pin}"]["post"]["parameters"]
    assert pin["schema"]["enum"] == list(PINS)
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["Press"]["properties"]["count"]["maximum"] == 20
    assert schemas["Press"]["additionalProperties"] is False
    assert schemas["State"]["properties"]["profile"]["type"] == "object"
    assert schemas["Problem"]["required"] == ["error"]
