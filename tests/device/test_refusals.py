"""Why a line is refused: the table says nothing that the module does not do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk import OK, Desk, firmware_named
from wizfi_emu.device.refusals import INVALID_INPUT, Form, Parameter, explain, load_refusals, wrong_parameter
from wizfi_emu.firmware.model import Firmware

FORMS = load_refusals().forms
IDS = [f"{number} {form.word}{form.example}" for number, form in enumerate(FORMS)]
PERSONALITIES = ("guide", "1.0.5.2")


def bad_values(parameter: Parameter) -> Iterator[str]:
    """Values that the table forbids."""
    if parameter.words:
        yield "nonsense"
    elif parameter.kind == "number":
        yield from (
            *(["x1"] if parameter.unreadable == "wrong" else []),
            *([str(parameter.highest + 1)] if parameter.highest < 0xFFFFFFFF else []),
        )
        if parameter.lowest:
            yield str(parameter.lowest - 1)
    elif parameter.kind == "address":
        yield from ("1.2.3", "1.2.3.256")
    if parameter.blank:
        yield " "


def bad_lines(form: Form, firmware: Firmware) -> Iterator[tuple[str, str]]:
    """Lines that are wrong in one place, and what the table says."""
    good = form.example.split(",")
    for number, parameter in enumerate(form.parameters):
        for value in bad_values(parameter):
            if value == " " and getattr(firmware, parameter.blank):
                continue
            text = ",".join([*good[:number], value, *good[number + 1 :]])
            yield f"AT{form.word}{text}", f"parameter {number + 1}: "


@pytest.mark.parametrize("name", PERSONALITIES)
@pytest.mark.parametrize("form", FORMS, ids=IDS)
def test_what_the_table_forbids_is_refused(form: Form, name: str) -> None:
    firmware = firmware_named(name)
    desk = Desk(name, joined=True)
    for line, begin in bad_lines(form, firmware):
        answer = desk.at(line)
        assert INVALID_INPUT.encode() in answer, line
        assert explain(line.encode(), INVALID_INPUT, firmware).startswith(begin), line


@pytest.mark.parametrize("name", PERSONALITIES)
@pytest.mark.parametrize("form", FORMS, ids=IDS)
def test_nothing_is_wrong_with_the_examples(form: Form, name: str) -> None:
    assert wrong_parameter(form, form.example.encode(), firmware_named(name)) == ""
    assert INVALID_INPUT.encode() not in Desk(name, joined=True).at(f"AT{form.word}{form.example}")


@pytest.mark.parametrize(
    ("line", "response", "why"),
    [
        ("AT+SCON=O,USN, , ,5000,0", INVALID_INPUT, "parameter 4: blank peer's port, D-02"),
        ("AT+SCON=O,TCN,192.168.12.1,,,0", INVALID_INPUT, "parameter 4: peer's port is missing"),
        ("AT+MECHO=2", INVALID_INPUT, "parameter 1: echo: expected 0, 1, got '2'"),
        ("AT+WJION", INVALID_INPUT, "there is no such command; did you mean AT+WJOIN?"),
        ("hello", INVALID_INPUT, "a command begins with AT"),
        ("AT+WNET=0,192.168.1.5", INVALID_INPUT, "the values do not fit together, or name what is not there or in use"),
        ("AT+WJOIN", "[ERROR: WiFi Status]", "there is no link, or one of another kind"),
        ("AT+WJOIN", "[ERROR: 9]", ""),
    ],
)
def test_words(line: str, response: str, why: str) -> None:
    assert explain(line.encode(), response, firmware_named("1.0.5.2")) == why


def test_a_command_of_a_later_firmware() -> None:
    assert explain(b"AT+MQTTSUB=1,x", INVALID_INPUT, firmware_named("1.0.3.6")) == (
        "this firmware does not know the command; 1.0.5.2 does"
    )
    assert OK in Desk("1.0.5.2").at("AT+MQTTSET=a,b,c,60")
