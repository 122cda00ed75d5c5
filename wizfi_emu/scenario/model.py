"""The scenario file, as frozen structs that check themselves.

Texts are exact bytes: each character up to U+00FF is one byte. ``{port}``, ``{address}`` and ``{NAME.port}`` stand for
what a host opens, for the module's host address, and for the port of a peer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

from wizfi_emu import userfiles
from wizfi_emu.bounds import Baud, Port, Seconds
from wizfi_emu.control.pins import PINS
from wizfi_emu.faults.model import Fault, Source, When, wire_bytes
from wizfi_emu.recording.redaction.masks import Masks
from wizfi_emu.recording.redaction.secrets import mask_lines

WITHIN_S = 5.0
"""How long an expectation waits unless it says otherwise."""

LIMIT_S = 60.0
"""How long a scenario may take unless it says otherwise."""

VERBS = (
    "send",
    "line",
    "expect",
    "expect_match",
    "expect_not",
    "wait",
    "press",
    "pin",
    "adc",
    "power",
    "reset",
    "baud",
    "start",
    "heal",
    "accept",
    "connect",
    "listen",
    "stop",
    "close",
    "abort",
    "half_close",
    "expect_closed",
    "expect_exit",
)
PEER_VERBS = ("accept", "connect", "listen", "stop", "close", "abort", "half_close", "expect_closed")
TEXTS = ("send", "line", "expect", "expect_match", "expect_not")
WAITING = ("expect", "expect_match", "expect_not", "accept", "connect", "expect_closed", "expect_exit")

_PLACEHOLDER = re.compile(r"\{(\w[\w-]*)\.port\}")


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to do or to expect, with what belongs to it."""

    send: str | None = None
    """Bytes of the host for the module; with ``peer``, of that peer."""
    line: str | None = None
    """The same with a CR behind it."""
    expect: str | tuple[str, ...] | None = None
    """A text that the module sends to the host, later than what was expected before; several in any order.

    With ``from: host`` it is one that the host sends, with ``peer`` one that the peer gets.
    """
    expect_match: str | None = None
    """The same with a regular expression."""
    expect_not: str | None = None
    """A text that does not come within the time."""
    wait: Seconds | None = None
    """Seconds in which nothing is done."""
    press: Annotated[int, Meta(ge=1, le=20)] | None = None
    """How often FUNCTION is pressed."""
    pin: dict[str, Literal[0, 1, "free"]] | None = None
    """Pins with the levels that are put on them."""
    adc: Annotated[int, Meta(ge=0, le=4095)] | None = None
    """What the analogue input measures, 0 to 4095."""
    power: Literal["on", "off", "cycle"] | None = None
    reset: Literal["pin", "watchdog"] | None = None
    baud: Baud | None = None
    """The rate that the host sets for its serial port."""
    start: Fault | None = None
    """A fault."""
    heal: str | None = None
    """The name of a fault that ends."""
    accept: str | None = None
    """A peer that the module connects to."""
    connect: str | None = None
    """A peer that connects to the module, at the port ``to``."""
    listen: str | None = None
    """A peer that listens from now on."""
    stop: str | None = None
    """A peer that no longer listens; its connections stay."""
    close: str | None = None
    """A peer that closes its connection."""
    abort: str | None = None
    """A peer that resets its connection."""
    half_close: str | None = None
    """A peer that ends its side of the connection."""
    expect_closed: str | None = None
    """A peer whose connection the module ends."""
    expect_exit: int | None = None
    """The exit status of the host program, which ends."""

    at: Seconds | None = None
    """Not before this time, in seconds from the beginning of the steps."""
    within: Seconds | None = None
    """How long an expectation waits, in seconds."""
    source: Source | None = field(name="from", default=None)
    """Who sends the text that is expected; the module unless it says otherwise."""
    peer: str | None = None
    """Who sends or expects in place of the host."""
    to: Port | None = None
    """``connect``, and ``send`` of a UDP peer: the port of the module."""
    low: tuple[Literal["boot", "function"], ...] = ()
    """``power``: pins that are held low while the module starts, for 3.5 s."""

    def __post_init__(self) -> None:
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(given) != 1:
            raise ValueError(f"expected one thing to do, got {' and '.join(given) or 'none'}")
        verb = self.verb
        for key, allowed in (
            ("within", WAITING),
            ("from", ("expect", "expect_match", "expect_not")),
            ("peer", TEXTS),
            ("to", ("connect", "send", "line")),
            ("low", ("power",)),
        ):
            if getattr(self, "source" if key == "from" else key) and verb not in allowed:
                raise ValueError(f"{key}: only with {', '.join(allowed)}")
        for pin in self.pin or ():
            if pin not in PINS:
                raise ValueError(f"pin: expected {', '.join(PINS)}, got {pin!r}")
        if self.low and self.power == "off":
            raise ValueError("low: pins are held when the power comes on")
        if self.connect is not None and self.to is None:
            raise ValueError("to: expected the port of the module")
        for text in self.texts:
            wire_bytes(verb, text)
            if verb.startswith("expect") and not text:
                raise ValueError(f"{verb}: expected a text")
        if self.expect_match is not None:
            try:
                re.compile(self.expect_match)
            except re.error as error:
                raise ValueError(f"expect_match: {error}") from None
        if self.expect == ():
            raise ValueError("expect: expected a text")

    @property
    def verb(self) -> str:
        """What is done."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def texts(self) -> tuple[str, ...]:
        """What is sent or expected."""
        if self.verb not in TEXTS:
            return ()
        value = getattr(self, self.verb)
        return value if isinstance(value, tuple) else (value,)

    @property
    def peers(self) -> tuple[str, ...]:
        """The peers that it is about."""
        named = [self.peer] if self.peer is not None else []
        return (*named, *((getattr(self, self.verb),) if self.verb in PEER_VERBS else ()))

    def __str__(self) -> str:
        what = ", ".join(map(shown_text, self.texts)) if self.texts else _shown(getattr(self, self.verb))
        parts = [f"{self.verb} {what}"]
        if self.peer is not None:
            parts.append(f"of {self.peer}" if self.verb in ("send", "line") else f"at {self.peer}")
        if self.source is not None:
            parts.append(f"from the {self.source}")
        if self.verb in WAITING:
            parts.append(f"within {self.within_s:g} s")
        return " ".join(parts)

    @property
    def within_s(self) -> float:
        """How long it waits."""
        return WITHIN_S if self.within is None else self.within


class Block(Struct, frozen=True, forbid_unknown_fields=True):
    """Steps that are played, beside the others, when their moment has come."""

    when: When
    steps: tuple[Step, ...]


class ModuleOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The module, as with ``wizfi-emu run``."""

    firmware: str = "guide"
    """Personality: a name, or a file next to the scenario."""
    switches: tuple[str, ...] = ()
    """``NAME=VALUE`` each, over the personality."""
    world: str = "demo"
    """What the radio sees: a name, or a file next to the scenario."""
    flash: str = ":memory:"
    """A flash file next to the scenario."""
    timing: str = "wire"
    """Which delays there are, when it is not played in virtual time: a name, or a file next to the scenario."""
    time_scale: float = 1.0
    host_address: str = "127.0.0.1"
    """Where the peers are, and the module listens."""
    boot: Literal["now", "on-open"] | None = None
    """When the power comes on; without it on-open with a host program, now without one."""


class BasePeer(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="peer"):
    """Somebody on the network, at the module's host address."""

    port: Port = 0
    """Where it is; 0 for a port of the system's choice, for which ``{NAME.port}`` stands in texts."""


class ServingPeer(BasePeer, frozen=True, kw_only=True):
    """A peer that waits for the module."""

    protocol: Literal["tcp", "udp"] = "tcp"
    tls: bool = False
    """With a certificate of its own that nobody knows."""
    listens: bool = True
    """From the beginning; otherwise from the step ``listen`` on."""

    def __post_init__(self) -> None:
        if self.tls and self.protocol == "udp":
            raise ValueError("tls: only with tcp")


class EchoPeer(ServingPeer, frozen=True, kw_only=True, tag="echo"):
    """Sends back what it gets."""


class DiscardPeer(ServingPeer, frozen=True, kw_only=True, tag="discard"):
    """Reads, and says nothing."""


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What a server says to a text."""

    to: str
    send: str = ""
    close: bool = False
    """It closes the connection then."""

    def __post_init__(self) -> None:
        if not self.to:
            raise ValueError("to: expected a text")
        wire_bytes("to", self.to)
        wire_bytes("send", self.send)


class ServerPeer(ServingPeer, frozen=True, kw_only=True, tag="server"):
    """Says what it is told to: by its answers, and by the steps of the scenario."""

    greeting: str = ""
    """What it says to who connects."""
    answers: tuple[Answer, ...] = ()
    """The first one whose text has come is given, and what came is forgotten."""

    def __post_init__(self) -> None:
        super().__post_init__()
        wire_bytes("greeting", self.greeting)


class HttpPeer(ServingPeer, frozen=True, kw_only=True, tag="http"):
    """A web server."""

    pages: dict[str, str] = field(default_factory=lambda: {"/": "It works.\n"})
    """Paths with their contents; everything else is not found. What is posted to a page is answered with the page."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.protocol != "tcp":
            raise ValueError("protocol: expected tcp")


class ClientPeer(BasePeer, frozen=True, kw_only=True, tag="client"):
    """Connects to the module in the step ``connect``."""


class MqttPeer(BasePeer, frozen=True, kw_only=True, tag="mqtt"):
    """An MQTT broker, Mosquitto, which has to be installed. What it "gets" is its log."""


Peer = EchoPeer | DiscardPeer | ServerPeer | HttpPeer | ClientPeer | MqttPeer


class Exec(Struct, frozen=True, forbid_unknown_fields=True):
    """The host program."""

    command: str
    """Run without a shell, in the directory of the scenario."""
    status: int = 0
    """The exit status that is expected."""
    within: Seconds = 30.0
    """How long it may go on after the last step, in seconds."""

    def __post_init__(self) -> None:
        if not self.command.strip():
            raise ValueError("command: expected a program")


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario file."""

    scenario: Literal[1]
    """The version of the format."""
    description: str = ""
    module: ModuleOptions = ModuleOptions()
    """The module."""
    seed: int = 0
    """Of every chance."""
    limit: Seconds = LIMIT_S
    """How long it may take, in seconds."""
    peers: dict[str, Peer] = {}
    """Who is on the network, by names."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong, from the beginning on or at a moment."""
    host: str | Exec | None = field(name="exec", default=None)
    """The host program; without one the steps are the host."""
    steps: tuple[Step, ...] = ()
    """What happens, one after another. The scenario ends with the last one, and with the host program."""
    blocks: tuple[Block, ...] = field(name="on", default=())
    """What happens beside it at certain moments."""

    def __post_init__(self) -> None:
        for key, steps in self._lists():
            for number, step in enumerate(steps):
                where = f"{key}[{number}]"
                for name in step.peers:
                    if name not in self.peers:
                        raise ValueError(f"{where}.{step.verb}: there is no peer {name!r}")
                for text in step.texts:
                    self._check_text(f"{where}.{step.verb}", text)
                if step.verb == "expect_exit" and self.host is None:
                    raise ValueError(f"{where}.expect_exit: there is no host program")
        if isinstance(self.host, str) and not self.host.strip():
            raise ValueError("exec: expected a program")
        if self.host is not None:
            self._check_text("exec", self.program.command)

    def _lists(self) -> Iterator[tuple[str, tuple[Step, ...]]]:
        yield "steps", self.steps
        for number, block in enumerate(self.blocks):
            yield f"on[{number}].steps", block.steps

    def _check_text(self, key: str, text: str) -> None:
        for name in _PLACEHOLDER.findall(text):
            if name not in self.peers:
                raise ValueError(f"{key}: there is no peer {name!r}")

    @property
    def program(self) -> Exec:
        """The host program, which there is."""
        assert self.host is not None
        return self.host if isinstance(self.host, Exec) else Exec(self.host)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file; names of files in it are made paths. Raises UserError for what does not fit."""
    scenario = userfiles.read(path, Scenario)
    module, directory = scenario.module, path.parent
    return structs.replace(
        scenario,
        module=structs.replace(
            module,
            firmware=_beside(directory, module.firmware),
            world=_beside(directory, module.world),
            timing=_beside(directory, module.timing),
            flash=module.flash if module.flash == ":memory:" else str(directory / module.flash),
        ),
    )


def check_scenario(scenario: Scenario) -> None:
    """Look at what the file names. Raises UserError for what is not there or wrong."""
    from wizfi_emu.air.load import load_world
    from wizfi_emu.firmware.load import load_firmware, with_switches
    from wizfi_emu.timing import load_timing

    module = scenario.module
    with_switches(load_firmware(module.firmware), module.switches)
    load_world(module.world)
    load_timing(module.timing)


def substitute(text: str, values: dict[str, str]) -> str:
    """The text with what stands for ``{name}`` in place of it; other braces stay."""
    return re.sub(r"\{(\w[\w-]*(?:\.port)?)\}", lambda found: values.get(found[1], found[0]), text)


def shown_text(text: str) -> str:
    """A text for people, without the keys and passwords in it."""
    return ascii(mask_lines(text.encode("latin-1"), Masks()).decode("latin-1"))


def _beside(directory: Path, name: str) -> str:
    is_file = "/" in name or Path(name).suffix in (".yaml", ".yml")
    return str(directory / name) if is_file else name


def _shown(value: object) -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {one}" for key, one in value.items())
        case Struct():
            return str(value.__struct_config__.tag)
        case float():
            return f"{value:g}"
        case _:
            return str(value)
