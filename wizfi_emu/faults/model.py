"""Which faults there are, as frozen structs that check themselves: in a scenario file and over the control interface.

A fault is a mapping with the key ``fault`` and what its struct has. Some faults happen at one moment; the others last
until they are healed or ``for`` seconds have passed. ``probability`` is asked each time a fault could strike; what one
time is stands with the fault. A check raises ValueError with the text ``<key>: <what was expected>``.
"""

import re
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import Meta, Struct, field

from wizfi_emu.bounds import Baud, Count, Millis, Port, Probability, Seconds, Text, form
from wizfi_emu.module.effects import Effect
from wizfi_emu.module.events import Event
from wizfi_emu.patterns import Pattern, compile_pattern
from wizfi_emu.secret import Secret, discreet

Source = Literal["host", "module"]
Direction = Literal["both", "sent", "received"]
SerialDirection = Literal["both", "to-module", "to-host"]
SpiDirection = Literal["both", "mosi", "miso"]


class When(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A moment: a time, the n-th match of a serial pattern, or the n-th event or effect of a kind."""

    at: Seconds | None = None
    """Seconds from the time when this is set; in the list of a scenario, from its beginning."""
    pattern: Text | None = None
    """A text on the serial line, exact. Counted as it is sent, before any fault of the line."""
    regex: str | None = None
    """The same as a regular expression of RE2, in which ``.`` is any byte."""
    source: Source = field(name="from", default="module")
    """Who sends the text."""
    event: str | None = None
    """What happens to the module (such as SocketOpened), or what it orders (such as WriteFlash)."""
    nth: Count = 1
    """Which match, or event, counted from the time when this is set."""
    every: bool = False
    """Also each one after that."""
    after: Seconds = 0
    """Seconds from that moment on."""

    def __post_init__(self) -> None:
        given = [key for key in ("at", "pattern", "regex", "event") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of at, pattern, regex or event, got {' and '.join(given) or 'none'}")
        if self.at is not None and (self.every or self.nth != 1):
            raise ValueError("at: happens once; nth and every need pattern, regex or event")
        if self.event is not None and self.event not in _names():
            raise ValueError(f"event: expected an event or effect such as SocketOpened, got {self.event!r}")
        if self.pattern is not None:
            wire_bytes("pattern", self.pattern)
        if self.regex is not None:
            text = wire_bytes("regex", self.regex)
            try:
                matches_nothing = compile_pattern(text).search(b"", 0) is not None
            except ValueError as error:
                raise ValueError(f"regex: {error}") from None
            if matches_nothing:
                raise ValueError("regex: must not match the empty text")

    @property
    def expression(self) -> Pattern | None:
        """What is looked for on the serial line."""
        if self.regex is not None:
            return compile_pattern(self.regex.encode("latin-1"))
        return None if self.pattern is None else re.compile(re.escape(self.pattern.encode("latin-1")))


def wire_bytes(key: str, text: str) -> bytes:
    """The bytes of a text: each character up to U+00FF is one."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise ValueError(f"{key}: {character!r} is not a single byte; write its bytes as \\x escapes") from None


def _names() -> frozenset[str]:
    return frozenset(kind.__name__ for kind in (*get_args(Event), *get_args(Effect)))


class BaseFault(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="fault"):
    """What all faults have."""

    lasts: ClassVar[bool] = True

    name: Annotated[str, form("[A-Za-z0-9_.-]*", "letters, digits, dots, dashes and underscores")] = ""
    """What it is called when it is healed; without it the word of the fault, with a number if there are several."""
    when: When | None = None
    """When it begins; without it at once."""
    duration: Seconds | None = field(name="for", default=None)
    """Seconds that it lasts; without it until it is healed."""
    probability: Probability = 1
    """How likely it strikes each time that it could."""
    seed: int | None = None
    """Of its own chance; without it from the seed of the run."""

    def __post_init__(self) -> None:
        if self.duration is not None and not self.lasts:
            raise ValueError("for: this fault is over at once and has no duration")

    @property
    def word(self) -> str:
        tag = self.__struct_config__.tag
        assert isinstance(tag, str)
        return tag


class ApOff(BaseFault, frozen=True, kw_only=True, tag="ap-off"):
    """An access point is off; healed, it is on again."""

    access_point: str
    """Its SSID or BSSID."""


@discreet
class KeyChanged(BaseFault, frozen=True, kw_only=True, tag="key-changed"):
    """An access point has another key; healed, it has the one from before."""

    access_point: str
    """Its SSID or BSSID."""
    key: Annotated[str, Secret.TYPED_KEY]


class DhcpRefuse(BaseFault, frozen=True, kw_only=True, tag="dhcp-refuse"):
    """The DHCP server gives no address. Each request is one time."""


class DhcpLate(BaseFault, frozen=True, kw_only=True, tag="dhcp-late"):
    """The DHCP server takes its time. Each request is one time."""

    delay_ms: Millis = 2000


class LeaseChange(BaseFault, frozen=True, kw_only=True, tag="lease-change"):
    """The DHCP server gives another address when the lease is renewed, at once. Each moment is one time."""

    lasts = False


class DnsFail(BaseFault, frozen=True, kw_only=True, tag="dns-fail"):
    """Names are not found. Each lookup is one time."""

    host: str = ""
    """Only this name; empty for all."""
    how: Literal["silent", "unknown"] = "silent"
    """No server answers within the limit, or one says at once that there is no such name."""


class SocketFault(BaseFault, frozen=True, kw_only=True):
    """A fault of connections or UDP sockets."""

    address: str = ""
    """Only with this peer, as the firmware sees its address; empty for all."""
    port: Port = 0
    """Only on this port, of either end; 0 for all."""


class TcpRefuse(SocketFault, frozen=True, kw_only=True, tag="tcp-refuse"):
    """The module's connects are refused. Each connect is one time."""


class TcpReset(SocketFault, frozen=True, kw_only=True, tag="tcp-reset"):
    """Connections are reset, on both sides. Each connection that there is at the moment is one time."""

    lasts = False


class TcpHalfClose(SocketFault, frozen=True, kw_only=True, tag="tcp-half-close"):
    """The peer's FIN comes; it still gets what the module sends. Each connection at the moment is one time."""

    lasts = False


class TcpBlackHole(SocketFault, frozen=True, kw_only=True, tag="tcp-black-hole"):
    """Nothing comes through, either way, until it is healed. Each connection is one time."""


class TcpSlowRead(SocketFault, frozen=True, kw_only=True, tag="tcp-slow-read"):
    """The peer reads slowly, so the module's data waits. Each connection is one time."""

    bytes_per_s: Annotated[int, Meta(ge=1, le=10**12)]


class TcpCut(SocketFault, frozen=True, kw_only=True, tag="tcp-cut"):
    """A connection ends after so many bytes from the beginning of the fault on. Each connection is one time."""

    after_bytes: Annotated[int, Meta(ge=0, le=10**15)]
    count: Direction = "both"
    """Which bytes count."""
    how: Literal["reset", "close", "black-hole"] = "reset"


class Bandwidth(SocketFault, frozen=True, kw_only=True, tag="bandwidth"):
    """TCP and UDP: data comes at this rate. Each socket is one time."""

    bytes_per_s: Annotated[int, Meta(ge=1, le=10**12)]
    direction: Direction = "both"


class Latency(SocketFault, frozen=True, kw_only=True, tag="latency"):
    """TCP and UDP: everything comes later, in order. Each socket is one time."""

    delay_ms: Millis = 0
    """One way; a connect takes it twice."""
    jitter_ms: Millis = 0
    """By how much more at most."""
    direction: Direction = "both"


class UdpLoss(SocketFault, frozen=True, kw_only=True, tag="udp-loss"):
    """Datagrams are lost. Each datagram is one time."""

    direction: Direction = "both"


class UdpDuplicate(SocketFault, frozen=True, kw_only=True, tag="udp-duplicate"):
    """Datagrams come twice. Each datagram is one time."""

    direction: Direction = "both"


class UdpReorder(SocketFault, frozen=True, kw_only=True, tag="udp-reorder"):
    """A datagram comes behind the next one. Each datagram that does not wait is one time."""

    direction: Direction = "both"
    hold_ms: Millis = 200
    """It comes after this time when there is no next one."""


class SerialFault(BaseFault, frozen=True, kw_only=True):
    """A fault of the serial line."""

    direction: SerialDirection = "both"


class SerialLoss(SerialFault, frozen=True, kw_only=True, tag="serial-loss"):
    """Bytes are lost. Each byte is one time."""


class SerialFlip(SerialFault, frozen=True, kw_only=True, tag="serial-flip"):
    """One bit of a byte is the other way. Each byte is one time."""


class SerialDelay(SerialFault, frozen=True, kw_only=True, tag="serial-delay"):
    """Bytes come later, in order. What is sent in one piece is one time."""

    delay_ms: Millis = 0
    jitter_ms: Millis = 0
    """By how much more at most."""


class SerialPieces(SerialFault, frozen=True, kw_only=True, tag="serial-pieces"):
    """What is sent in one piece comes in small ones with gaps between them. What is sent in one piece is one time."""

    bytes: Annotated[int, Meta(ge=1, le=10**9)] = 1
    gap_ms: Millis = 10


class WrongBaud(SerialFault, frozen=True, kw_only=True, tag="wrong-baud"):
    """The host is at this rate, whatever it has set: garbage where the module is at another one. Always strikes."""

    baud: Baud


class StrictBaud(SerialFault, frozen=True, kw_only=True, tag="strict-baud"):
    """The host is at the rate that it has set for its serial port, if there is one. Always strikes."""


class SpiFault(BaseFault, frozen=True, kw_only=True):
    """A fault of the SPI line."""

    direction: SpiDirection = "both"


class SpiLoss(SpiFault, frozen=True, kw_only=True, tag="spi-loss"):
    """Bytes are lost: F0 arrives, which says nothing. Each byte is one time."""


class SpiFlip(SpiFault, frozen=True, kw_only=True, tag="spi-flip"):
    """One bit of a byte is the other way. Each byte is one time."""


class DataReadyStuck(BaseFault, frozen=True, kw_only=True, tag="data-ready-stuck"):
    """DATA_READY stays at a level, whatever the module does. Always strikes."""

    level: Annotated[int, Meta(ge=0, le=1)] = 0


class BrownOut(BaseFault, frozen=True, kw_only=True, tag="brown-out"):
    """The supply fails for a moment. Each moment is one time."""

    lasts = False

    off_ms: Millis = 100


class Watchdog(BaseFault, frozen=True, kw_only=True, tag="watchdog"):
    """The watchdog resets the module. Each moment is one time."""

    lasts = False


class FlashFail(BaseFault, frozen=True, kw_only=True, tag="flash-fail"):
    """The flash cannot be written. Each write is one time."""


Fault = (
    ApOff
    | KeyChanged
    | DhcpRefuse
    | DhcpLate
    | LeaseChange
    | DnsFail
    | TcpRefuse
    | TcpReset
    | TcpHalfClose
    | TcpBlackHole
    | TcpSlowRead
    | TcpCut
    | Bandwidth
    | Latency
    | UdpLoss
    | UdpDuplicate
    | UdpReorder
    | SerialLoss
    | SerialFlip
    | SerialDelay
    | SerialPieces
    | WrongBaud
    | StrictBaud
    | SpiLoss
    | SpiFlip
    | DataReadyStuck
    | BrownOut
    | Watchdog
    | FlashFail
)
"""One fault; ``fault`` says which."""

FAULT_WORDS = tuple(str(kind.__struct_config__.tag) for kind in get_args(Fault))


class FaultState(Struct, frozen=True):
    """A fault of a running module. ``hits``: how many times it has done something."""

    name: str
    fault: str
    state: Literal["waiting", "active", "over"]
    hits: int


class FaultList(Struct, frozen=True):
    """The faults of a running module in the order in which they were set; those that are over for a while."""

    faults: list[FaultState]
