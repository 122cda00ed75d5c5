"""Plays a scenario in virtual time: no descriptor, no clock, and the same again every time.

The peers are those of the network in memory, the host is what the steps send and expect. A host program needs a real
run, or lockstep.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

from wizfi_emu import userfiles
from wizfi_emu.actions.perform import Performer
from wizfi_emu.air.air import Air
from wizfi_emu.air.load import load_world
from wizfi_emu.control.state import State
from wizfi_emu.device.faults import Faults
from wizfi_emu.device.fleet import image_of
from wizfi_emu.device.record import recorded
from wizfi_emu.errors import UserError
from wizfi_emu.factory import new_module
from wizfi_emu.firmware.load import load_firmware, with_switches
from wizfi_emu.module import effects as fx
from wizfi_emu.module import events as ev
from wizfi_emu.module.events import Event
from wizfi_emu.recording.excerpt import Excerpt
from wizfi_emu.run.virtual import VirtualDevice
from wizfi_emu.scenario.director import Director
from wizfi_emu.scenario.model import Scenario
from wizfi_emu.scenario.options import run_options
from wizfi_emu.scenario.peers.virtual import VirtualActor, VirtualUdpActor, virtual_actor
from wizfi_emu.scenario.report import Report
from wizfi_emu.scenario.rig import Rig, state_of, watch
from wizfi_emu.scenario.witness import Witness, judged
from wizfi_emu.stages.observer import Observe, Observer
from wizfi_emu.streams import Stream
from wizfi_emu.timing import load_timing
from wizfi_emu.worlds.memory.lan import Lan
from wizfi_emu.worlds.memory.world import MemoryWorld

HOST_BAUD = 115200

T = TypeVar("T")


class VirtualRig(Rig):
    """A module in virtual time."""

    peers: dict[str, VirtualActor]
    window_bytes: int | None = None
    """What the module takes of a stream at once; all without it."""
    lan: Lan | None = None
    """Where there are other modules."""

    def __init__(self, scenario: Scenario, seed: int, observers: Iterable[Observe]) -> None:
        module = scenario.module
        world = loaded(load_world, module.world)
        firmware = with_switches(loaded(load_firmware, module.firmware), module.switches)
        timing = loaded(load_timing, module.timing)
        self.world = MemoryWorld(Air(world, seed), timing, image=image_of(0), lan=self.lan)
        self.firmware = firmware
        self.device = VirtualDevice(new_module(firmware), self.world, timing)
        self.device.line.host_baud = HOST_BAUD
        for observe in (*observers, self._observe):
            self.device.add(Observer(observe))
        self.device.feed(ev.AdcDriven(world.adc))
        self.faults = Faults(self.device, seed)
        self.performer = Performer(self.device, self.faults)
        self.to_host, self.from_host = Stream(), Stream()
        self.peers = {
            name: virtual_actor(name, peer, self.world, self._feed, self.window_bytes)
            for name, peer in scenario.peers.items()
        }
        self.excerpt = Excerpt()
        watch(self.device, scenario, self.peers, self.excerpt)
        self._udp_ports: dict[int, int] = {}

    @property
    def now_us(self) -> int:
        return self.device.now_us

    @property
    def values(self) -> dict[str, str]:
        ports = {f"{name}.port": str(peer.port) for name, peer in self.peers.items()}
        return {"port": "virtual", "address": "127.0.0.1", **ports}

    @property
    def exit_status(self) -> int | None:
        return None

    def other_status(self, _name: str) -> int | None:
        return None

    def state(self) -> State:
        return state_of(self.device, self.faults)

    def send(self, data: bytes) -> None:
        self.from_host.add(data)
        self.device.send_soon(data)

    def set_host_baud(self, baud: int) -> None:
        self.device.line.host_baud = baud

    def settle(self) -> None:
        """Let everything happen that happens now."""
        self.device.send_soon(b"")
        while any(peer.pump() for peer in self.peers.values()):
            pass
        self.take_output()

    def take_output(self) -> None:
        """Take what has come for the host."""
        self.to_host.add(self.device.read())

    def _feed(self, events: Iterable[Event]) -> None:
        self.device.feed(*events)

    def _observe(self, item: ev.Event | fx.Effect, _now_us: int) -> None:
        """Learn from which port the module sends datagrams."""
        if isinstance(item, ev.SocketOpened):
            self._udp_ports[item.sock] = item.local_port
        elif isinstance(item, fx.SendData) and item.address:
            for peer in self.peers.values():
                if isinstance(peer, VirtualUdpActor) and peer.port == item.port:
                    peer.heard_from(self._udp_ports.get(item.sock, 0))


def run_virtually(
    scenario: Scenario,
    seed: int,
    observers: Iterable[Observe] = (),
    record: Path | None = None,
    *,
    overwrite: bool = False,
) -> Report:
    """Play a scenario, and record it into a file. Raises UserError for what cannot be played so."""
    if scenario.host is not None:
        raise UserError("a host program cannot run with --virtual")
    rig = VirtualRig(scenario, seed, observers)
    witness = Witness() if scenario.properties.check else None
    if witness is not None:
        witness.attach(rig.device)
    with recording(rig, scenario, seed, record, overwrite):
        director = Director(scenario, rig)
        rig.device.switch_power(True)
        play_to_the_end(rig, director)
        return judged(director.report(seed), scenario, witness)


def play_to_the_end(rig: VirtualRig, director: Director) -> None:
    """Play what is left without a host program."""
    while (next_us := director.go_on(rig.settle)) is not None:
        rig.device.step_to(next_us)


@contextmanager
def recording(rig: VirtualRig, scenario: Scenario, seed: int, record: Path | None, overwrite: bool) -> Iterator[None]:
    """Record what happens in this context, if there is a file for it."""
    if record is None:
        yield
        return
    options = replace(run_options(scenario, seed), record=record, overwrite=overwrite, time_scale=1.0)
    with recorded(rig.device, options, rig.firmware, virtual=True):
        yield


def loaded(load: Callable[[str], T], name: str) -> T:
    """What a name or a path stands for, read again only when the file is another one."""
    changed_ns = Path(name).stat().st_mtime_ns if userfiles.is_path(name) and Path(name).is_file() else 0
    return cast(T, _load_once(load, name, changed_ns))


@lru_cache(maxsize=64)
def _load_once(load: Callable[[str], object], name: str, _changed_ns: int) -> object:
    return load(name)
