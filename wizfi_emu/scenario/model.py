"""The scenario file, as frozen structs that check themselves.

Texts are exact bytes: each character up to U+00FF is one byte. ``{port}``, ``{address}`` and ``{NAME.port}`` stand for
what a host opens, for the module's host address, and for the port of a peer.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

from wizfi_emu import userfiles
from wizfi_emu.actions.expect import ExpectExit, ExpectState
from wizfi_emu.actions.steps import Step
from wizfi_emu.bounds import Millis, Port, Seconds
from wizfi_emu.faults.model import FAULT_WORDS, Fault, When, wire_bytes
from wizfi_emu.properties.model import Properties
from wizfi_emu.readable import did_you_mean
from wizfi_emu.scenario.state import check_path

LIMIT_S = 60.0
"""How long a scenario may take unless it says otherwise."""

OTHERS_MAX = 15
"""Modules beside the first one: sixteen are a crowded table."""

_PLACEHOLDER = re.compile(r"\{(\w[\w-]*)\.port\}")


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
    delay_ms: Millis = 0
    """How much later, beside the way, everything comes that it says or does, in milliseconds of the module."""

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

    delay_ms: Millis = 0
    """How much later, beside the way, everything comes that it says or does, in milliseconds of the module."""


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
    ends: bool = True
    """Whether it ends by itself. One that does not is ended with the last step, and its exit status does not count."""
    directory: str = ""
    """Where it runs; without it next to the scenario."""

    def __post_init__(self) -> None:
        if not self.command.strip():
            raise ValueError("command: expected a program")


class OtherModule(Struct, frozen=True, forbid_unknown_fields=True):
    """Another module on the same air, with its host."""

    host: str | Exec = field(name="exec")
    """Its host program; ``{port}`` is its own port."""
    firmware: str = "guide"
    """Personality: a name, or a file next to the scenario."""
    switches: tuple[str, ...] = ()
    """``NAME=VALUE`` each, over the personality."""
    boot: Literal["now", "on-open"] = "on-open"
    """When the power comes on."""

    @property
    def program(self) -> Exec:
        """Its host program."""
        return self.host if isinstance(self.host, Exec) else Exec(self.host)


class Variation(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``wizfi-emu explore`` may let go wrong. Without it everything that can meet the scenario."""

    faults: tuple[str, ...] = ()
    """The words of the faults; all of them without it."""
    but: tuple[str, ...] = ()
    """Those that do not happen."""
    at_most: Annotated[int, Meta(ge=1, le=8)] = 3
    """How many faults there may be in a run."""
    firmware: tuple[str, ...] = ()
    """Personalities beside the module's own: names, or files next to the scenario."""
    says: dict[str, tuple[str, ...]] = {}
    """Texts that a peer may send at any moment, by the name of the peer."""

    def __post_init__(self) -> None:
        for key in ("faults", "but"):
            for word in getattr(self, key):
                if word not in FAULT_WORDS:
                    raise ValueError(f"{key}: expected words of faults such as tcp-reset, got {word!r}")
        for texts in self.says.values():
            for text in texts:
                wire_bytes("says", text)


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
    patience: Seconds = 0
    """How much longer, in seconds, everything that is expected may take: a host needs time after a fault."""
    peers: dict[str, Peer] = {}
    """Who is on the network, by names."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong, from the beginning on or at a moment."""
    host: str | Exec | None = field(name="exec", default=None)
    """The host program; without one the steps are the host."""
    others: dict[str, OtherModule] = {}
    """More modules with their host programs, by names. Steps, faults and peers are those of the first module."""
    steps: tuple[Step, ...] = ()
    """What happens, one after another. The scenario ends with the last one, and with the host programs."""
    blocks: tuple[Block, ...] = field(name="on", default=())
    """What happens beside it at certain moments."""
    properties: Properties = Properties()
    """What holds beside the steps."""
    explore: Variation = Variation()
    """What ``wizfi-emu explore`` may let go wrong."""

    def __post_init__(self) -> None:
        for key, steps in self.lists():
            for number, step in enumerate(steps):
                where = f"{key}[{number}]"
                for name in step.peers:
                    if name not in self.peers:
                        raise ValueError(
                            f"{where}.{step.verb}: there is no peer {name!r}{did_you_mean(name, self.peers)}"
                        )
                if isinstance(step, ExpectState):
                    for path in step.values:
                        try:
                            check_path(path)
                        except ValueError as error:
                            raise ValueError(f"{where}.expect_state[{path}]: {error}") from None
                for text in step.texts:
                    self._check_text(f"{where}.{step.verb}", text)
                if isinstance(step, ExpectExit) and self.host is None:
                    raise ValueError(f"{where}.expect_exit: there is no host program")
        if self.others and self.host is None:
            raise ValueError("others: only beside a host program (exec)")
        if len(self.others) > OTHERS_MAX:
            raise ValueError(f"others: expected {OTHERS_MAX} at most")
        for key, host in self._hosts():
            if isinstance(host, str) and not host.strip():
                raise ValueError(f"{key}: expected a program")
            self._check_text(key, host.command if isinstance(host, Exec) else host)
        for name, texts in self.explore.says.items():
            if name not in self.peers:
                raise ValueError(f"explore.says: there is no peer {name!r}")
            for text in texts:
                self._check_text(f"explore.says.{name}", text)

    def _hosts(self) -> Iterator[tuple[str, str | Exec]]:
        if self.host is not None:
            yield "exec", self.host
        for name, other in self.others.items():
            yield f"others.{name}.exec", other.host

    def lists(self) -> Iterator[tuple[str, tuple[Step, ...]]]:
        """All lists of steps, with what they are called."""
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
    host = scenario.host
    if isinstance(host, Exec) and host.directory:
        host = structs.replace(host, directory=str(directory / host.directory))
    return structs.replace(
        scenario,
        host=host,
        explore=structs.replace(
            scenario.explore, firmware=tuple(userfiles.beside(directory, name) for name in scenario.explore.firmware)
        ),
        module=structs.replace(
            module,
            firmware=userfiles.beside(directory, module.firmware),
            world=userfiles.beside(directory, module.world),
            timing=userfiles.beside(directory, module.timing),
            flash=module.flash if module.flash == ":memory:" else str(directory / module.flash),
        ),
        others={
            name: structs.replace(other, firmware=userfiles.beside(directory, other.firmware))
            for name, other in scenario.others.items()
        },
    )


def substitute(text: str, values: dict[str, str]) -> str:
    """The text with what stands for ``{name}`` in place of it; other braces stay."""
    return re.sub(r"\{(\w[\w-]*(?:\.port)?)\}", lambda found: values.get(found[1], found[0]), text)
