"""The file format: JSON Lines, one header and then one line for each event and effect, in the order in which they came.

=======  ===============================================================================================================
line     content
=======  ===============================================================================================================
first    an object: ``Header``
others   ``[<time in us>, "<class>", {<fields>}]``: an event of `wizfi_emu.module.events`, and behind it the effects of
         `wizfi_emu.module.effects` that it caused. Byte strings are Base64
between  ``[<time in us>, "UartLeft", {<fields>}]``: a note of the line, ``Left``; since format 2
between  ``[<time in us>, "<class>", {<fields>}]``: a note of `wizfi_emu.stages.notes`, what faults did and what else
         happened around the machine; since format 3
=======  ===============================================================================================================

The last line of a program that was killed may be torn; it is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, cast, get_args

import msgspec
from msgspec import Meta

from wizfi_emu.errors import UserError
from wizfi_emu.firmware import Firmware
from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.stages.notes import Note

FORMAT = 3
READABLE = (1, 2, 3)

SWITCHES_BEFORE: dict[str, object] = {
    "wps_pin_limit": 8,
    "wsec_key_ends_at_zero": False,
    "spi_sync": "data",
    "response_level": 1,
    "required_parameters_checked": False,
    "mhelp_complete": False,
    "ssend_tries": 3,
    "sform_upper_case": False,
    "air_port_checked": False,
    "udp_secure_types": True,
    "wset_ap_bssid_checked": True,
    "wsec_hex_groups": True,
    "wcheck_limit_tolerated": False,
    "p2p_stop_ends_link": False,
    "air_service_of_booted_ap": False,
    "wreg_iso_3166": False,
    "factory_reset_keeps_settings": True,
    "mcustom_padded": True,
    "mspi_option_required": True,
    "fdns_timeout_checked": False,
}
"""Switches that recordings of earlier program versions do not have, with what the program did without them."""

NO_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
NO_LINE = (*NO_JSON, KeyError)

Item = Event | Effect
"""What a line after the header holds."""

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}
EFFECTS: dict[str, type[Effect]] = {kind.__name__: kind for kind in get_args(Effect)}

NOTES: dict[str, type[Note]] = {kind.__name__: kind for kind in get_args(Note)}

LEFT = "UartLeft"

TIME_US_MAX = 1 << 53
"""Behind it come whole numbers that other programs cannot read; it is 285 years."""
TimeUs = Annotated[int, Meta(ge=-TIME_US_MAX, le=TIME_US_MAX)]

_LINE = msgspec.json.Decoder(tuple[TimeUs, str, msgspec.Raw])


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The first line: who recorded, and what has to be known to replay."""

    format: int = msgspec.field(name="wizfi-emu recording")
    program: str
    """Version of the program."""
    firmware: Firmware
    """The whole personality, with the switches that were set."""
    world: str = ""
    timing: str = ""
    time_scale: float = 1.0
    redacted: bool
    """Keys and passwords are replaced by others of the same length."""
    tap: str = ""
    """The serial device of a real module that a tap has listened to. Every event but those of the serial line is then
    inferred from what the module printed, and a difference in a replay is one between the module and the emulator."""
    started_us: int = 0
    """Unix time in microseconds at which the times of the lines begin; 0 when the time was virtual."""


class Left(msgspec.Struct, frozen=True):
    """Bytes to the host have left the line, one as long as the other. The line of the file has the time of the end.

    ``waiting``: how many bytes were behind them on the line.
    """

    count: Annotated[int, Meta(ge=1, le=TIME_US_MAX)]
    since_us: TimeUs
    until_us: TimeUs
    waiting: Annotated[int, Meta(ge=0, le=TIME_US_MAX)]


@dataclass(frozen=True, slots=True)
class Batch:
    """An event and what it caused."""

    time_us: int
    event: Event
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was read. ``torn``: its last line was cut off, so the program was killed while it wrote.

    ``left``: what is known of the bytes to the host on a line that takes its time. ``notes``: what happened around the
    machine, with times, in their order; none before format 3. ``words.words_of`` puts them in words, ``online`` gives
    the line's side of the bytes that they are about.
    """

    header: Header
    batches: tuple[Batch, ...]
    torn: bool = False
    left: tuple[Left, ...] = ()
    notes: tuple[tuple[int, Note], ...] = ()

    def items(self) -> Iterator[tuple[int, Item]]:
        """Events and effects with their times, in the order of the file."""
        for batch in self.batches:
            yield batch.time_us, batch.event
            for effect in batch.effects:
                yield batch.time_us, effect


class _Version(msgspec.Struct):
    format: int = msgspec.field(name="wizfi-emu recording")


def encode_header(header: Header) -> bytes:
    return msgspec.json.encode(header) + b"\n"


def encode_item(time_us: int, item: Item) -> bytes:
    return msgspec.json.encode((time_us, type(item).__name__, item)) + b"\n"


def is_recording(data: bytes) -> bool:
    """Whether data begins as a recording does."""
    try:
        return bool(msgspec.json.decode(data.partition(b"\n")[0], type=_Version))
    except NO_JSON:
        return False


def encode_note(time_us: int, note: Note) -> bytes:
    return msgspec.json.encode((time_us, type(note).__name__, note)) + b"\n"


def encode_left(left: Left) -> bytes:
    return msgspec.json.encode((left.until_us, LEFT, left)) + b"\n"


def decode_recording(data: bytes, name: str) -> Recording:
    """Read a recording; ``name`` is what an error calls it.

    Raises UserError for what is no recording, for one of another version, and for a line that cannot be read. Errors do
    not repeat the content of a line, which may be a secret.
    """
    first, newline, rest = data.partition(b"\n")
    if not newline:
        raise UserError(f"{name}: not a recording")
    header = _decode_header(first, name)
    batches: list[tuple[int, Event, list[Effect]]] = []
    left: list[Left] = []
    notes: list[tuple[int, Note]] = []
    torn = False
    lines = rest.split(b"\n")
    last = lines.pop()
    if last:
        lines.append(last)
    for number, line in enumerate(lines, 2):
        try:
            time_us, kind, fields = _LINE.decode(line)
            if kind == LEFT:
                left.append(_LEFT.decode(fields))
                continue
            if kind in NOTES:
                notes.append((time_us, _note_decoder(kind).decode(fields)))
                continue
            item = _decoder(kind).decode(fields)
        except NO_LINE:
            if last and number == len(lines) + 1:
                torn = True
                break
            raise UserError(f"{name}:{number}: not a line of a recording") from None
        if kind in EVENTS:
            batches.append((time_us, cast(Event, item), []))
        elif batches:
            batches[-1][2].append(cast(Effect, item))
        else:
            raise UserError(f"{name}:{number}: an effect without an event before it")
    return Recording(
        header,
        tuple(Batch(at_us, event, tuple(effects)) for at_us, event, effects in batches),
        torn,
        tuple(left),
        tuple(sorted(notes, key=lambda note: note[0])),
    )


def _decode_header(line: bytes, name: str) -> Header:
    try:
        version = msgspec.json.decode(line, type=_Version).format
    except NO_JSON:
        raise UserError(f"{name}: not a recording") from None
    if version not in READABLE:
        raise UserError(f"{name}: recording format {version}, this program reads formats {READABLE[0]} to {FORMAT}")
    try:
        return msgspec.json.decode(_completed(line), type=Header)
    except msgspec.ValidationError as error:
        program = msgspec.json.decode(line, type=dict[str, msgspec.Raw]).get("program", msgspec.Raw(b"an unknown one"))
        maker = bytes(program).decode("utf-8", "replace")
        raise UserError(f"{name}: made by program version {maker}: {error}") from None
    except NO_JSON:
        raise UserError(f"{name}: not a recording") from None


def _completed(line: bytes) -> bytes:
    """The header with the switches that were not there when it was written."""
    header = msgspec.json.decode(line)
    if not isinstance(header.get("firmware"), dict):
        return line
    return msgspec.json.encode(header | {"firmware": SWITCHES_BEFORE | header["firmware"]})


_LEFT = msgspec.json.Decoder(Left)


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[Item]:
    """The decoder of a class; making one takes longer than reading a line. Raises KeyError for what is no class."""
    found: type[Item] = EVENTS[kind] if kind in EVENTS else EFFECTS[kind]
    return msgspec.json.Decoder(found)


@cache
def _note_decoder(kind: str) -> msgspec.json.Decoder[Note]:
    found: type[Note] = NOTES[kind]
    return msgspec.json.Decoder(found)
