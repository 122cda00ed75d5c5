"""Why the module has refused a line, in words, from a table of what parameters have to be (``profiles/refusals``).

The module's answers do not come from here: this explains them to people.
"""

from functools import cache
from typing import Literal

from msgspec import Struct, field

from wizfi_emu import userfiles
from wizfi_emu.at.parameters import BLANKS, Parameters, parse_address, parse_integer
from wizfi_emu.commands.table import TABLE, command_words
from wizfi_emu.firmware import Firmware
from wizfi_emu.firmware.differences import load_differences
from wizfi_emu.readable import did_you_mean

KIND = "refusals"
SHOWN_BYTES = 40
"""Of a wrong value."""

INVALID_INPUT = "[ERROR: INVALID INPUT]"


class Parameter(Struct, frozen=True, forbid_unknown_fields=True):
    """What one parameter has to be: one of ``words`` in any case, or of a ``kind``."""

    name: str
    words: tuple[str, ...] = ()
    kind: Literal["any", "number", "address"] = "any"
    lowest: int = 0
    highest: int = 0xFFFFFFFF
    optional: bool = False
    unreadable: Literal["wrong", "absent"] = "wrong"
    """What is no number, where one is expected."""
    blank: str = ""
    """The switch with which blanks alone count as no value; without it they are a wrong one."""


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """One form of a command, told from others by words of a parameter (``of``); the module takes the ``example``."""

    word: str
    example: str
    parameters: tuple[Parameter, ...]
    of: dict[int, tuple[str, ...]] = {}


class Refusals(Struct, frozen=True, forbid_unknown_fields=True):
    """The file: what the other responses mean, and the forms of commands."""

    responses: dict[str, str]
    forms: tuple[Form, ...] = field(name="commands")


@cache
def load_refusals() -> Refusals:
    """The table that comes with the program."""
    return userfiles.read(userfiles.find(KIND, "commands"), Refusals)


def explain(line: bytes, response: str, firmware: Firmware) -> str:
    """Why a command line without its end got this response; empty when nothing is known about it."""
    table = load_refusals()
    if response != INVALID_INPUT:
        return table.responses.get(response, "")
    upper = line.upper()
    if not upper.startswith(b"AT"):
        return "a command begins with AT"
    known = next((word for word, _ in command_words(firmware) if upper.startswith(word, 2)), None)
    if known is None:
        return _unknown(upper[2:])
    text = line[2 + len(known) :]
    form = next((form for form in table.forms if form.word.encode() == known and _fits(form, text)), None)
    return (form and wrong_parameter(form, text, firmware)) or table.responses[response]


def wrong_parameter(form: Form, text: bytes, firmware: Firmware) -> str:
    """The first parameter that is not what it has to be; empty when all are."""
    parameters = Parameters(text)
    for number, parameter in enumerate(form.parameters, 1):
        if wrong := _wrong(parameter, parameters.next(), firmware):
            return f"parameter {number}: {wrong}"
    return ""


def _unknown(upper: bytes) -> str:
    later = next((row for row in TABLE if upper.startswith(row.word.encode())), None)
    if later is not None:
        return f"this firmware does not know the command; {later.since} does"
    word = upper.partition(b"=")[0].decode("latin-1")
    words = [row.word.rstrip("=") for row in TABLE]
    return f"there is no such command{did_you_mean(word, words)}".replace("mean +", "mean AT+")


def _fits(form: Form, text: bytes) -> bool:
    parameters = Parameters(text)
    values = [(parameters.next() or b"").upper().decode("latin-1") for _ in range(max(form.of, default=0))]
    return all(values[number - 1] in words for number, words in form.of.items())


def _wrong(parameter: Parameter, text: bytes | None, firmware: Firmware) -> str:
    blank = text is not None and not text.strip(BLANKS)
    if blank and parameter.blank:
        if not getattr(firmware, parameter.blank):
            return f"blank {parameter.name}{_row(parameter.blank)}"
        text = None
    if text is None or (blank and parameter.optional and parameter.kind == "address"):
        required = not parameter.optional and (parameter.words or parameter.kind != "any")
        return f"{parameter.name} is missing" if required else ""
    shown = ascii(text[:SHOWN_BYTES].decode("latin-1"))
    if parameter.words and text.upper().decode("latin-1") not in parameter.words:
        return f"{parameter.name}: expected {', '.join(parameter.words)}, got {shown}"
    if parameter.kind == "address" and parse_address(text) is None:
        return f"{parameter.name}: expected an IPv4 address, got {shown}"
    if parameter.kind == "number":
        value = parse_integer(text)
        if value is None and parameter.unreadable == "absent":
            return ""
        if value is None or not parameter.lowest <= value <= parameter.highest:
            return f"{parameter.name}: expected {parameter.lowest} to {parameter.highest}, got {shown}"
    return ""


def _row(switch: str) -> str:
    """The difference between guide and firmware that a switch belongs to."""
    return next((f", {row.id}" for row in load_differences().differences if switch in row.switches), "")
