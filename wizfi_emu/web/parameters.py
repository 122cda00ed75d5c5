"""The parameters behind the question mark, in the encodings of the module's pages.

Form pages send tagged tokens, ``TAG:value/TAG:value/...^``. The target is decoded before it is split, so ``/`` and
``^`` cannot be part of a value. ``^`` is required: without it the last value runs into the rest of the request line.
"""

import re
from collections.abc import Mapping

from wizfi_emu.web.request import Request

PARAMETER_BYTES = 1023
"""Firmware 1.0.5.2 overruns a buffer beyond it."""
FIELD_END = b"+^&"
LIST_DIGITS = b"01234"
_TAGGED = re.compile(rb"([A-Z]{2}):(.*)", re.DOTALL)


def read_list(request: Request, limit_bytes: int = PARAMETER_BYTES) -> bytes | None:
    """The text before ``^``; None when there are more parameters than the module has room for."""
    if len(request.query) > limit_bytes:
        return None
    text, end, _ = request.query.partition(b"^")
    return text if end else (text + request.rest).partition(b"^")[0]


def read_tags(
    request: Request, *, after: Mapping[str, tuple[str, ...]] | None = None, limit_bytes: int = PARAMETER_BYTES
) -> dict[str, bytes]:
    """The tagged values. Unknown tags do no harm, of equal ones the last one counts; empty when there are too many.

    ``after`` names tags that are skipped when they come before others.
    """
    values: dict[str, bytes] = {}
    for token in (read_list(request, limit_bytes) or b"").split(b"/"):
        tagged = _TAGGED.fullmatch(token)
        if tagged is None:
            continue
        tag = tagged[1].decode("ascii")
        if all(needed in values for needed in (after or {}).get(tag, ())):
            values[tag] = tagged[2]
    return values


def read_fields(request: Request) -> dict[str, bytes]:
    """The fields of ``/connect``, ``as0=<ssid>+^&at0=<code>+^&ap0=<key>``, by their kind: ``s``, ``t``, ``p``.

    The key comes after the security code; fields of another list index than the first do not count.
    """
    values: dict[str, bytes] = {}
    if len(request.query) > PARAMETER_BYTES:
        return values
    for field in request.query.split(FIELD_END):
        name, equals, value = field.partition(b"=")
        if not equals or len(name) != 3 or name[:1] != b"a" or name[1:2] not in (b"s", b"t", b"p"):
            continue
        kind = name[1:2].decode("ascii")
        if name[2] == LIST_DIGITS[0] and (kind != "p" or "t" in values):
            values[kind] = value
    return values
