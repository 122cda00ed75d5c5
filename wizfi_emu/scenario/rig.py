"""What a scenario is played on, as a written contract. `live` and `virtual` have one each."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from wizfi_emu.actions.perform import Performer
from wizfi_emu.control.state import Counters, SerialState, State
from wizfi_emu.device.faults import Faults
from wizfi_emu.device.snapshot import snapshot
from wizfi_emu.recording.excerpt import Excerpt
from wizfi_emu.run.runner import Runner
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.peers.actor import Actor, Told
from wizfi_emu.streams import Stream


class Rig(Protocol):
    """A module with power, or about to have it, and everything around it. Nothing here waits but ``send``'s bytes.

    What cannot be done raises ``RefusedError`` or ``UserError``.
    """

    to_host: Stream
    """What the host gets."""
    from_host: Stream
    """What the host sends."""
    peers: Mapping[str, Actor]
    """By their names."""
    faults: Faults
    """What sets faults."""
    performer: Performer
    """What works the module."""
    excerpt: Excerpt
    """What has happened last."""

    @property
    def now_us(self) -> int:
        """The module's time."""

    @property
    def values(self) -> dict[str, str]:
        """What placeholders stand for."""

    @property
    def exit_status(self) -> int | None:
        """That of the host program; None while it runs, and without one."""

    def other_status(self, name: str) -> int | None:
        """That of the host program of another module."""

    def state(self) -> State:
        """The state of the module."""

    def send(self, data: bytes) -> None:
        """Let the host send."""

    def set_host_baud(self, baud: int) -> None:
        """Let the host set the rate of its port."""


def watch(runner: Runner, scenario: Scenario, peers: Mapping[str, Actor], excerpt: Excerpt) -> None:
    """Let an excerpt see a module and the peers, and the peers take their time."""
    runner.look_on(excerpt)
    for name, peer in peers.items():
        introduce(runner, excerpt, name, peer, getattr(scenario.peers[name], "delay_ms", 0))


def introduce(runner: Runner, excerpt: Excerpt, name: str, peer: Actor, delay_ms: int) -> None:
    """Let an excerpt see a peer, and the peer take its time."""
    peer.tell_of = partial(_tell, runner, excerpt, name)
    if delay_ms:
        peer.later = partial(_later, runner, delay_ms * 1000)


def state_of(runner: Runner, faults: Faults) -> State:
    """The state of a module on which nobody but a scenario looks: without counters, and without its devices."""
    uart = runner.module.ram.uart
    return snapshot(
        runner.module,
        power=runner.has_power,
        now_us=runner.now_us,
        serial=SerialState("", None, uart.baud, "", 0, "", ""),
        spi=None,
        counters=Counters(0, 0, 0, 0, 0),
        pins=runner.pins,
        rssi_dbm=runner.world.rssi_dbm,
        ends=runner.world.ends,
        air_address=runner.world.host_address or None,
        faults=faults.show(),
    )


def _tell(runner: Runner, excerpt: Excerpt, name: str, what: Told, data: bytes) -> None:
    if data:
        excerpt.heard(f"{name} {what}", data, runner.now_us)
    else:
        excerpt.remark(name, what.replace("_", " "), runner.now_us)


def _later(runner: Runner, delay_us: int, action: Callable[[], None]) -> None:
    runner.agenda.add(runner.now_us + delay_us, action)
    runner.on_change()
