"""Which faults there are: every kind, every field, as the model has them."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from wizfi_emu.control.faultkinds import FaultField, fault_kinds
from wizfi_emu.faults.model import FAULT_WORDS, Fault, When

pytestmark = pytest.mark.slow  # it reads the source


def fields(fault: str) -> dict[str, FaultField]:
    [kind] = [kind for kind in fault_kinds().kinds if kind.fault == fault]
    return {field.name: field for field in kind.fields}


def test_every_kind_has_every_field() -> None:
    kinds = fault_kinds().kinds
    assert [kind.fault for kind in kinds] == list(FAULT_WORDS)
    moments = {f"when.{name}" for name in When.__struct_encode_fields__}
    for kind, struct in zip(kinds, get_args(Fault), strict=True):
        wanted = {*struct.__struct_encode_fields__, *moments} - {"when"} - (set() if struct.lasts else {"for"})
        assert {field.name for field in kind.fields} == wanted
        assert kind.about


def test_a_field_has_its_type_range_default_and_text() -> None:
    cut = fields("tcp-cut")
    assert cut["after_bytes"].required
    assert cut["after_bytes"].type == "integer"
    assert cut["after_bytes"].minimum == 0
    assert cut["how"].choices == ["black-hole", "close", "reset"]
    assert cut["how"].default == "reset"
    assert cut["probability"].common
    assert not cut["port"].common
    assert cut["when.every"].type == "flag"
    assert cut["when.pattern"].about.startswith("A text on the serial line")


def test_own_fields_come_first() -> None:
    for kind in fault_kinds().kinds:
        common = [field.common for field in kind.fields]
        assert common == sorted(common)


def test_a_key_is_concealed() -> None:
    assert fields("key-changed")["key"].concealed
    assert not fields("key-changed")["access_point"].concealed


def test_defaults_are_those_of_the_model() -> None:
    """What a form shows as a default may be sent, and means the same as nothing."""
    for kind in fault_kinds().kinds:
        required = {field.name: "1" for field in kind.fields if field.required}
        given = {
            field.name: field.default for field in kind.fields if field.default and not field.name.startswith("when.")
        }
        bare = msgspec.convert({"fault": kind.fault, **required}, Fault, strict=False)
        assert msgspec.convert({"fault": kind.fault, **given, **required}, Fault, strict=False) == bare
