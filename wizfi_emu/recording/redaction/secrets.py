"""Where keys and passwords stand in what the module is told: command lines, web requests, the flash image.

The functions give the same text with the masks in place of the secrets. Texts keep their lengths, except for that of a
web request with percent signs.
"""

import re
from typing import TypeVar, assert_never

import msgspec

from wizfi_emu.at.parameters import Parameters, parse_integer, parse_keyword
from wizfi_emu.profile import decode_image, encode_image
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.secret import Secret, values_of
from wizfi_emu.web.request import METHODS, decode

T = TypeVar("T", bound=msgspec.Struct)

PRIVATE_KEY_BYTES = range(4096)  # what AT+MCERT=W,K takes
UNREADABLE_IMAGE = b"unreadable"

COMMAND_START = b"AT+"

COMMAND = re.compile(rb"AT\+(WSEC|MCWUI|MQTTSET|WWPS|GMMPSET)=", re.IGNORECASE)
"""The commands whose lines hold a secret."""
_KEY_COMMAND = re.compile(rb"AT\+MCERT=(.*)", re.IGNORECASE | re.DOTALL)

_PASSWORDS: dict[bytes, tuple[int, ...]] = {
    b"MCWUI": (1, 3),  # <id>,<pw>,<newid>,<newpw>
    b"MQTTSET": (0, 1),  # <user>,<password>,...
    b"WWPS": (1,),  # <mode>,<pin>
    b"GMMPSET": (4,),  # <mode>,<ip>,<port>,<domain>,<auth id>,...
}
_KEY_PARAMETER = 2  # AT+WSEC=<mode>,<type>,<key>
_TARGET = re.compile(rb"(?:%s)([^ \n\0]*)" % b"|".join(METHODS))
_FIELD = re.compile(
    rb"(?P<key>(?<=PK:)[^/^]*|(?<=ap\d=)(?:(?!\+\^&).)*)|(?<=PW:|CP:|NP:)[^/^]*|(?<=\?pin=).*", re.DOTALL
)
_UNSAFE_IN_TARGET = re.compile(rb"[^!-$&-~]")


def mask_line(line: bytes, masks: Masks) -> bytes:
    """A command line without its CR."""
    found = find_command(line)
    if found is None:
        return line
    name = found[1].upper()
    # The parser ends at a NUL; what is behind it may be a secret all the same.
    text, nul, unread = line[found.end() :].partition(b"\0")
    if text == b"?":
        return line
    if name == b"WSEC":
        start, _ = _parameter(text, _KEY_PARAMETER)
        text = text[:start] + masks.typed_key(text[start:])
    for index in _PASSWORDS.get(name, ()):
        start, end = _parameter(text, index)
        text = text[:start] + masks.password(text[start:end]) + text[end:]
    return line[: found.end()] + text + nul + masks.password(unread)


def mask_lines(data: bytes, masks: Masks) -> bytes:
    """Bytes with whole command lines in them."""
    if not may_hold_command(data):
        return data
    return b"\r".join(mask_line(line, masks) for line in data.split(b"\r"))


def may_hold_command(data: bytes | bytearray) -> bool:
    """Whether it is worth while to look for a command: false for most data, and fast."""
    return COMMAND_START in data.upper()


def find_command(line: bytes) -> re.Match[bytes] | None:
    """The command in a line: at its beginning, or behind what went to a socket before."""
    return COMMAND.match(line) or next(reversed(list(COMMAND.finditer(line))), None)


def private_key_follows(line: bytes) -> int:
    """How many bytes of a private key come behind this line."""
    found = _KEY_COMMAND.search(line)
    if found is None:
        return 0
    parameters = Parameters(found[1].partition(b"\0")[0])
    is_key = parse_keyword(parameters.next(), "W") and parse_keyword(parameters.next(), "K")
    count = parse_integer(parameters.next())
    return count if is_key and count is not None and count in PRIVATE_KEY_BYTES else 0


def mask_request(segment: bytes, masks: Masks) -> bytes:
    """The first segment of a web request."""
    found = _TARGET.match(segment)
    if found is None:
        return segment
    target = decode(found[1])

    def mask(field: re.Match[bytes]) -> bytes:
        return masks.key(field[0]) if field["key"] is not None else masks.password(field[0])

    masked = _FIELD.sub(mask, target)
    if masked == target:
        return segment
    quoted = _UNSAFE_IN_TARGET.sub(lambda byte: b"%%%02X" % byte[0][0], masked)
    return segment[: found.start(1)] + quoted + segment[found.end(1) :]


def mask_image(data: bytes, masks: Masks) -> bytes:
    """A flash image. One that the module cannot read becomes another one that it cannot read."""
    image = decode_image(data)
    if image is None:
        return UNREADABLE_IMAGE if data else b""
    return encode_image(mask_fields(image, masks))


def mask_fields(record: T, masks: Masks) -> T:
    """A struct with masks in the fields that are secrets, its own and those of the structs in it."""
    changes: dict[str, object] = {}
    for name, value, mark in values_of(record):
        if mark is not None and isinstance(value, bytes):
            changes[name] = _mask(mark, value, masks)
        elif isinstance(value, msgspec.Struct):
            changes[name] = mask_fields(value, masks)
    return msgspec.structs.replace(record, **changes) if changes else record


def _mask(secret: Secret, value: bytes, masks: Masks) -> bytes:
    match secret:
        case Secret.KEY:
            return masks.key(value)
        case Secret.TYPED_KEY:
            return masks.typed_key(value)
        case Secret.PASSWORD | Secret.USER:
            return masks.password(value)
        case Secret.PRIVATE_KEY:
            return masks.private_key(value)
        case Secret.IMAGE:
            return mask_image(value, masks)
        case _:
            assert_never(secret)


def _parameter(text: bytes, index: int) -> tuple[int, int]:
    return _rest_after(text, index), _rest_after(text, index + 1)


def _rest_after(text: bytes, count: int) -> int:
    parameters = Parameters(text)
    for _ in range(count):
        parameters.next()
    return len(text) - len(parameters.rest() or b"")
