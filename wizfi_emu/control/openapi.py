"""The OpenAPI document, made from the table of endpoints and the types that it names."""

import re
from collections.abc import Iterable

import msgspec

import wizfi_emu
from wizfi_emu.control.bodies import Problem
from wizfi_emu.control.endpoint import Endpoint
from wizfi_emu.control.faultkinds import FaultKinds
from wizfi_emu.control.state import State
from wizfi_emu.faults.model import FaultList

VERSION = "3.1.0"
SCHEMAS = "#/components/schemas/{name}"
_REFUSALS = {"400": "The request is wrong.", "401": "The token is missing or wrong.", "409": "Not in this state."}


def document(endpoints: Iterable[Endpoint]) -> dict[str, object]:
    """The whole document, as JSON values."""
    rows = tuple(endpoints)
    types: list[object] = [State, FaultList, FaultKinds, Problem, *(row.body for row in rows if row.body)]
    references, schemas = msgspec.json.schema_components(types, schema_hook=_anything, ref_template=SCHEMAS)
    schema_of: dict[object, dict[str, object]] = dict(zip(types, references, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, schema_of)
    return {
        "openapi": VERSION,
        "info": {
            "title": "wizfi-emu control",
            "version": wizfi_emu.__version__,
            "description": "A running virtual WizFi250 in your hands: state, pins, power, serial line.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
        # A Unix socket needs none of the two.
        "security": [{"bearer": []}, {"query": []}, {}],
    }


def _anything(kind: type) -> dict[str, object]:
    """The schema of ``object``, which msgspec leaves to its users."""
    if kind is object:
        return {"description": "Any value."}
    raise NotImplementedError


def _operation(row: Endpoint, schema_of: dict[object, dict[str, object]]) -> dict[str, object]:
    parameters: list[dict[str, object]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", **({"enum": list(values)} if (values := row.path_values.get(name)) else {})},
        }
        for name in re.findall(r"{(\w+)}", row.path)
    ]
    parameters += [
        {"name": name, "in": "query", "description": meaning, "schema": {"type": "string"}}
        for name, meaning in row.query.items()
    ]
    if row.media_type != "application/json":
        schema: dict[str, object] = {"type": "string"}
    elif row.path.endswith("openapi.json"):
        schema = {"type": "object"}
    else:
        schema = schema_of[row.answer]
    operation: dict[str, object] = {
        "operationId": row.name,
        "summary": row.summary,
        "responses": {
            "200": {"description": "Done.", "content": {row.media_type: {"schema": schema}}},
            **{
                status: {"description": text, "content": {"application/json": {"schema": schema_of[Problem]}}}
                for status, text in _REFUSALS.items()
            },
        },
    }
    if parameters:
        operation["parameters"] = parameters
    if row.body:
        content = {"application/json": {"schema": schema_of[row.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation
